"""TED's packages become notices: a day's or a month's, every country's, of which those of the wanted buyers are kept.

Two thirds of reading a package would be notices of countries that were not requested; they are recognised before they
are parsed, by the country codes in their bytes, and only where the document is whole and shows at least one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import BinaryIO

from scrapers.errors import SourceError, Unreadable
from scrapers.readers.records import as_set_aside
from scrapers.readers.ted.export_codes import COUNTRIES
from scrapers.readers.xml_dispatch import read_ted_xml
from scrapers.safe_formats.tar import ArchiveMember, read_archive
from warehouse.model.notices import Notice

_NUMBER = re.compile(r"(?:.*/)?0*(\d+)_(\d{4})\.xml", re.IGNORECASE)
_CODES = re.compile(rb"IdentificationCode\b[^<>]*>\s*([A-Z0-9]{3})\s*<|COUNTRY\s+VALUE\s*=\s*[\"']([A-Z0-9]{2,3})[\"']")
_SPELLED = {alpha3: {alpha2 for alpha2, known in COUNTRIES.items() if known == alpha3} for alpha3 in COUNTRIES.values()}


def read_package(stream: BinaryIO, countries: Set[str]) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices in a package (tar.gz) whose buyers are in `countries` (alpha-3; all when empty), each under its
    publication number, and what could not be read. An unknown form is one notice set aside here: the others of a year
    are not delayed by it, and a rebuild reads it once it is known."""
    for member in read_archive(stream):
        name = _name(member.name)
        if member.body is None:
            yield name, Unreadable(member.reason or "no reason was given")
        elif not is_elsewhere(member.body, countries):
            result = _read(member, member.body)
            if isinstance(result, SourceError) or not countries or not countries.isdisjoint(result.buyer_countries):
                yield name, result


def is_elsewhere(body: bytes, countries: Set[str]) -> bool:
    """Whether the document certainly has no buyer in these countries: whole, with country codes, and none of theirs."""
    if not countries or body.rstrip()[-1:] != b">":
        return False
    shown = {eforms or export for eforms, export in _CODES.findall(body)}
    return bool(shown) and shown.isdisjoint(_spellings(frozenset(countries)))


@lru_cache(maxsize=8)
def _spellings(countries: frozenset[str]) -> frozenset[bytes]:
    """The codes as eForms (BEL) and TED_EXPORT (BE) write them."""
    return frozenset(code.encode() for country in countries for code in (country, *_SPELLED.get(country, ())))


def _read(member: ArchiveMember, body: bytes) -> Notice | SourceError:
    if not member.name.lower().endswith(".xml"):
        return Unreadable(f"{member.name!r} in the package is no XML; those before 2011 hold text, which is not read")
    try:
        return read_ted_xml(body)
    except SourceError as wrong:
        return as_set_aside("eu_ted", f"{member.name!r} in the package", wrong)


def _name(member: str) -> str:
    """ "20240102_001/00000123_2024.xml" is written "123-2024"."""
    named = _NUMBER.fullmatch(member)
    return f"{named[1]}-{named[2]}" if named else member
