"""Records of the BOAMP data set become notices: the fields of every record, and which reader its `donnees` needs.

Fields are taken out one by one and what is left is audited. eForms are read by eforms.py, national forms by
national.py, the form before 2019 by legacy.py; a record without donnees is a summary.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import cast

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.boamp.eforms import read_eforms_record
from scrapers.readers.boamp.json_tree import Node, as_list, read_json, text
from scrapers.readers.boamp.legacy import ROOTS, read_legacy
from scrapers.readers.boamp.links import find_links
from scrapers.readers.boamp.national import FAMILIES, read_national, read_summary
from scrapers.readers.boamp.record import Record
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.records import read_each
from scrapers.safe_formats.json import parse_json
from warehouse.model.notices import Form, Notice

_UNREAD = frozenset(
    {
        "id",
        "idweb",  # taken before
        "filename",
        "famille",
        "famille_libelle",
        "datefindiffusion",
        "datelimitereponse",  # NEVER: no true instant, see sources/fr_boamp.py
        "perimetre",
        "soustype_procedure",
        "procedure_libelle",
        "procedure_categorise",
        "sousnature",
        "nature_libelle",
        "sousnature_libelle",
        "nature_categorise",
        "nature_categorise_libelle",
        "criteres",
        "marche_public_simplifie",
        "marche_public_simplifie_label",
        "descripteur_code",  # BOAMP's own vocabulary, no CPV; its words are read
        "dc",
        "type_marche_facette",
        "type_avis",
        "source_schema",
        # the generation of 2024-07
        "annonce_reference_schema_v110",
        "annonces_anterieures_schema_v110",
    }
)

FORMS = {
    "APPEL_OFFRE": Form.COMPETITION,
    "QUALIFICATION": Form.COMPETITION,
    "RECTIFICATIF": Form.COMPETITION,  # a national correction is a notice of its own
    "ANNULATION": Form.COMPETITION,
    "ATTRIBUTION": Form.RESULT,
    "PRE-INFORMATION": Form.PLANNING,
    "PERIODIQUE": Form.PLANNING,
    "INTENTION_CONCLURE": Form.DIRECT_AWARD,
    "EX_ANTE_VOLONTAIRE": Form.DIRECT_AWARD,
    "MODIFICATION": Form.MODIFICATION,
}
"""What BOAMP's `nature` announces. An eForms notice states it itself."""


def read_records(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices in one page of records, by idweb. An unreadable record is a value; so is Unknown, for one with an
    unknown field or shape. Raises SourceChanged for a page that is none."""
    yield from read_each("fr_boamp", _read_page(body), "idweb", _read_named)


def _read_named(row: Node, number: str) -> Iterator[tuple[str, Notice]]:
    yield number, _read_record(dict(row), number)


def _read_record(row: dict[str, object], number: str) -> Notice:
    """The notice in one record, by the root of its donnees."""
    record = _take_record(row, number)
    if record.content is None:
        return read_summary(record)
    root = next((name for name in record.content if not name.startswith("@")), None)
    if root == "EFORMS":
        return read_eforms_record(record)
    if root in FAMILIES:
        return read_national(record, root)
    if ROOTS & record.content.keys():
        return read_legacy(record)
    raise Unknown(f"donnees has the root {root!r}; add them to the reader this shape")


def _read_page(body: bytes) -> list[object]:
    try:
        page = parse_json(body)
    except ValueError as error:
        raise SourceChanged(f"fr_boamp: a page of records is not JSON: {body[:200]!r}") from error
    rows = cast("Node", page).get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list) or cast("Node", page).keys() - {"total_count", "results"}:
        raise SourceChanged(f"fr_boamp: a page of records is {body[:200]!r}; look at the API's documentation")
    return cast("list[object]", rows)


def _take_record(row: dict[str, object], number: str) -> Record:
    """Every field out of the record, then the audit of what is left."""
    nature, state = text(row.pop("nature", None)), text(row.pop("etat", None))
    content = _read_content(row.pop("donnees", None))
    gestion = _read_content(row.pop("gestion", None), "gestion")
    performed = _take(row, "code_departement_prestation")
    published = _take(row, "code_departement")
    labels = _take(row, "descripteur_libelle")
    taken = Record(
        number=number,
        day=_take_day(row),
        url=text(row.pop("url_avis", None)),
        form=read_form(nature),
        corrects=read_state(state, "RECTIFICATIF") or nature == "RECTIFICATIF",
        cancels=read_state(state, "ANNULATION") or nature == "ANNULATION",
        buyer=text(row.pop("nomacheteur", None)),
        summary=text(row.pop("objet", None)) or "",
        departements=performed or published,
        natures=_take(row, "type_marche"),
        procedure_type=text(row.pop("type_procedure", None)),
        linked=_take_links(row, number, gestion, content),
        winners=_take(row, "titulaire"),
        folder=text(row.pop("contractfolderid", None)),
        index=_read_index(gestion),
        content=content,
        labels=labels,
    )
    left = {key: value for key, value in row.items() if key not in _UNREAD}
    if left:
        raise Unknown(f"unknown fields: {str(left)[:300]}; add them to _take_record")
    return taken


def _take(row: dict[str, object], key: str) -> tuple[str, ...]:
    return tuple(value for item in as_list(row.pop(key, None)) if (value := text(item)))


def _take_day(row: dict[str, object]) -> date:
    written = text(row.pop("dateparution", None))
    day = read_day(written)
    if day is None:
        raise Unknown(f"dateparution is {written!r}; teach _take_day this form")
    return day


def read_form(nature: str | None) -> Form:
    """What `nature` announces. Raises Unreadable where it is empty, Unknown for an unknown one."""
    if nature == "AUTRE":
        raise Unreadable("nature AUTRE does not state what is announced")
    if nature not in FORMS:
        raise Unknown(f"nature is {nature!r}; add it to FORMS with the form it announces")
    return FORMS[nature]


def read_state(state: str | None, wanted: str) -> bool:
    """Whether the record's state is `wanted`; raises Unknown for an unknown state."""
    if state not in {"INITIAL", "RECTIFICATIF", "ANNULATION", None}:
        raise Unknown(f"etat is {state!r}; add it to the reader")
    return state == wanted


def _take_links(row: dict[str, object], number: str, gestion: Node | None, content: Node | None) -> tuple[str, ...]:
    """The notices it follows, wherever they are named; an eForms notice names them itself (BT-758)."""
    listed = {"annonceLiee": row.pop("annonce_lie", None), "annoncesAnterieures": row.pop("annonces_anterieures", None)}
    return find_links(number, listed, gestion, None if content is None or "EFORMS" in content else content)


def _read_content(found: object, field: str = "donnees") -> Node | None:
    """A field that is JSON in a string, or the object itself (exports of the data set hold either)."""
    if isinstance(found, dict) and "#text" not in found:
        return cast("Node", found)
    written = text(found)
    return read_json(written, field) if written else None


def _read_index(gestion: Node | None) -> Node:
    found = gestion.get("INDEXATION") if gestion else None
    if not isinstance(found, dict):
        raise Unreadable("gestion has no INDEXATION, so that no deadline can be trusted")
    return cast("Node", found)
