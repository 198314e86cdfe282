"""Reads landed responses back into facts, in the order landed, in one process or in portions by several.

Everything after landing can be rebuilt from here: a corrected reader needs no new crawl. Which reader serves which
response is decided by the source file; nothing is fetched and nothing is written.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from scrapers.crawl.manifest import Entry, Outcome, read_bytes, read_manifest
from scrapers.errors import SourceChanged, SourceError, Unknown
from scrapers.feeds.packages import KIND as PACKAGE
from scrapers.read import Reading
from scrapers.readers.normalise.normalise import finish
from scrapers.readers.records import Result, as_set_aside
from scrapers.source import SourceFile, find_file
from warehouse.model.notices import Notice

SHARE = 25
"""Responses in a portion: enough to be worth handing over, few enough to keep two processes busy to the end."""


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a landing folder that can be read by itself: responses, or one package in its pieces. Of listings,
    those `without` are left out (their full text is here), or all but those `only` (where it could not be read).
    `countries` are those of the buyers (alpha-3), for packages, which hold all; all when empty."""

    source: str
    folder: Path
    entries: tuple[Entry, ...]
    without: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    countries: frozenset[str] = frozenset()

    @property
    def weight(self) -> int:
        """Bytes on disk."""
        files = (self.folder / entry.file for entry in self.entries if entry.file)
        return sum(file.stat().st_size for file in files if file.is_file())


def read_landing(source: str, folder: Path, countries: frozenset[str] = frozenset()) -> Iterator[Reading]:
    """Every notice of one landing folder, once: by its full text where it is here, by its search fields where it is not
    (never where an earlier night has the full text). What cannot be read is a Reading with its reason; a notice whose
    full text cannot be read has a second Reading, its summary, so that it is not lost and is completed later.

    Raises SourceChanged when a listing is none: the source stops, its bytes stay.
    """
    seen: set[str] = set()
    broken: set[str] = set()
    for portion in find_portions(source, folder, countries):
        is_listing = not any(entry.number for entry in portion.entries)
        for reading in read_portion(portion):
            # Pages overlap when a search began again.
            if is_listing and reading.identifier in seen:
                continue
            seen.add(reading.identifier)
            yield reading
            if reading.notice is None:
                broken.add(reading.identifier)
    for portion in find_summaries(source, folder, frozenset(broken)):
        for reading in read_portion(portion):
            if reading.notice is not None and reading.identifier in broken:
                broken.discard(reading.identifier)
                yield reading


def find_portions(
    source: str, folder: Path, countries: frozenset[str] = frozenset(), files: frozenset[str] | None = None
) -> Iterator[Portion]:
    """What was landed in the `folder` of a `source`, in portions: first its listings, then its full texts and packages.

    `countries` are those of the buyers (alpha-3; all when empty), which packages are filtered by. With `files` (names
    in the folder), those files alone (a package with all its pieces).
    """
    landed, settled = _landed(folder)
    if files is not None:
        landed = [entry for entry in landed if entry.kind == PACKAGE or entry.file in files]
    whole = Portion(source, folder, (), settled, countries=countries)
    yield from _shares(whole, [entry for entry in landed if entry.number is None and entry.kind != PACKAGE])
    yield from _shares(whole, [entry for entry in landed if entry.number is not None])
    packages: dict[str, list[Entry]] = {}
    for entry in landed:
        if entry.kind == PACKAGE:
            packages.setdefault(entry.key.split()[1], []).append(entry)
    for pieces in packages.values():
        if files is not None and not any(entry.file in files for entry in pieces):
            continue
        yield replace(whole, entries=tuple(sorted(pieces, key=lambda entry: int(entry.key.split()[2]))))


def load_known_numbers(folder: Path) -> frozenset[str]:
    """Numbers listed in a folder whose full text was landed on an earlier night: they are not read again here."""
    return frozenset(e.number for e in read_manifest(folder) if e.number is not None and e.outcome is Outcome.KNOWN)


def find_summaries(source: str, folder: Path, broken: frozenset[str]) -> Iterator[Portion]:
    """The listings again, for those whose full text could not be read."""
    if broken:
        landed, _ = _landed(folder)
        listings = [entry for entry in landed if entry.number is None and entry.kind != PACKAGE]
        yield from _shares(Portion(source, folder, (), only=broken), listings)


def read_portion(portion: Portion) -> Iterator[Reading]:
    """Every notice of a portion, or why it could not be read. Raises SourceChanged."""
    file = find_file(portion.source)
    if portion.entries and portion.entries[0].kind == PACKAGE:
        yield from _read_package(cast(PackageFile, file), portion)
        return
    for entry in portion.entries:
        for reading in _read_entry(file, portion.folder, entry):
            is_wanted = portion.only is None or reading.identifier in portion.only
            if entry.number is not None or (is_wanted and reading.identifier not in portion.without):
                yield reading


def _landed(folder: Path) -> tuple[list[Entry], frozenset[str]]:
    """The responses of the folder, each as it was landed last (where a file had to be fetched again), and the numbers
    whose full text is here or was landed on an earlier night."""
    entries = [entry for entry in read_manifest(folder) if entry.outcome.settles]
    settled = {e.number for e in entries if e.number is not None and e.outcome in {Outcome.LANDED, Outcome.KNOWN}}
    return list({e.key: e for e in entries if e.outcome is Outcome.LANDED}.values()), frozenset(settled)


def _shares(whole: Portion, entries: list[Entry]) -> Iterator[Portion]:
    for start in range(0, len(entries), SHARE):
        yield replace(whole, entries=tuple(entries[start : start + SHARE]))


def _read_entry(file: SourceFile, folder: Path, entry: Entry) -> Iterator[Reading]:
    path = folder / (entry.file or "")
    body = read_bytes(folder, entry)
    if body is None:
        yield Reading(entry.number or entry.key, path, None, _CHANGED)
        return
    results = file.read(entry.kind, body, entry.number)
    yield from _readings(path, results if entry.number is None else _of_document(entry.number, results))


def _of_document(number: str, results: Iterator[Result]) -> Iterator[Result]:
    """The notices of one full text: an unknown code or shape costs this notice, and no other."""
    try:
        yield from results
    except SourceError as wrong:
        yield number, as_set_aside("the full text of", number, wrong)


_CHANGED = "the bytes are not those the manifest names; crawl this night again, it fetches what is missing"


class PackageFile(Protocol):
    """Further functions of a source file with packages."""

    def read_package(self, stream: BinaryIO, countries: frozenset[str]) -> Iterator[tuple[str, Notice | SourceError]]:
        """The notices of one package whose buyers are in the countries."""
        ...


def _read_package(file: PackageFile, portion: Portion) -> Iterator[Reading]:
    """The notices of one package, read as a stream from its pieces; whether these are the landed bytes is checked
    before anything of them is used."""
    paths = [portion.folder / (entry.file or "") for entry in portion.entries]
    for entry, path in zip(portion.entries, paths, strict=True):
        if not _is_untouched(path, entry.sha256):
            yield Reading(entry.key, path, None, _CHANGED)
            return
    with io.BufferedReader(_PieceStream(paths), 2**20) as stream:  # type: ignore[type-var]
        yield from _readings(paths[0], file.read_package(cast(BinaryIO, stream), portion.countries))


def _readings(path: Path, results: Iterator[Result]) -> Iterator[Reading]:
    for identifier, result in results:
        if isinstance(result, Notice):
            yield Reading(identifier, path, finish(result), None)
        else:
            is_unknown = isinstance(result, SourceChanged | Unknown)
            yield Reading(identifier, path, None, str(result), is_unknown=is_unknown)


def _is_untouched(path: Path, sha256: str | None) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


class _PieceStream(io.RawIOBase):
    """Files read one after the other as if they were one."""

    def __init__(self, paths: list[Path]) -> None:
        self._left = list(reversed(paths))
        self._file: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """As any stream."""
        while self._file is not None or self._left:
            if self._file is None:
                self._file = self._left.pop().open("rb")
            count = self._file.readinto(buffer)  # type: ignore[attr-defined]
            if count:
                return cast(int, count)
            self._file.close()
            self._file = None
        return 0

    def close(self) -> None:
        """Closes the file in hand."""
        if self._file is not None:
            self._file.close()
        super().close()
