"""What a night landed is read back into facts, in the order it was landed.

Everything after landing can be rebuilt from here: a corrected reader needs no new crawl. Which reader serves which
response is the source file's business; nothing is fetched and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scrapers.crawl_ledger import Entry, Outcome, read_bytes, read_manifest
from scrapers.errors import SourceChanged
from scrapers.read import Reading
from scrapers.source import SourceFile, find_file
from warehouse.facts import Notice


def read_landing(source: str, folder: Path) -> Iterator[Reading]:
    """Every notice of one landing folder, once: by its full text where it is here, by its search fields where it is not
    (never where an earlier night has the full text). What cannot be read is a Reading with its reason; a notice whose
    full text cannot be read has a second Reading, its summary, so that it is not lost and is completed later.

    Raises SourceChanged when a structure is not known: the source stops, its bytes stay.
    """
    file = find_file(source)
    entries = [entry for entry in read_manifest(folder) if entry.outcome.settles]
    settled = {e.number for e in entries if e.number is not None and e.outcome in {Outcome.LANDED, Outcome.KNOWN}}
    landed = {e.key: e for e in entries if e.outcome is Outcome.LANDED}  # the last one, where a file had to be mended
    listings = [entry for entry in landed.values() if entry.number is None]
    yield from _read_listed(file, folder, listings, without=settled)
    broken: set[str] = set()
    for entry in (entry for entry in landed.values() if entry.number is not None):
        for reading in _read_entry(file, folder, entry):
            yield reading
            if reading.notice is None:
                broken.add(reading.identifier)
    if broken:
        yield from (r for r in _read_listed(file, folder, listings, without=set()) if r.identifier in broken)


def _read_listed(file: SourceFile, folder: Path, entries: list[Entry], *, without: set[str]) -> Iterator[Reading]:
    """What pages say, each identifier once (pages overlap when a search began again)."""
    seen = set(without)
    for reading in (reading for entry in entries for reading in _read_entry(file, folder, entry)):
        if reading.identifier not in seen:
            seen.add(reading.identifier)
            yield reading


def _read_entry(file: SourceFile, folder: Path, entry: Entry) -> Iterator[Reading]:
    path = folder / (entry.file or "")
    body = read_bytes(folder, entry)
    if body is None:
        reason = "the bytes are not those the manifest names; crawl this night again, it fetches what is missing"
        yield Reading(entry.number or entry.key, path, None, reason)
        return
    for identifier, result in file.read(entry.kind, body, entry.number):
        if isinstance(result, SourceChanged):
            raise result
        if isinstance(result, Notice):
            yield Reading(identifier, path, result, None)
        else:
            yield Reading(identifier, path, None, str(result))
