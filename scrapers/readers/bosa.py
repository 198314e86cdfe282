"""Belgium's e-Procurement: rows of its search become summaries, workspaces become the notices of all their versions.

Deadlines of the search are naive and mean Brussels (vault 2026-11-12T10:00:00 is 10:00:00+01:00 in the XML of workspace
6ef05f03). Contacts are not read. The XML inside a workspace is eForms' and is read by the eForms reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.eforms.forms import LOTLESS, form_of
from scrapers.readers.eforms.notice import read_eforms
from scrapers.readers.eforms.tree import cpv as read_cpv
from scrapers.readers.eforms.tree import nuts as read_nuts
from scrapers.readers.eforms.tree import once
from scrapers.readers.normalise.deadlines import read_day, read_deadline
from scrapers.readers.normalise.numbers import read_count
from scrapers.readers.normalise.text import read_line, read_paragraphs
from scrapers.readers.records import as_set_aside, read_each
from scrapers.safe_formats.json import parse_json
from scrapers.safe_formats.xml import as_utf8
from warehouse.codes.classifications import Cpv
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Buyer,
    Change,
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

ZONE = "Europe/Brussels"
PAGE = "https://www.publicprocurement.be/publication-workspaces/{number}/general"

_KEYS = frozenset(
    {
        "cancelledAt", "cpvAdditionalCodes", "cpvMainCode", "dispatchDate", "dossier", "insertionDate", "lots",
        "natures", "noticeIds", "noticeSubType", "nutsCodes", "organisation", "procedureId", "publicationDate",
        "publicationLanguages", "publicationReferenceNumbersBDA", "publicationReferenceNumbersTED", "publicationType",
        "publicationWorkspaceId", "publishedAt", "referenceNumber", "sentAt", "tedPublished", "vaultSubmissionDeadline",
    }
)  # fmt: skip
"""Every key of the rows recorded in January and February 2026."""

_LANGUAGES = {"FR": "FRA", "NL": "NLD", "DE": "DEU", "EN": "ENG"}


def read_publications(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """A summary per row of a page of the search, by workspace; of a workspace withdrawn, the withdrawal too. Raises
    SourceChanged for a page of another shape."""
    found = _read_object(body, "a page of the search")
    rows = found.get("publications")
    if not isinstance(rows, list) or found.keys() - {"publications", "totalCount"}:
        raise SourceChanged(f"be_bosa: a page of the search is {body[:200]!r}; look at the publisher's contract")
    yield from read_each("be_bosa", cast("list[object]", rows), "publicationWorkspaceId", _read_publication)


def _read_publication(fields: Row, number: str) -> Iterator[tuple[str, Notice]]:
    left = {key: value for key, value in fields.items() if key not in _KEYS}
    if left:
        raise Unknown(f"unknown fields: {str(left)[:300]}; add them to the reader")
    yield number, _read_row(fields, number)
    if fields.get("cancelledAt"):
        yield f"{number} cancelled", _read_withdrawal(fields, number)


def read_workspace(body: bytes, number: str) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notice of every published version of a workspace, oldest first. A version that cannot be read is a value;
    raises SourceChanged for a workspace of another shape."""
    workspace = _read_object(body, f"workspace {number}")
    versions = workspace.get("versions")
    if not _are_objects(versions) or workspace.get("id", number) != number:
        raise SourceChanged(f"be_bosa {number}: no versions, or another workspace's, in {body[:200]!r}")
    read = 0
    for version in sorted(cast("list[Row]", versions), key=lambda row: read_count(str(row.get("version"))) or 0):
        if _is_draft(version):
            continue
        read += 1
        try:
            yield number, _read_version(version, number)
        except (SourceError, BadFact) as wrong:
            yield number, as_set_aside("be_bosa", f"{number}, version {version.get('version')}", wrong)
    if not read:
        yield number, Unreadable(f"be_bosa {number}: the workspace holds no published version")


def workspace_of(body: bytes) -> str | None:
    """The number of the workspace these bytes are; None for anything else, a page of the search above all."""
    found = _read_object(body, "a workspace")
    number = found.get("id")
    return number if isinstance(number, str) and "versions" in found else None


def _read_object(body: bytes, what: str) -> Row:
    try:
        found = parse_json(body)
    except ValueError as error:
        raise SourceChanged(f"be_bosa: {what} is not JSON: {body[:200]!r}") from error
    if not isinstance(found, dict):
        raise SourceChanged(f"be_bosa: {what} is no object: {body[:200]!r}")
    return cast("Row", found)


def _is_draft(version: Row) -> bool:
    return str(version.get("status") or "").upper() in {"DRAFT", "CREATED"} and not version.get("sentAt")


def _read_version(version: Row, number: str) -> Notice:
    notice = version.get("notice")
    written = cast("Row", notice).get("xmlContent") if isinstance(notice, dict) else None
    if not isinstance(written, str) or not written.lstrip("\ufeff \r\n\t").startswith("<"):
        raise Unreadable(f"no xmlContent that is XML in {str(version)[:120]}")
    days = (read_day(str(version.get(key) or "")[:10]) for key in ("dispatchDate", "sentAt", "activationDate"))
    day = next((day for day in days if day), None)
    return read_eforms(as_utf8(written), source="be_bosa", number=number, day=day, url=PAGE.format(number=number))


def _read_row(row: Row, number: str) -> Notice:
    dossier = _object(row, "dossier")
    titles, descriptions = _texts(dossier.get("titles")), _texts(dossier.get("descriptions"), is_long=True)
    languages = tuple(_LANGUAGES.get(code, code) for code in _words(row, "publicationLanguages"))
    cpv = once(_codes(row))
    nature = next((word.lower() for word in _words(row, "natures")), None)
    nuts = once(read_nuts(code) for code in _words(row, "nutsCodes") if not code.endswith("ZZZ"))
    organisation = _object(row, "organisation")
    names = _texts(organisation.get("organisationNames"))
    subtype = str(row.get("noticeSubType") or "").removeprefix("BE-") or None
    about = Lot("", titles, descriptions, nature, cpv, nuts, ("BEL",), _read_deadline(row, dossier))
    return Notice(
        id=next(reversed(_words(row, "noticeIds")), number),
        version=1,
        form=form_of(None, subtype),
        publication=_publication(row, number),
        subtype=subtype,
        procedure=_word(row, "procedureId"),
        languages=languages,
        titles=titles,
        descriptions=descriptions,
        nature=nature,
        cpv=cpv,
        nuts=nuts,
        buyers=(Buyer(Organisation("BUYER-0001", _distinct(names, languages), country="BEL")),),
        lots=() if subtype in LOTLESS else _read_lots(row, dossier, about),
        is_summary=True,
    )


def _read_withdrawal(row: Row, number: str) -> Notice:
    """The withdrawal that the search states even where no version does (94cee4d6, cancelled on 2026-01-28): every
    notice of the workspace is withdrawn."""
    return Notice(
        id=f"{number}/cancelled",
        version=1,
        form=Form.COMPETITION,
        publication=Publication(
            "be_bosa",
            f"{number}/cancelled",
            read_day(str(row["cancelledAt"])[:10]),
            PAGE.format(number=number),
        ),
        procedure=_word(row, "procedureId"),
        titles=_texts(_object(row, "dossier").get("titles")),
        changes=tuple(Change(f"{notice}-01", "cancel") for notice in _words(row, "noticeIds")),
    )


def _publication(row: Row, number: str) -> Publication:
    day = read_day(_word(row, "publicationDate"))
    if day is None:
        raise Unknown(f"publicationDate is {row.get('publicationDate')!r}")
    return Publication("be_bosa", number, day, PAGE.format(number=number))


def _read_lots(row: Row, dossier: Row, about: Lot) -> tuple[Lot, ...]:
    """Rows do not name lots: they are counted. A lot called "<dossier> - <number>" has the dossier's title, for the
    portal writes that by itself (LG MDB-012 - 1)."""
    reference = re.escape(str(dossier.get("referenceNumber") or "")) or r"\S+"
    automatic = re.compile(rf"{reference} - \d+")
    listed = row.get("lots") or [{}]
    if not _are_objects(listed):
        raise Unknown(f"lots is {str(listed)[:200]}; add them to the reader this shape")
    parts = cast("list[Row]", listed)
    lots: list[Lot] = []
    for ordinal, part in enumerate(parts, 1):
        titles = tuple(text for text in _texts(part.get("titles")) if not automatic.fullmatch(text.value))
        descriptions = _texts(part.get("descriptions"), is_long=True)
        lots.append(
            Lot(
                f"LOT-{ordinal:04d}",
                titles or about.titles,
                descriptions or about.descriptions,
                about.nature,
                about.cpv,
                about.nuts,
                about.countries,
                about.deadline,
            )
        )
    return tuple(lots)


def _read_deadline(row: Row, dossier: Row) -> Deadline | None:
    written = _word(row, "vaultSubmissionDeadline")
    if written is None:
        return None
    day, _, hour = written.partition("T")
    procedure = str(dossier.get("procurementProcedureType") or "")
    has_request_stage = procedure.startswith(("RESTRICTED", "NEG_W_CALL", "COMP_DIAL", "INNOVATION"))
    return read_deadline(
        day, hour or None, DeadlineKind.REQUEST if has_request_stage else DeadlineKind.TENDER, zone=ZONE
    )


def _codes(row: Row) -> Iterator[Cpv | None]:
    """The main code first; None for what is no code, which is left out alone ("7241300")."""
    more = row.get("cpvAdditionalCodes") or []
    if not _are_objects(more):
        raise Unknown(f"cpvAdditionalCodes is {str(more)[:200]}; add them to the reader this shape")
    for entry in (row.get("cpvMainCode"), *cast("list[Row]", more)):
        if isinstance(entry, dict):
            yield read_cpv(str(cast("Row", entry).get("code")))


def _object(row: Row, key: str) -> Row:
    found = row.get(key) or {}
    if not isinstance(found, dict):
        raise Unknown(f"{key} is {str(found)[:200]}; add them to the reader this shape")
    return cast("Row", found)


def _are_objects(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(item, dict) for item in cast("list[object]", found))


def _word(row: Row, key: str) -> str | None:
    return str(row[key]).strip() or None if row.get(key) is not None else None


def _words(row: Row, key: str) -> tuple[str, ...]:
    found = row.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in cast("list[object]", found)):
        raise Unknown(f"{key} is {str(found)[:200]}; add them to the reader this shape")
    return tuple(cast("list[str]", found))


def _texts(found: object, *, is_long: bool = False) -> tuple[Text, ...]:
    """[{"language": "FR", "text": "..."}] as texts."""
    texts: list[Text] = []
    if found and not _are_objects(found):
        raise Unknown(f"texts are {str(found)[:200]}; add them to the reader this shape")
    for label in cast("list[Row]", found or []):
        value = str(label.get("text") or "")
        language = str(label.get("language") or "")
        words = read_paragraphs(value) if is_long else read_line(value)
        if words:
            texts.append(Text(words, _LANGUAGES.get(language, language or None)))
    return tuple(texts)


def _distinct(names: tuple[Text, ...], languages: tuple[str, ...]) -> tuple[Text, ...]:
    """The portal fills four languages with one name; those of the notice's own languages are enough."""
    return tuple(name for name in names if name.language in languages) or names[:1]
