"""A folder of the operator's as a source: its files are checked whole, then landed byte for byte like any response.

A file with a fault is refused as a whole, the others are taken, and the crawl reports every fault. Nothing is fetched;
the content of a file is interpreted by the source's own reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import SourceChanged, SourceError, SourceUnreachable
from scrapers.feeds.request import AnonymousAccess, CrawlJob, CrawlRequest, complaint

Check = Callable[[str, bytes, str], int]
"""From kind, bytes and file name to how many notices a file holds. Raises SourceError for one that is at fault."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Files by their suffix, and the kind each is landed as."""

    kinds: Mapping[str, str]

    def paginator(self, job: CrawlJob) -> FolderPaginator:
        """A reading of this folder."""
        return FolderPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> None:
        """Nothing: a file is all there is."""
        del job, number


@dataclass(slots=True)
class FolderPaginator(AnonymousAccess):
    """One reading of a folder."""

    feed: Folder
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])

    def begin(self) -> Sequence[CrawlRequest]:
        """One for each file, in the order of their names. Raises SourceUnreachable where there is no folder."""
        folder = self.job.folder
        if folder is None or not folder.is_dir():
            raise SourceUnreachable(f"{folder} is no folder; make it, or name another in the settings")
        files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in self.feed.kinds)
        return [self._file_request(path) for path in files]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """Nothing follows a file."""
        del request, body
        return []

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Always raises, for no request is ever sent: `request`, `status`, `body` and `resumed` are those of the
        protocol."""
        del resumed
        raise complaint(request, status, body)

    def read(self, request: CrawlRequest) -> bytes:
        """The bytes of one file. Raises OSError."""
        return (self.job.folder or Path()).joinpath(request.url).read_bytes()

    def land(self, ledger: Ledger, check: Check) -> int:
        """Land every file that is without fault; returns their bytes. Raises SourceChanged with all faults at the end,
        OSError where a file cannot be read or written."""
        landed, faults = 0, list[str]()
        for request in self.begin():
            body = self.read(request)
            try:
                self.rows += check(request.kind, body, request.url)
            except SourceError as fault:
                ledger.settle(request, Outcome.REFUSED, body=body)
                faults.append(str(fault))
                continue
            entry = ledger.load_settled(request)
            if entry is None or ledger.read(entry) != body:
                ledger.settle(request, Outcome.LANDED, body=body)
            landed += len(body)
        if faults:
            raise SourceChanged("\n".join(faults))
        return landed

    def _file_request(self, path: Path) -> CrawlRequest:
        label = re.sub(r"[^A-Za-z0-9.-]+", "-", path.stem)[:80] or "file"
        return CrawlRequest(
            self.feed.kinds[path.suffix.lower()], f"file {path.name}", path.name, label, path.suffix[1:].lower()
        )
