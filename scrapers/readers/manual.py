"""Calls that no portal publishes (market surveys, framework call-offs) from a file an operator wrote: CSV or TOML.

A file is right as a whole or not used at all: every fault is reported by line and column. Both formats are split in
manual_sheet.py.

| column | holds |
|---|---|
| id | short permanent name, lower case: cern-ms-4832 |
| version | 1; one more whenever something of the call changes, or the change is not seen |
| title, description | the call's own words |
| language | theirs: fr nl en de |
| buyer | who calls |
| country | of the buyer, three letters: CHE |
| buyer_number | its registration number, as it writes it |
| published | the day, as 2026-11-20 |
| deadline | as 2026-12-15 or 2026-12-15 12:00; empty where there is none |
| zone | of the deadline: Europe/Zurich; the zone of the country where empty |
| asks | what has to arrive: tender, request or interest; tender where empty |
| form | competition, planning or consultation; competition where empty |
| nature | services, supplies or works |
| cpv | codes separated by blanks, commas or bars: 72514000 48820000 |
| nuts | where it is performed: BE32B |
| estimate, currency | an amount, and EUR where no currency is written |
| url | the page of the call |

id, title, language, buyer, country and published are compulsory. In TOML each call is a `[[call]]` with these keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scrapers.errors import SourceChanged, SourceError, Unreadable
from scrapers.readers.manual_sheet import COMPULSORY, read_calls
from scrapers.readers.normalise.deadlines import ZONES, read_deadline
from scrapers.readers.normalise.numbers import read_amount, read_count
from scrapers.readers.normalise.text import read_line, read_paragraphs
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Buyer,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    Organisation,
    Publication,
    Text,
)
from warehouse.sheets.cells import Fault, SheetRow

T = TypeVar("T")

_LANGUAGES = {"fr": "FRA", "nl": "NLD", "en": "ENG", "de": "DEU"}
_NATURES = ("services", "supplies", "works")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")


def read_manual(kind: str, body: bytes, name: str) -> Iterator[tuple[str, Notice | SourceError]]:
    """The calls of one file, kind "csv" or "toml". Raises SourceChanged with every fault of it, and then nothing of it
    is used."""
    faults: list[Fault] = []
    calls = read_calls(kind, body, faults)
    read = [_read_call(call, faults) for call in calls]
    _refuse_doubles(calls, faults)
    if not calls and not faults:
        faults.append(Fault(1, "-", "holds no call; write one, or take the file away"))
    if faults:
        listed = "\n".join(f"  line {f.line}, {f.column}: {f.sentence}" for f in sorted(faults, key=lambda f: f.line))
        raise SourceChanged(f"manual: {name} is not used, for it has {len(faults)} faults:\n{listed}")
    yield from ((notice.uid, notice) for notice in read if notice is not None)


def _refuse_doubles(calls: list[SheetRow], faults: list[Fault]) -> None:
    seen: dict[str, int] = {}
    for call in calls:
        cell = call.cell("id")
        if cell.text in seen:
            faults.append(cell.fault(f"{cell.text!r} is on line {seen[cell.text]} already; give each its own"))
        seen.setdefault(cell.text, cell.line)


def _read_call(call: SheetRow, faults: list[Fault]) -> Notice | None:
    before = len(faults)

    def take(column: str, read: Callable[[str], T], default: T) -> T:
        cell = call.cell(column)
        if not cell.text:
            return default
        try:
            return read(cell.text)
        except (ValueError, BadFact, Unreadable) as wrong:
            faults.append(cell.fault(str(wrong)))
            return default

    empty = (cell for cell in map(call.cell, COMPULSORY) if not cell.text)
    faults += [cell.fault("is empty; it is compulsory") for cell in empty]
    language = take("language", _read_language, "")
    country = take("country", _read_country, "")
    deadline = _read_deadline(call, country, take("asks", DeadlineKind, DeadlineKind.TENDER), faults)
    identifier = take("id", _read_slug, "")
    day = take("published", date.fromisoformat, date.min)
    about = Lot(
        "LOT-0001",
        (Text(read_line(call.cell("title").text), language),),
        tuple(Text(read_paragraphs(value), language) for value in [call.cell("description").text] if value),
        take("nature", _read_nature, None),
        take("cpv", lambda value: tuple(dict.fromkeys(map(Cpv.read, _parts(value)))), ()),
        take("nuts", lambda value: tuple(dict.fromkeys(Nuts(part.upper()) for part in _parts(value))), ()),
        deadline=deadline,
        estimate=take("estimate", lambda value: Money(_read_amount(value), call.cell("currency").text or "EUR"), None),
        documents=take("url", _read_url, ()),
    )
    version = take("version", _read_version, 1)
    form = take("form", _read_form, Form.COMPETITION)
    if len(faults) > before:
        return None
    buyer = Organisation(
        "BUYER-0001",
        (Text(read_line(call.cell("buyer").text)),),
        company_number=call.cell("buyer_number").text or None,
        country=country,
    )
    return Notice(
        id=f"manual-{identifier}",
        version=version,
        form=form,
        publication=Publication("manual", identifier, day, next(iter(about.documents), None)),
        schema="manual",
        languages=(language,),
        titles=about.titles,
        descriptions=about.descriptions,
        nature=about.nature,
        cpv=about.cpv,
        nuts=about.nuts,
        buyers=(Buyer(buyer),),
        lots=(about,),
    )


def _read_deadline(call: SheetRow, country: str, kind: DeadlineKind, faults: list[Fault]) -> Deadline | None:
    cell, named = call.cell("deadline"), call.cell("zone")
    zone = named.text or ZONES.get(country)
    if named.text and not _is_zone(named.text):
        faults.append(named.fault(f"{named.text!r} is no zone; write one as Europe/Brussels"))
        return None
    if not cell.text:
        return None
    found = _MOMENT.fullmatch(cell.text)
    if not found or zone is None:
        wrong = "is not a day with or without an hour; write it as 2026-12-15 12:00" if not found else _ZONELESS
        faults.append(cell.fault(f"{cell.text!r} {wrong}"))
        return None
    try:
        return read_deadline(found[1], found[2], kind, zone=zone)
    except Unreadable as wrong:
        faults.append(cell.fault(str(wrong)))
        return None


_ZONELESS = "has no zone that is known from the country; write one in the column zone"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _parts(value: str) -> list[str]:
    return [part for part in re.split(r"[\s,;|]+", value) if part]


def _read_slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{value!r} is not a short name; write small letters, digits and hyphens, as cern-ms-4832")
    return value


def _read_version(value: str) -> int:
    version = read_count(value)
    if version is None or not 0 < version < 1000:
        raise ValueError(f"{value!r:.60} is not a version; write 1, and one more whenever the call changes")
    return version


def _read_language(value: str) -> str:
    if value.lower() not in _LANGUAGES:
        raise ValueError(f"{value!r} is none of {', '.join(_LANGUAGES)}")
    return _LANGUAGES[value.lower()]


def _read_country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError(f"{value!r} is not a country of three letters; write it as CHE")
    return value


def _read_nature(value: str) -> str:
    if value not in _NATURES:
        raise ValueError(f"{value!r} is none of {', '.join(_NATURES)}")
    return value


def _read_form(value: str) -> Form:
    if value not in {"competition", "planning", "consultation"}:
        raise ValueError(f"{value!r} is none of competition, planning, consultation")
    return Form(value)


def _read_amount(value: str) -> Decimal:
    amount = read_amount(value.replace(" ", "").replace("\u00a0", ""))
    if amount is None:
        raise ValueError(f"{value!r:.60} is not an amount; write it as 250000 or 250000.50")
    return amount


def _read_url(value: str) -> tuple[str, ...]:
    if not re.match(r"https?://\S+$", value):
        raise ValueError(f"{value!r} is not an address; it begins with https://")
    return (value,)
