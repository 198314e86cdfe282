"""French essential data of public contracts (DECP) become result notices: who won what, from whom, for how much.

Three shapes hold the same words: records of the ministry's data set (names in lower case, at most three winners in
columns), rows of the tabular API (one winner each), and the files buyers publish (`marches`, with lists). What each
holds is laid into one row; rows of one contract on a page are one contract. A later amount is a notice of its own.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import cast

from scrapers.errors import SourceChanged, Unknown, Unreadable
from scrapers.readers.boamp.departements import read_departements
from scrapers.readers.decp_rows import FILLERS, Holder, Row, flatten, read_holders
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.numbers import read_count, read_written_amount
from scrapers.readers.normalise.text import read_line
from scrapers.readers.records import Result, as_set_aside, refuse_foreign
from scrapers.safe_formats.json import parse_json
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Award,
    Buyer,
    ContractTerm,
    Form,
    Lot,
    Money,
    Notice,
    Organisation,
    Publication,
    TenderingParty,
    Text,
)

LOT = "LOT-0001"
"""A contract of the data is one lot of its procedure; which one is not stated."""

_PROCEDURES = {
    "appel d'offres ouvert": "open",
    "appel d'offres restreint": "restricted",
    "procédure avec négociation": "neg-w-call",
    "marché passé sans publicité ni mise en concurrence préalable": "neg-wo-call",
    "marché public négocié sans publicité ni mise en concurrence préalable": "neg-wo-call",
    "dialogue compétitif": "comp-dial",
    "procédure adaptée": "oth-single",
}


def read_contracts(body: bytes) -> Iterator[Result]:
    """The contracts on a page or in a file, and each later state of one. What cannot be read is a value; raises
    SourceChanged for a page of another shape, or of nothing but unknown records.

    A contract is known by its buyer, its number, its object and its holders: buyers give one number to two contracts.
    """
    contracts: dict[tuple[str, ...], Row] = {}
    results: list[Result] = []
    for place, row in enumerate(flatten(_read_json(body)), 1):
        if isinstance(row, Unknown):
            results.append((f"record {place}", row))
        elif not _word(row, "acheteur_id") or not _word(row, "id"):
            reason = f"fr_decp record {place}: without acheteur_id or id: {str(row)[:300]}"
            results.append((f"record {place}", Unknown(reason)))
        else:
            known = contracts.setdefault(_key(row), row)
            known["holders"] = list(dict.fromkeys((*read_holders(known), *read_holders(row))))
    refuse_foreign("fr_decp", [result for _, result in results] if not contracts else ())
    yield from results
    seen_identifiers: set[str] = set()
    for row in contracts.values():
        for identifier, result in _read_contract(row):
            if identifier not in seen_identifiers:
                seen_identifiers.add(identifier)
                yield identifier, result


def _key(row: Row) -> tuple[str, ...]:
    """What rows of one state of one contract share: the tabular API repeats it for each holder, the others have all
    holders in one row."""
    stated = (_word(row, "acheteur_id"), _word(row, "id"), _title_key(row), _word(row, "idmodification"))
    holders = () if "modification_id" in row else sorted(holder.number for holder in read_holders(row))
    return (*(word or "" for word in stated), *holders)


def _title_key(row: Row) -> str:
    """The object as it identifies: without case, accents' spelling and white space."""
    return " ".join(unicodedata.normalize("NFKC", read_line(_word(row, "objet") or "")).casefold().split())


def _identity(row: Row) -> str:
    """The name of the contract: buyer and number, then eight signs of its object and holders, the same from whichever
    page or shape it was read."""
    holders = sorted(holder.number for holder in read_holders(row))
    digest = hashlib.sha256("\n".join((_title_key(row), *holders)).encode()).hexdigest()[:8]
    return f"{_number(row)}-{digest}"


def _number(row: Row) -> str:
    return f"{_word(row, 'acheteur_id')}{_word(row, 'id')}"


def _read_json(body: bytes) -> object:
    """Amounts as they are written: a float would change them."""
    try:
        return parse_json(body, parse_float=Decimal)
    except ValueError as error:
        raise SourceChanged(f"fr_decp: the answer is not JSON: {body[:200]!r}") from error


def _read_contract(row: Row) -> Iterator[Result]:
    name = _identity(row)
    try:
        contract = _read_award(row, name)
        if not row.get("is_later"):
            yield name, contract
        later = _read_modification(row, contract)
        if later is not None:
            yield f"{name} {later.version}", later
    except (Unreadable, BadFact) as wrong:
        yield name, as_set_aside("fr_decp", _number(row), wrong)


def _read_award(row: Row, name: str) -> Notice:
    title = _word(row, "objet")
    if title is None:
        raise Unreadable("the contract has no objet, so that it cannot be described")
    titles = (Text(read_line(title), "FRA"),)
    cpv = _read_cpv(row)
    nuts = _read_places(row)
    decided = _read_day(row, "datenotification")
    return Notice(
        id=name,
        version=1,
        form=Form.RESULT,
        publication=Publication("fr_decp", _number(row), _read_day(row, "datepublicationdonnees") or decided),
        schema="decp",
        procedure_type=_PROCEDURES.get((_word(row, "procedure") or "").replace("’", "'").casefold()),
        languages=("FRA",),
        titles=titles,
        cpv=cpv,
        nuts=nuts,
        buyers=(_read_buyer(row),),
        lots=(
            Lot(
                LOT,
                titles,
                cpv=cpv,
                nuts=nuts,
                countries=("FRA",),
                techniques=_read_techniques(row),
                term=_read_term(row, "dureemois"),
            ),
        ),
        awards=(
            Award(
                LOT,
                "selec-w",
                _read_winners(row, read_holders(row)),
                _read_money(_word(row, "montant")),
                decided,
                read_count(_word(row, "offresrecues")),
                subcontracted=_YES_OR_NO.get((_word(row, "soustraitancedeclaree") or "").casefold()),
            ),
        ),
    )


def _read_modification(row: Row, contract: Notice) -> Notice | None:
    """The contract as a modification left it: the new amount and the new holder take the place of the old ones."""
    written = _word(row, "idmodification")
    if written is None:
        return None
    ordinal = read_count(written)
    published = _read_day(row, "datepublicationdonneesmodificationmodification")
    decided = _read_day(row, "datenotificationmodificationmodification")
    award = contract.awards[0]
    value = _read_money(_word(row, "montantmodification"))
    holders = cast("list[Holder]", row.get("later_holders") or [])
    winners = _read_winners(row, tuple(holders)) if holders else award.winners
    return replace(
        contract,
        version=1 + (ordinal if ordinal and ordinal < 1000 else 1),
        form=Form.MODIFICATION,
        lots=tuple(replace(lot, term=_read_term(row, "dureemoismodification") or lot.term) for lot in contract.lots),
        publication=replace(contract.publication, day=published or decided or contract.publication.day),
        awards=(replace(award, winners=winners, value=value or award.value, decided_on=decided or award.decided_on),),
    )


_YES_OR_NO = {"oui": True, "true": True, "1": True, "non": False, "false": False, "0": False}
_TECHNIQUES = {"accord-cadre": "fa", "système d'acquisition dynamique": "dps-nlist", "sad": "dps-nlist"}


def _read_techniques(row: Row) -> tuple[str, ...]:
    """The ministry's words, several parted by commas or as a list of a file; others ("Concours", "Enchère") are none of
    a lot's techniques."""
    stated = row.get("techniques")
    listed = cast("dict[str, object]", stated).get("technique") if isinstance(stated, dict) else stated
    words = cast("list[object]", listed) if isinstance(listed, list) else str(listed or "").split(",")
    named = (str(word).replace("’", "'").partition("(")[0].strip().casefold() for word in words)
    return tuple(dict.fromkeys(_TECHNIQUES[name] for name in named if name in _TECHNIQUES))


def _read_term(row: Row, key: str) -> ContractTerm | None:
    """Months, where that many can be meant."""
    months = read_count((_word(row, key) or "").partition(".")[0])
    return ContractTerm(months, "MONTH") if months and months < 1200 else None


_YEARS = range(1990, 2050)
"""Years in which a public contract was, or may be, notified: files hold 0001, 1900 and 2107."""


def _read_day(row: Row, key: str) -> date | None:
    """A day, with or without an hour behind it ("2024-03-01T00:00:00+01:00"), or as people write it ("01/03/2024");
    None for one that cannot be meant."""
    written = _word(row, key) or ""
    french = _FRENCH_DAY.match(written)
    day = read_day(f"{french[3]}-{french[2]}-{french[1]}" if french else written[:10])
    return day if day is not None and day.year in _YEARS else None


_FRENCH_DAY = re.compile(r"(\d\d)[/.](\d\d)[/.](\d{4})(?!\d)")


def _read_buyer(row: Row) -> Buyer:
    name = _word(row, "acheteur_nom")
    names = (Text(read_line(name), "FRA"),) if name else ()
    return Buyer(Organisation("BUYER-0001", names, company_number=_word(row, "acheteur_id"), country="FRA"))


def _read_winners(row: Row, holders: tuple[Holder, ...]) -> tuple[TenderingParty, ...]:
    """One party where a group is stated; else each winner is its own, as in a framework of several, for a partnership
    that was none would become a reference."""
    organisations = tuple(
        Organisation(
            f"WINNER-{n:04d}",
            (Text(read_line(holder.name), "FRA"),) if holder.name else (),
            company_number=holder.number,
            country=holder.country,
        )
        for n, holder in enumerate(holders, 1)
    )
    grouped = (_word(row, "typegroupementoperateurs") or "").casefold() in {"conjoint", "solidaire"}
    if grouped and organisations:
        return (TenderingParty("TPA-0001", organisations),)
    return tuple(TenderingParty(f"TPA-{n:04d}", (organisation,)) for n, organisation in enumerate(organisations, 1))


def _read_cpv(row: Row) -> tuple[Cpv, ...]:
    """One code; some publishers cut its leading zero or its check digit, and such a code is no code."""
    written = _word(row, "codecpv")
    try:
        return (Cpv.read(written),) if written else ()
    except BadFact:
        return ()


def _read_places(row: Row) -> tuple[Nuts, ...]:
    """The département of a postal code, of a commune or of itself; a région or a country is too wide."""
    code, kind = _word(row, "lieuexecution_code") or "", (_word(row, "lieuexecution_typecode") or "").casefold()
    if "partement" in kind:
        return read_departements((code,))
    if not code.isalnum() or len(code) != 5 or not ("postal" in kind or "commune" in kind):
        return ()
    if code.startswith("20") and "postal" in kind:
        return read_departements(("2A" if code[2] in "01" else "2B",))
    return read_departements((code[:3] if code.startswith("97") else code[:2],))


def _read_money(written: str | None) -> Money | None:
    amount = read_written_amount(written) if written else None
    if written and amount is None:
        raise Unreadable(f"the amount {written[:40]!r} is no number anybody pays")
    return None if amount is None else Money(amount, "EUR")


def _word(row: Mapping[str, object], key: str) -> str | None:
    """The value of a field. "CDL" and "INX" are what the ministry fills empty fields with."""
    found = row.get(key)
    if found is None or isinstance(found, dict | list):
        return None
    return str(found).strip() if str(found).strip() not in FILLERS else None
