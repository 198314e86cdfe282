"""The landing folder of one source and one night: bytes untouched, a manifest that names them, one writer at a time.

A response is written under a temporary name, synced and renamed; then its line is appended to manifest.jsonl and
synced. A response that the manifest names with a matching digest is settled and not requested again, so a crawl killed
at any moment resumes. The content of a response is not interpreted here; the clock is given.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from scrapers.feeds.request import CrawlRequest
from warehouse.atomic_files import write_whole
from warehouse.file_locks import exclusive

MANIFEST = "manifest.jsonl"
STATS = "stats.json"
_ODD = re.compile(r"[^A-Za-z0-9_.-]")


class Outcome(StrEnum):
    """What became of a request."""

    LANDED = "landed"  # the bytes are here
    KNOWN = "known"  # the full text was landed on an earlier night; not requested
    CHALLENGED = "challenged"  # the publisher's firewall requires a browser
    WITHHELD = "withheld"  # not requested, after several challenges in a row
    MISSING = "missing"  # 404 or 410: listed, but its document is not there
    REFUSED = "refused"  # an answer that cannot be used; its bytes are kept as evidence, and it is requested again

    @property
    def settles(self) -> bool:
        """Whether the request is not made again for the same night."""
        return self is not Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest. `file` is relative to the folder and None where no bytes were saved; `fetched_at` is
    UTC, ISO 8601; `key` identifies the request."""

    outcome: Outcome
    kind: str
    key: str
    url: str
    number: str | None
    status: int | None
    file: str | None
    sha256: str | None
    fetched_at: str


class Ledger:
    """The landing folder while a crawl writes it. `now` gives the moment, aware, for each line."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self.folder = folder
        self._now = now
        self._settled = {entry.key: entry for entry in read_manifest(folder) if entry.outcome.settles}
        self._mend()

    def load_settled(self, request: CrawlRequest) -> Entry | None:
        """The entry that settled this request before, if its bytes still match the manifest."""
        entry = self._settled.get(request.key)
        if entry is None or entry.file is None or read_bytes(self.folder, entry) is not None:
            return entry
        return None

    def read(self, entry: Entry) -> bytes:
        """The bytes of a landed response."""
        return read_bytes(self.folder, entry) or b""

    def settle(
        self, request: CrawlRequest, outcome: Outcome, *, status: int | None = None, body: bytes | None = None
    ) -> Entry:
        """Saves the outcome of a `request`: its line in the manifest and, before it, the `body` where there is one (any
        bytes).

        `outcome` is what became of it, `status` the HTTP status, None where nobody answered. Raises OSError when the
        disk refuses.
        """
        name = digest = None
        if body is not None:
            name, digest = self._name(request, outcome), hashlib.sha256(body).hexdigest()
            write_whole(self.folder / name, body)
        moment = self._now().isoformat(timespec="seconds")
        entry = Entry(outcome, request.kind, request.key, request.url, request.number, status, name, digest, moment)
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        with (self.folder / MANIFEST).open("ab") as manifest:
            manifest.write(line.encode())
            manifest.flush()
            os.fsync(manifest.fileno())
        if outcome.settles:
            self._settled[request.key] = entry
        return entry

    def _name(self, request: CrawlRequest, outcome: Outcome) -> str:
        mark = hashlib.sha256(request.key.encode()).hexdigest()[:8]
        refused = "refused-" if outcome is Outcome.REFUSED else ""
        # A label holds the publisher's name of a notice, which must not decide the path of a file.
        label = _ODD.sub("_", request.label)[:100]
        return f"{refused}{label}-{mark}.{request.suffix}"

    def _mend(self) -> None:
        """Ends a line that a kill cut off, so that the next one starts on its own."""
        path = self.folder / MANIFEST
        if path.is_file() and (torn := path.read_bytes()) and not torn.endswith(b"\n"):
            with path.open("ab") as manifest:
                manifest.write(b"\n")


def read_manifest(folder: Path) -> Iterator[Entry]:
    """The lines of a manifest in the order landed; a line cut off by a kill is skipped, for its response was never
    counted as landed."""
    path = folder / MANIFEST
    if not path.is_file():
        return
    for line in path.read_bytes().splitlines():
        try:
            found = json.loads(line)
            yield replace(Entry(**found), outcome=Outcome(found["outcome"]))
        except (ValueError, TypeError, KeyError):
            continue


def read_bytes(folder: Path, entry: Entry) -> bytes | None:
    """The bytes an entry names, None when they are gone or are not those its digest was taken of."""
    path = folder / (entry.file or "")
    if entry.file is None or not path.is_file():
        return None
    body = path.read_bytes()
    return body if hashlib.sha256(body).hexdigest() == entry.sha256 else None


def write_stats(folder: Path, stats: Mapping[str, object]) -> None:
    """Writes a crawl's stats, complete or not at all."""
    write_whole(folder / STATS, json.dumps(stats, ensure_ascii=False, indent=2).encode() + b"\n")


@contextmanager
def hold(folder: Path, waiting: Callable[[], None]) -> Generator[None]:
    """Holds the folder as its only writer; waits for another crawl of the same night (its parent killed, say)."""
    with exclusive(folder / ".lock", waiting):
        yield
