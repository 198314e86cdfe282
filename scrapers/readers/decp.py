"""French essential data of public contracts (DECP) become result notices: who won what, from whom, for how much.

Three shapes hold the same words: records of the ministry's data set (names in lower case, at most three winners in
columns), rows of the tabular API (one winner each), and the files buyers publish (`marches`, with lists). What each
holds is laid into one row; rows of one contract on a page are one contract. A later amount is a notice of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from scrapers.errors import SourceChanged, SourceError, Unreadable
from scrapers.readers.boamp.departements import read_departements
from scrapers.readers.decp_rows import FILLERS, Row, flatten, read_holders
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.numbers import read_amount, read_count
from scrapers.readers.normalise.text import read_line
from scrapers.safe_formats.json import parse_json
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Award,
    Buyer,
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
"""A contract of the data is one lot of its procedure; which one is not told."""

_PROCEDURES = {
    "appel d'offres ouvert": "open",
    "appel d'offres restreint": "restricted",
    "procédure avec négociation": "neg-w-call",
    "marché passé sans publicité ni mise en concurrence préalable": "neg-wo-call",
    "marché public négocié sans publicité ni mise en concurrence préalable": "neg-wo-call",
    "dialogue compétitif": "comp-dial",
    "procédure adaptée": "oth-single",
}


def read_contracts(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """The contracts on a page or in a file, each by its buyer's number and its own, and each later amount of one. What
    cannot be read is a value; raises SourceChanged for a field nobody knows."""
    contracts: dict[tuple[str, str | None], Row] = {}
    for row in flatten(_read_json(body)):
        number = f"{_word(row, 'acheteur_id') or ''}{_word(row, 'id') or ''}"
        if not _word(row, "acheteur_id") or not _word(row, "id"):
            raise SourceChanged(f"fr_decp: a record without acheteur_id and id: {str(row)[:300]}")
        known = contracts.setdefault((number, _word(row, "idmodification")), row)
        known["holders"] = list(dict.fromkeys((*read_holders(known), *read_holders(row))))
    seen_identifiers: set[str] = set()
    for (number, _), row in contracts.items():
        for identifier, result in _read_contract(row, number):
            if identifier not in seen_identifiers:
                seen_identifiers.add(identifier)
                yield identifier, result


def _read_json(body: bytes) -> object:
    """Amounts as they are written: a float would change them."""
    try:
        return parse_json(body, parse_float=Decimal)
    except ValueError as error:
        raise SourceChanged(f"fr_decp: the answer is not JSON: {body[:200]!r}") from error


def _read_contract(row: Row, number: str) -> Iterator[tuple[str, Notice | SourceError]]:
    try:
        contract = _read_award(row, number)
        if not row.get("is_later"):
            yield number, contract
        later = _read_modification(row, contract)
        if later is not None:
            yield f"{number} {later.version}", later
    except (Unreadable, BadFact) as wrong:
        yield number, Unreadable(f"fr_decp {number}: {wrong}")


def _read_award(row: Row, number: str) -> Notice:
    title = _word(row, "objet")
    if title is None:
        raise Unreadable("the contract has no objet, so that nothing can be told of it")
    titles = (Text(read_line(title), "FRA"),)
    cpv = _read_cpv(row)
    nuts = _read_places(row)
    decided = read_day(_word(row, "datenotification"))
    return Notice(
        id=number,
        version=1,
        form=Form.RESULT,
        publication=Publication("fr_decp", number, read_day(_word(row, "datepublicationdonnees")) or decided),
        schema="decp",
        procedure_type=_PROCEDURES.get((_word(row, "procedure") or "").replace("’", "'").casefold()),
        languages=("FRA",),
        titles=titles,
        cpv=cpv,
        nuts=nuts,
        buyers=(_read_buyer(row),),
        lots=(Lot(LOT, titles, cpv=cpv, nuts=nuts, countries=("FRA",)),),
        awards=(
            Award(
                LOT,
                "selec-w",
                _read_winners(row),
                _read_money(_word(row, "montant")),
                decided,
                read_count(_word(row, "offresrecues")),
            ),
        ),
    )


def _read_modification(row: Row, contract: Notice) -> Notice | None:
    """The contract as a modification left it: the new amount takes the place of the old one, it is not added."""
    written = _word(row, "idmodification")
    if written is None:
        return None
    ordinal = read_count(written)
    published = read_day(_word(row, "datepublicationdonneesmodificationmodification"))
    decided = read_day(_word(row, "datenotificationmodificationmodification"))
    award = contract.awards[0]
    value = _read_money(_word(row, "montantmodification"))
    return replace(
        contract,
        version=1 + (ordinal if ordinal and ordinal < 1000 else 1),
        form=Form.MODIFICATION,
        publication=replace(contract.publication, day=published or decided or contract.publication.day),
        awards=(replace(award, value=value or award.value, decided_on=decided or award.decided_on),),
    )


def _read_buyer(row: Row) -> Buyer:
    name = _word(row, "acheteur_nom")
    names = (Text(read_line(name), "FRA"),) if name else ()
    return Buyer(Organisation("BUYER-0001", names, company_number=_word(row, "acheteur_id"), country="FRA"))


def _read_winners(row: Row) -> tuple[TenderingParty, ...]:
    """One party where a group is stated; else each winner is its own, as in a framework of several, for a partnership
    that was none would be told as a reference."""
    organisations = tuple(
        Organisation(
            f"WINNER-{n:04d}",
            (Text(read_line(holder.name), "FRA"),) if holder.name else (),
            company_number=holder.number,
            country=holder.country,
        )
        for n, holder in enumerate(read_holders(row), 1)
    )
    grouped = (_word(row, "typegroupementoperateurs") or "").casefold() in {"conjoint", "solidaire"}
    if grouped and organisations:
        return (TenderingParty("TPA-0001", organisations),)
    return tuple(TenderingParty(f"TPA-{n:04d}", (one,)) for n, one in enumerate(organisations, 1))


def _read_cpv(row: Row) -> tuple[Cpv, ...]:
    """One code; some publishers cut its leading zero or its check digit, and such a code is no code."""
    written = _word(row, "codecpv")
    try:
        return (Cpv.read(written),) if written else ()
    except BadFact:
        return ()


def _read_places(row: Row) -> tuple[Nuts, ...]:
    """The département of a postal code, of a commune or of itself; a région or a country says too little."""
    code, kind = _word(row, "lieuexecution_code") or "", (_word(row, "lieuexecution_typecode") or "").casefold()
    if "partement" in kind:
        return read_departements((code,))
    if not code.isalnum() or len(code) != 5 or not ("postal" in kind or "commune" in kind):
        return ()
    if code.startswith("20") and "postal" in kind:
        return read_departements(("2A" if code[2] in "01" else "2B",))
    return read_departements((code[:3] if code.startswith("97") else code[:2],))


def _read_money(written: str | None) -> Money | None:
    amount = read_amount(written) if written else None
    if written and amount is None:
        raise Unreadable(f"the amount {written[:40]!r} is no number anybody pays")
    return None if amount is None else Money(amount, "EUR")


def _word(row: Mapping[str, object], key: str) -> str | None:
    """What a field says. "CDL" and "INX" are what the ministry fills empty fields with."""
    found = row.get(key)
    if found is None or isinstance(found, dict | list):
        return None
    return str(found).strip() if str(found).strip() not in FILLERS else None
