"""Publications of TenderNed in the JSON of its own pages become notices: a row of the listing is a summary.

The JSON is no published contract, so unknown keys are passed over here; a code that decides what is announced
(the form EFnn of publicatieCode, else typePublicatie) and is unknown sets the publication aside. A publication is read
as one lot, for the JSON states none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.eforms.forms import SUBTYPES
from scrapers.readers.eforms.tree import cpv, nuts, once
from scrapers.readers.normalise.deadlines import begin_of, possible_deadline, read_day, read_deadline
from scrapers.readers.normalise.text import read_line, read_paragraphs
from scrapers.readers.records import as_set_aside, read_each
from scrapers.safe_formats.json import parse_json
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Award,
    Buyer,
    Change,
    ContractTerm,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Notice,
    Organisation,
    Publication,
    Text,
)

Row = Mapping[str, object]

_ZONE = "Europe/Amsterdam"
_PAGE = "https://www.tenderned.nl/aankondigingen/overzicht/{number}"
_LOT = "LOT-0001"
_FORM_CODE = re.compile(r"EF(?:0*)([1-9]\d?|CEI|T0[12]|E[1-6])")
_TYPES = {
    "AAO": Form.COMPETITION,  # aankondiging van een opdracht
    "REC": Form.COMPETITION,  # rectificatie
    "VBE": Form.COMPETITION,  # vroegtijdige beëindiging: of the call it names
    "AGO": Form.RESULT,  # aankondiging gegunde opdracht
}
_TYPE_WORDS = {
    "aankondiging opdracht": "AAO",
    "aankondiging van een opdracht": "AAO",
    "rectificatie": "REC",
    "vroegtijdige beëindiging": "VBE",
    "aankondiging gegunde opdracht": "AGO",
}
"""The documents spell the type in words where the listing has a code."""
_NATURES = {"D": "services", "L": "supplies", "W": "works"}


def read_rows(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """A summary of each row of a page of the listing. Raises SourceChanged for a page of another shape."""
    page = _read_object(body, "a page of the listing")
    rows = page.get("content")
    if not isinstance(rows, list):
        raise SourceChanged(f"nl_tenderned: a page of the listing is {body[:200]!r}; look at the portal's own requests")
    yield from read_each("nl_tenderned", cast("list[object]", rows), "publicatieId", _read_row)


def read_publication(body: bytes, number: str) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notice in one publication; what cannot be read is a value. Raises SourceChanged for another document."""
    row = _read_object(body, f"publication {number}")
    if str(row.get("publicatieId")) != number:
        raise SourceChanged(f"nl_tenderned {number}: another publication came: {body[:200]!r}")
    try:
        yield number, _read_notice(row, number, is_summary=False)
    except (SourceError, BadFact) as wrong:
        yield number, as_set_aside("nl_tenderned", number, wrong)


def _read_row(row: Row, number: str) -> Iterator[tuple[str, Notice]]:
    yield number, _read_notice(row, number, is_summary=True)


def _read_notice(row: Row, number: str, *, is_summary: bool) -> Notice:
    title = _word(row, "aanbestedingNaam")
    if title is None:
        raise Unreadable("the publication has no aanbestedingNaam, so that it cannot be described")
    day = read_day((_word(row, "publicatieDatum") or "")[:10])
    if day is None:
        raise Unreadable(f"publicatieDatum is {row.get('publicatieDatum')!r}, which is no day")
    kind = _type(row)
    code = _code(row, "publicatiecode") or _code(row, "publicatieCode")
    subtype = found[1] if code and (found := _FORM_CODE.fullmatch(code)) else None
    form = _form(kind, code, subtype)
    titles = (Text(read_line(title), "NLD"),)
    description = _word(row, "opdrachtBeschrijving")
    descriptions = (Text(read_paragraphs(description), "NLD"),) if description else ()
    dossier = _word(row, "kenmerk")
    lot = Lot(
        id=_LOT,
        titles=titles,
        descriptions=descriptions,
        nature=_NATURES.get(_code(row, "typeOpdracht") or _code(row, "typeOpdrachtCode") or ""),
        cpv=once(map(cpv, _codes(row, "cpvCodes"))),
        nuts=once(map(nuts, _codes(row, "nutsCodes"))),
        countries=("NLD",),
        deadline=_deadline(row, is_change=form is not Form.COMPETITION or kind in {"REC", "VBE"}),
        term=_term(row),
    )
    return Notice(
        id=f"tenderned-{number}",
        version=1,
        form=form,
        publication=Publication("nl_tenderned", number, day, _PAGE.format(number=number)),
        subtype=subtype,
        schema="tenderned",
        procedure=f"tenderned-dossier-{dossier}" if dossier else None,
        languages=("NLD",),
        titles=titles,
        descriptions=descriptions,
        nature=lot.nature,
        cpv=lot.cpv,
        nuts=lot.nuts,
        buyers=_buyers(row),
        lots=() if kind == "VBE" else (lot,),
        awards=_awards(row, form),
        changes=_changes(row, kind),
        is_summary=is_summary,
    )


def _type(row: Row) -> str | None:
    """The code of typePublicatie; Unknown for an unknown one."""
    written = _code(row, "typePublicatie")
    if written is None:
        return None
    kind = _TYPE_WORDS.get(written.casefold(), written)
    if kind not in _TYPES and not _has_form_code(row):
        raise Unknown(f"typePublicatie is {written!r}; teach _TYPES what it announces")
    return kind


def _has_form_code(row: Row) -> bool:
    return any(_code(row, key) for key in ("publicatiecode", "publicatieCode"))


def _form(kind: str | None, code: str | None, subtype: str | None) -> Form:
    """By the form's number where one is stated: EF16 is subtype 16."""
    if kind == "VBE":
        return Form.COMPETITION
    if subtype in SUBTYPES:
        return SUBTYPES[subtype]
    if code is not None:
        raise Unknown(f"publicatieCode is {code!r}, no form of eForms; teach _FORM_CODE what it is")
    if kind in _TYPES:
        return _TYPES[kind]
    raise Unreadable("the publication states neither typePublicatie nor publicatieCode")


def _deadline(row: Row, *, is_change: bool) -> Deadline | None:
    """The last moment for tenders, in Amsterdam's zone; none where it lies before the publication."""
    day, _, hour = (_word(row, "sluitingsDatum") or "").partition("T")
    if not day:
        return None
    stated = read_deadline(day, hour[:8] or None, DeadlineKind.TENDER, zone=_ZONE)
    since = begin_of(read_day((_word(row, "publicatieDatum") or "")[:10]), _ZONE)
    return possible_deadline((stated,), since, is_change=is_change)


def _term(row: Row) -> ContractTerm | None:
    days = (read_day(_word(row, key)) for key in ("aanvangOpdrachtDatum", "voltooiingOpdrachtDatum"))
    starts, ends = days
    return ContractTerm(starts=starts, ends=ends) if starts or ends else None


def _buyers(row: Row) -> tuple[Buyer, ...]:
    name = _word(row, "opdrachtgeverNaam")
    return (Buyer(Organisation("BUYER-0001", (Text(read_line(name), "NLD"),), country="NLD")),) if name else ()


def _awards(row: Row, form: Form) -> tuple[Award, ...]:
    """That there is a winner, where it is stated; who, and for how much, the JSON does not state."""
    if form is not Form.RESULT or row.get("isGegund") is not True:
        return ()
    return (Award(_LOT, "selec-w"),)


def _changes(row: Row, kind: str | None) -> tuple[Change, ...]:
    """The publications that a rectification changes and an early end withdraws."""
    if kind not in {"REC", "VBE"}:
        return ()
    related = row.get("gerelateerdePublicaties")
    rows = (
        [item for item in cast("list[object]", related) if isinstance(item, dict)] if isinstance(related, list) else []
    )
    numbers = [str(item["publicatieId"]) for item in cast("list[Row]", rows) if item.get("publicatieId")]
    return tuple(Change(number, "cancel" if kind == "VBE" else None) for number in numbers)


def _codes(row: Row, key: str) -> Iterator[str]:
    """The codes of a list of {code, omschrijving}, the main one first."""
    listed = row.get(key)
    rows = [item for item in cast("list[object]", listed) if isinstance(item, dict)] if isinstance(listed, list) else []
    for item in sorted(cast("list[Row]", rows), key=lambda item: item.get("isHoofdOpdracht") is not True):
        code = item.get("code")
        if isinstance(code, str):
            yield code.strip()


def _code(row: Row, key: str) -> str | None:
    """A code as {code, omschrijving} or as a word."""
    found = row.get(key)
    if isinstance(found, dict):
        return _word(cast("Row", found), "code")
    return _word(row, key)


def _word(row: Row, key: str) -> str | None:
    found = row.get(key)
    if isinstance(found, dict | list):
        raise Unknown(f"{key} is {str(found)[:200]}; add them to the reader this shape")
    written = "" if found is None else str(found).strip()
    return written or None


def _read_object(body: bytes, what: str) -> Row:
    try:
        found = parse_json(body)
    except ValueError as error:
        raise SourceChanged(f"nl_tenderned: {what} is not JSON: {body[:200]!r}") from error
    if not isinstance(found, dict):
        raise SourceChanged(f"nl_tenderned: {what} is no object: {body[:200]!r}")
    return cast("Row", found)
