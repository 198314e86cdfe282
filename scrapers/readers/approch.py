"""Projects of French public purchases (APProch) become planning notices: what a buyer means to call for, and when.

No answer of the data set was recorded: the names are those that public clients read. A project with an
unknown name is set aside with an alarm, and a page of nothing else stops the source; those of considerations
(social, environmental), which are many, are passed over by their beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.boamp.departements import read_departements
from scrapers.readers.decp_rows import FILLERS
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.text import read_address, read_line, read_paragraphs
from scrapers.readers.records import read_each
from scrapers.safe_formats.json import parse_json
from warehouse.codes.classifications import Cpv
from warehouse.model.notices import Buyer, Change, Form, Lot, Notice, Organisation, Publication, Text

Row = Mapping[str, object]

_SHOWN = {
    "date_previsionnelle_de_publication": "Date prévisionnelle de publication",
    "date_cible_de_remise_des_offres": "Date cible de remise des offres",
    "montant_estime_du_marche": "Montant estimé du marché",
    "duree_previsionnelle_du_marche": "Durée prévisionnelle du marché (mois)",
    "type_de_procedure": "Type de procédure",
}
"""What a project states in words of its own (an amount is a range such as "1M - 5M€"), shown with its label."""

_KNOWN = frozenset(
    {
        "code", "libelle", "description", "statut", "siren_de_l_entite_acheteuse", "categorie_d_achat", "code_s_cpv",
        "departement_s_d_execution_du_marche", "lien_vers_la_consultation", *_SHOWN,
    }
)  # fmt: skip
_PASSED_OVER = ("consideration", "clause_")
_NATURES = {"travaux": "works", "fournitures": "supplies", "services": "services"}
_CPV = re.compile(r"(?<!\d)\d{8}(?!\d)")


def read_projects(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """The projects on a page of records, by their code. Raises SourceChanged for a page of another shape."""
    try:
        page = parse_json(body)
    except ValueError as error:
        raise SourceChanged(f"fr_approch: a page of records is not JSON: {body[:200]!r}") from error
    rows = cast("Row", page).get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise SourceChanged(f"fr_approch: a page of records is {body[:200]!r}; look at the API's documentation")
    yield from read_each("fr_approch", cast("list[object]", rows), "code", _read_known)


def _read_known(fields: Row, number: str) -> Iterator[tuple[str, Notice]]:
    left = {k: v for k, v in fields.items() if k not in _KNOWN and not k.startswith(_PASSED_OVER)}
    if left:
        raise Unknown(f"unknown fields: {str(left)[:300]}; add them to the reader")
    yield number, _read_project(fields, number)


def _read_project(row: Row, number: str) -> Notice:
    title = _word(row, "libelle")
    if title is None:
        raise Unreadable("the project has no libelle, so that it cannot be described")
    planned = _word(row, "date_previsionnelle_de_publication")
    if planned is None or read_day(planned[:10]) is None:
        raise Unreadable(f"date_previsionnelle_de_publication is {planned!r}, which is no day")
    titles = (Text(read_line(title), "FRA"),)
    descriptions = (Text(_describe(row), "FRA"),)
    cpv = tuple(dict.fromkeys(Cpv(code) for code in _CPV.findall(_word(row, "code_s_cpv") or "")))
    nuts = read_departements(part for part in re.split(r"[|,;]", _word(row, _PLACES) or "") if part.strip())
    nature = _NATURES.get((_word(row, "categorie_d_achat") or "").casefold())
    link = _word(row, "lien_vers_la_consultation")
    documents = (read_address(link),) if link and link.startswith("http") else ()
    gone = re.search(r"annul|abandon", (_word(row, "statut") or "").casefold())
    return Notice(
        id=f"approch-{number}",
        version=1,
        form=Form.PLANNING,
        publication=Publication("fr_approch", number, None, documents[0] if documents else None),
        schema="approch",
        languages=("FRA",),
        titles=titles,
        descriptions=descriptions,
        nature=nature,
        cpv=cpv,
        nuts=nuts,
        buyers=_read_buyers(row),
        lots=(Lot("PAR-0001", titles, descriptions, nature, cpv, nuts, ("FRA",), documents=documents),),
        changes=(Change(f"approch-{number}-01", "cancel"),) if gone else (),
    )


_PLACES = "departement_s_d_execution_du_marche"


def _describe(row: Row) -> str:
    """The description, then what is stated in words only, each with its label."""
    description = read_paragraphs(_word(row, "description") or "")
    shown = (f"{label} : {word}" for key, label in _SHOWN.items() if (word := _word(row, key)))
    return "\n".join([*([description] if description else []), *shown])


def _read_buyers(row: Row) -> tuple[Buyer, ...]:
    """The SIREN alone is given, as a number that has lost its leading zeros; no name."""
    siren = _word(row, "siren_de_l_entite_acheteuse")
    if siren is None:
        return ()
    return (Buyer(Organisation("BUYER-0001", (), company_number=siren.zfill(9), country="FRA")),)


def _word(row: Row, key: str) -> str | None:
    found = row.get(key)
    if isinstance(found, dict | list):
        raise Unknown(f"{key} is {str(found)[:200]}; add them to the reader this shape")
    description = "" if found is None else str(found).strip()
    return description if description not in FILLERS else None
