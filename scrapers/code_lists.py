"""The official code lists of eForms: their index, then each list that readers keep codes of, in genericode.

Publisher: Publications Office of the European Union, in the eForms SDK (https://github.com/OP-TED/eForms-SDK)

Access: anonymous GET of codelists.json, an index of files, and of the files it names. A few megabytes, once a month.

Licence: CC BY 4.0

Caveats: no notices come from here, so this is no source of nights. `main` is taken for the branch of the last release.
NUTS is published at its lowest level only.

Check: that `main` is a release, and that the index still names every list of WANTED.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from scrapers.crawl.manifest import Ledger, Outcome, read_bytes, read_manifest
from scrapers.errors import SourceChanged, SourceError, SourceIncomplete, Unreadable
from scrapers.feeds.request import AnonymousAccess, CrawlJob, CrawlRequest, complaint, excerpt, read_object
from scrapers.readers.code_lists import read_code_list
from scrapers.source import Source
from warehouse.model.code_lists import Code

SOURCE = Source(
    __name__,
    title="Code lists of eForms",
    publisher="Publications Office of the European Union",
    licence="CC BY 4.0",
    countries=(),
    base_url="https://raw.githubusercontent.com/OP-TED/eForms-SDK/main/codelists",
    cron="0 12 1 * *",
    overlap_days=0,
    expected=(0, 0),
    request_delay=1.0,
    patience=35.0,
)

WANTED = (
    "cpv",
    "nuts-lvl3",
    "award-criterion-type",
    "buyer-legal-type",
    "change-corrig-justification",
    "contract-nature",
    "country",
    "currency",
    "economic-operator-size",
    "form-type",
    "language",
    "main-activity",
    "modification-justification",
    "notice-subtype",
    "notice-type",
    "procurement-procedure-type",
    "reserved-procurement",
    "selection-criterion",
    "winner-selection-status",
)
"""The lists whose codes are kept with notices, by their identifier in the index."""

_FILE = re.compile(r"[A-Za-z0-9_.-]{1,100}\.gc")
_SUFFIXES = (".gc", ".gc.gz", ".csv")


@dataclass(frozen=True, slots=True)
class IndexedLists:
    """Files that one index names: {"codelists": [{"id": ..., "filename": ...}, ...]}."""

    index: str
    wanted: tuple[str, ...]

    def paginator(self, job: CrawlJob) -> IndexPaginator:
        """A crawl of this feed."""
        return IndexPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> None:
        """Nothing: there are no notices."""
        del job, number


@dataclass(slots=True)
class IndexPaginator(AnonymousAccess):
    """One crawl of an index and its lists. A list that the index no longer names is an alarm, not an error: the stored
    one stays."""

    feed: IndexedLists
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])

    def begin(self) -> Sequence[CrawlRequest]:
        """The index."""
        return [CrawlRequest("index", "index", f"{self.job.base_url}/{self.feed.index}", "index")]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """Every list wanted. Raises SourceChanged for an index, or a list, of another shape."""
        if request.kind == "list":
            self._check(request, body)
            return []
        files = self._read_index(request, body)
        self.alarms += [f"{request.url} no longer names {name}" for name in self.feed.wanted if name not in files]
        found = {name: files[name] for name in self.feed.wanted if name in files}
        return [
            CrawlRequest("list", f"list {name}", f"{self.job.base_url}/{file}", name, "gc")
            for name, file in found.items()
        ]

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Always raises: an error of this publisher ends the crawl. `request` was answered with `status` and `body`;
        `resumed` changes nothing."""
        del resumed
        raise complaint(request, status, body)

    def _read_index(self, request: CrawlRequest, body: bytes) -> dict[str, str]:
        listed = read_object(request, body).get("codelists")
        files: dict[str, str] = {}
        for item in cast("list[object]", listed) if isinstance(listed, list) else ():
            entry = cast("dict[str, object]", item) if isinstance(item, dict) else {}
            name, file = entry.get("id"), entry.get("filename")
            if not isinstance(name, str) or not isinstance(file, str) or not _FILE.fullmatch(file):
                raise SourceChanged(f"{request.url}: a list without id or with another file name: {str(item)[:200]}")
            files[name] = file
        if not files:
            raise SourceChanged(f"{request.url}: no codelists in {excerpt(body)}")
        return files

    def _check(self, request: CrawlRequest, body: bytes) -> None:
        """A list that cannot be read is refused before it is landed."""
        try:
            self.rows += len(read_code_list(body, request.label))
        except Unreadable as unreadable:
            raise SourceIncomplete(f"{request.url}: {unreadable}") from unreadable


FEED = IndexedLists("codelists.json", WANTED)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file in the operator's folder that is no code list, and why."""

    name: str
    reason: str


def land_folder(folder: Path, ledger: Ledger) -> tuple[Refused, ...]:
    """Lands every code list of the operator's folder, byte for byte; returns the files that are no code list."""
    refused: list[Refused] = []
    for path in sorted(path for path in folder.iterdir() if path.is_file() and path.name.endswith(_SUFFIXES)):
        body = path.read_bytes()
        try:
            read_code_list(body)
        except SourceError as error:
            refused.append(Refused(path.name, str(error)))
            continue
        suffix = next(suffix for suffix in _SUFFIXES if path.name.endswith(suffix)).removeprefix(".")
        key = f"list {path.name} {hashlib.sha256(body).hexdigest()[:16]}"
        request = CrawlRequest("list", key, f"file:{path.name}", path.name.removesuffix(f".{suffix}"), suffix)
        if ledger.load_settled(request) is None:
            ledger.settle(request, Outcome.LANDED, body=body)
    return tuple(refused)


def read_landed_lists(folder: Path) -> Iterator[Code]:
    """The codes of every list landed in a folder, in the order landed. Raises SourceError for a file that differs from
    the landed one."""
    for entry in read_manifest(folder):
        if entry.kind != "list" or entry.outcome is not Outcome.LANDED:
            continue
        body = read_bytes(folder, entry)
        if body is None:
            raise Unreadable(f"{folder.name}/{entry.file}: not the bytes that were landed; update the code lists again")
        is_file = entry.url.startswith("file:")
        yield from read_code_list(body, None if is_file else entry.key.removeprefix("list "))
