"""The three shapes of the essential data laid into one: a row with the ministry's names in lower case.

Which fields exist is defined here; what they mean is defined in decp.py. A record of another shape is an Unknown in the
place of its rows: it costs itself alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from scrapers.errors import SourceChanged, Unknown

Row = dict[str, object]

FILLERS = frozenset({"", "CDL", "INX", "NC", "null", "None"})
"""Values of fields that are not filled; "CDL" is the ministry's."""

_COUNTRIES = {
    "AT": "AUT", "BE": "BEL", "CZ": "CZE", "DE": "DEU", "DK": "DNK", "ES": "ESP", "FR": "FRA", "IE": "IRL",
    "IT": "ITA", "LU": "LUX", "NL": "NLD", "PL": "POL", "PT": "PRT", "SE": "SWE",
}  # fmt: skip
"""The country before a VAT number."""

_READ = """
id acheteur_id acheteur_nom objet codecpv procedure montant datenotification datepublicationdonnees offresrecues
lieuexecution_code lieuexecution_typecode typegroupementoperateurs idmodification montantmodification
datenotificationmodificationmodification datepublicationdonneesmodificationmodification titulaire_id
idtitulairemodification typeidentifianttitulairemodification later_holders
titulaire_typeidentifiant titulaire_nom holders is_later dureemois dureemoismodification
techniques soustraitancedeclaree
"""
_UNREAD = """
nature formeprix typesprix typeprix considerationssociales considerationsenvironnementales
modalitesexecution marcheinnovant ccag attributionavance tauxavance idaccordcadre origineue
originefrance source idactesoustraitance dureemoisactesoustraitance datenotificationactesoustraitance
datepublicationdonneesactesoustraitance montantactesoustraitance variationprixactesoustraitance idsoustraitant
typeidentifiantsoustraitant
idmodificationactesoustraitance dureemoismodificationactesoustraitance montantmodificationactesoustraitance
datepublicationdonneesmodificationactesoustraitance
datenotificationmodificationsoustraitancemodificationactesoustraitance lieuexecution_nom uid uuid _type
datedebutexecution montantsubventionpublique donneesexecution
"""
# The tabular API adds derived columns, which are not used.
_TABULAR = """
__id type dureerestantemois modification_id donneesactuelles datasource sourcedataset sourcefile
titulaire_categorie titulaire_distance titulaire_commune_code titulaire_commune_nom titulaire_departement_code
titulaire_departement_nom titulaire_region_code titulaire_region_nom titulaire_latitude titulaire_longitude
acheteur_categorie acheteur_commune_code acheteur_commune_nom acheteur_departement_code acheteur_departement_nom
acheteur_region_code acheteur_region_nom acheteur_latitude acheteur_longitude montant_rationalise montant_anomalie
montant_anomalie_raisons lieuexecution_departement sourceopendata
"""
_KNOWN = frozenset(f"{_READ} {_UNREAD} {_TABULAR}".split()) | {
    f"titulaire_{what}_{n}" for what in ("id", "typeidentifiant", "denominationsociale") for n in (1, 2, 3)
}


@dataclass(frozen=True, slots=True)
class Holder:
    """A winner: its number as written, its country (alpha-3), its name where one is given."""

    number: str
    country: str | None
    name: str | None = None


def flatten(found: object) -> Iterator[Row | Unknown]:
    """Rows of a page of records (`results`), of the tabular API (`data`) or of a buyer's file (`marches`); an Unknown
    for a record of another shape or with an unknown field. Raises SourceChanged for anything else."""
    page = cast("Mapping[str, object]", found) if isinstance(found, dict) else {}
    if isinstance(page.get("results"), list) and not page.keys() - {"results", "total_count"}:
        records, read = cast("list[object]", page["results"]), _from_record
    elif isinstance(page.get("data"), list) and not page.keys() - {"data", "links", "meta"}:
        records, read = cast("list[object]", page["data"]), _from_tabular
    elif "marches" in page:
        records, read = list(_contracts(page["marches"])), _from_file
    else:
        raise SourceChanged(f"fr_decp: neither results, data nor marches in {str(found)[:200]}")
    for place, record in enumerate(records, 1):
        try:
            rows = [_audited(row) for row in read(record)]
        except Unknown as unknown:
            yield Unknown(f"fr_decp record {place}: {unknown}")
        else:
            yield from rows


def _audited(row: Row) -> Row:
    left = {key: value for key, value in row.items() if key not in _KNOWN}
    if left:
        name = f"{row.get('acheteur_id')}{row.get('id')}"
        raise Unknown(f"{name}: unknown fields: {str(left)[:300]}; add them to decp_rows.py")
    return row


def read_holders(row: Row) -> tuple[Holder, ...]:
    """The winners in the columns of a row, or those already laid together."""
    if "holders" in row:
        return tuple(cast("list[Holder]", row["holders"]))
    found: list[Holder] = []
    for end in ("", "_1", "_2", "_3"):
        number = str(row.get(f"titulaire_id{end}") or "").strip()
        if number in FILLERS or not number.strip("0"):
            continue
        kind = str(row.get(f"titulaire_typeidentifiant{end}") or "").upper()
        name = row.get(f"titulaire_denominationsociale{end}") or row.get(f"titulaire_nom{end}")
        found.append(Holder(number, _country(number, kind), str(name) if name else None))
    return tuple(dict.fromkeys(found))


def _country(number: str, kind: str) -> str | None:
    if kind in {"SIRET", "SIREN"}:
        return "FRA"
    return _COUNTRIES.get(number[:2].upper()) if kind == "TVA" else None


def _lower(row: object) -> Row:
    if not isinstance(row, dict):
        raise Unknown(f"the record is no object: {str(row)[:200]}")
    found = cast("Mapping[str, object]", row)
    return {key.replace(".", "_").lower(): value for key, value in found.items()}


def _from_record(record: object) -> Iterator[Row]:
    """A row of the ministry's data set; a modification may name another holder (one, in a column of its own)."""
    row = _lower(record)
    number = str(row.get("idtitulairemodification") or "").strip()
    if number not in FILLERS:
        kind = str(row.get("typeidentifianttitulairemodification") or "").upper()
        row["later_holders"] = [Holder(number, _country(number, kind))]
    yield row


def _from_tabular(record: object) -> Iterator[Row]:
    """Its modification 0 is the contract itself; a later one holds the amount of that day in place of the first."""
    row = _lower(record)
    modification = str(row.get("modification_id") or "0").partition(".")[0]
    if modification not in {"0", *FILLERS}:
        row |= {"idmodification": modification, "montantmodification": row.get("montant"), "is_later": True}
        row["datenotificationmodificationmodification"] = row.get("datenotification")
        row["datepublicationdonneesmodificationmodification"] = row.get("datepublicationdonnees")
    yield row


_LISTS = ("marche", "contrat-concession")


def _contracts(found: object) -> Iterator[object]:
    """`marches` is a list, or an object of lists: {"marche": [...], "contrat-concession": [...]}."""
    lists = (
        [found] if not isinstance(found, dict) else [cast("Mapping[str, object]", found).get(name) for name in _LISTS]
    )
    for listed in lists:
        if not isinstance(listed, list | dict | None):
            raise SourceChanged(f"fr_decp: marches is {str(listed)[:200]}; add them to decp_rows.py this shape")
        yield from cast("list[object]", listed or []) if not isinstance(listed, dict) else [listed]


_OF_CONCESSIONS = {
    "autoriteConcedante": "acheteur",
    "concessionnaires": "titulaires",
    "valeurGlobale": "montant",
    "dateSignature": "dateNotification",
}
"""Names that differ in concessions (schema of 2019: they are listed among the contracts, marked by `_type`)."""


def _from_file(record: object) -> Iterator[Row]:
    """The contract, or the concession in the words of a contract, then a row for each of its modifications."""
    if not isinstance(record, dict):
        raise Unknown(f"the contract is no object: {str(record)[:200]}")
    found = cast("Mapping[str, object]", record)
    contract = {_OF_CONCESSIONS.get(key, key): value for key, value in found.items()}
    nested = {"acheteur", "lieuExecution", "titulaires", "modifications", "actesSousTraitance"}
    row = _lower({key: value for key, value in contract.items() if key not in nested})
    for key, prefix in (("acheteur", "acheteur"), ("lieuExecution", "lieuexecution")):
        inner = contract.get(key) or {}
        if not isinstance(inner, dict):
            raise Unknown(f"{key} is {str(inner)[:200]}; add them to decp_rows.py this shape")
        row |= {f"{prefix}_{name.lower()}": value for name, value in cast("Mapping[str, object]", inner).items()}
    row["holders"] = _holders_of(contract, "titulaires")
    yield row
    for ordinal, change in enumerate(_listed(contract.get("modifications"), "modification"), 1):
        yield row | {
            "idmodification": str(change.get("id") or ordinal),
            "montantmodification": change.get("montant") or change.get("valeurGlobale"),
            "datenotificationmodificationmodification": _either(
                change, "dateNotificationModification", "dateSignatureModification"
            ),
            "datepublicationdonneesmodificationmodification": change.get("datePublicationDonneesModification"),
            "dureemoismodification": change.get("dureeMois"),
            "later_holders": _holders_of(change, "titulaires") or _holders_of(change, "concessionnaires"),
        }


def _either(found: Mapping[str, object], *keys: str) -> object:
    return next((found[key] for key in keys if found.get(key)), None)


def _holders_of(found: Mapping[str, object], key: str) -> list[Holder]:
    """The winners in a list; one without a number is none."""
    name = key.rstrip("s")
    return [holder for item in _listed(found.get(key), name) if (holder := _holder_of(item)).number not in FILLERS]


def _listed(found: object, name: str) -> Iterator[Mapping[str, object]]:
    """Lists hold their objects bare (2019) or each under its name (2022), and nulls, which are left out."""
    listed = cast("list[object]", found) if isinstance(found, list) else [found] if found else []
    for item in listed:
        inner = cast("Mapping[str, object]", item).get(name, cast("object", item)) if isinstance(item, dict) else item
        if inner is None:
            continue
        if not isinstance(inner, dict):
            raise Unknown(f"{name} is {str(inner)[:200]}; add them to decp_rows.py this shape")
        yield cast("Mapping[str, object]", inner)


def _holder_of(holder: Mapping[str, object]) -> Holder:
    number, kind = str(holder.get("id") or "").strip(), str(holder.get("typeIdentifiant") or "").upper()
    name = holder.get("denominationSociale")
    return Holder(number, _country(number, kind), str(name) if name else None)
