"""Raw files of any publisher become readings: `pib read`, replays and benchmarks use this module.

Which reader serves a file is decided by its content, never by its path. Nothing is fetched or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scrapers.errors import SourceError, Unreadable
from scrapers.readers.approch import read_projects
from scrapers.readers.boamp.records import read_records
from scrapers.readers.bosa import read_publications, read_workspace, workspace_of
from scrapers.readers.decp import read_contracts
from scrapers.readers.normalise.normalise import finish
from scrapers.readers.ted.search import read_search
from scrapers.readers.xml_dispatch import read_xml
from warehouse.model.notices import Notice

NOTICE_SUFFIXES = frozenset({".xml", ".json"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One notice read, or the reason why something was not; exactly one of `notice` and `reason` is set. `is_unknown`
    says that the reason is an unknown code, field or shape, which calls for an alarm."""

    identifier: str
    path: Path
    notice: Notice | None
    reason: str | None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The files under a path: those that can hold notices, and those that are passed over (CSV, HTML, folders' own)."""

    readable: tuple[Path, ...]
    ignored: tuple[Path, ...]


def find_files(path: Path) -> Found:
    """The file itself, whatever it is called, or all files below a folder in the order of their names."""
    if not path.is_dir():
        return Found((path,), ())
    files = sorted(file for file in path.rglob("*") if file.is_file())
    readable = tuple(file for file in files if file.suffix.lower() in NOTICE_SUFFIXES)
    return Found(readable, tuple(file for file in files if file.suffix.lower() not in NOTICE_SUFFIXES))


def read_path(path: Path) -> Iterator[Reading]:
    """Every notice in a file, or in all files below a folder. Never raises for what a file holds: an unreadable notice
    and a changed structure are readings with their reason."""
    for file in find_files(path).readable:
        yield from _read_file(file)


def _read_file(file: Path) -> Iterator[Reading]:
    """The notices of one file."""
    try:
        body = file.read_bytes()
    except OSError as error:
        yield Reading(file.name, file, None, f"the file cannot be opened: {error.strerror}")
        return
    try:
        for identifier, result in read_body(body):
            if isinstance(result, Notice):
                yield Reading(identifier, file, finish(result), None)
            else:
                yield Reading(identifier or file.name, file, None, str(result))
    except SourceError as error:
        yield Reading(file.name, file, None, str(error))


def read_body(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices in a publisher's bytes, each with the name it has there: one in an XML document, many in a page of
    BOAMP's records or of TED's search. Raises SourceError for a body that is nothing of the kind."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        yield from _read_json(body)
    else:
        notice = read_xml(body)
        yield notice.publication.number, notice


def _read_json(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """The extension point for publishers of JSON: what only their answers hold, and who reads it."""
    if b'"idweb"' in body:
        yield from read_records(body)
    elif b'"publication-number"' in body:
        yield from read_search(body)
    elif b'"publicationWorkspaceId"' in body or b'"xmlContent"' in body:
        yield from _read_belgian(body)
    elif b'"marches"' in body or b'"titulaire_id' in body:
        yield from read_contracts(body)
    elif b'"date_previsionnelle_de_publication"' in body:
        yield from read_projects(body)
    else:
        raise Unreadable(
            "the JSON holds none of: records of BOAMP (idweb), rows of TED's search (publication-number), publications "
            "or a workspace of BOSA (publicationWorkspaceId, xmlContent), contracts (marches, titulaire_id), projects"
        )


def _read_belgian(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """A page of BOSA's search, or a workspace, which states its own number."""
    number = workspace_of(body)
    yield from read_publications(body) if number is None else read_workspace(body, number)
