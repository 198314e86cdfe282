"""Who won, in TED_EXPORT: one award per contract, prize or modification, the winners as one party when they are a
group."""

from __future__ import annotations

from datetime import date

from scrapers.readers.eforms.tree import words
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.text import read_line
from scrapers.readers.ted.export_tree import amount, count, every, first, older_day, organisation, part, parts, words_of
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Award, Lot, Money, TenderingParty

_WINNERS = ("ADDRESS_CONTRACTOR", "ADDRESS_WINNER", "CONTACT_DATA_WITHOUT_RESPONSIBLE_NAME")


def read_awards(form: Element, lots: tuple[Lot, ...], language: str | None) -> tuple[Award, ...]:
    """The awards of one form in its original language."""
    contracts = [(section, part(section, "AWARDED_CONTRACT")) for section in parts(form, "AWARD_CONTRACT")]
    prizes = [(section, part(section, "AWARDED_PRIZE")) for section in parts(form, "RESULTS")]
    older = [(section, section) for section in every(form, "AWARD_OF_CONTRACT", "AWARD_OF_CONTRACT_DEFENCE")]
    return tuple(_read_award(frame, awarded, lots, language) for frame, awarded in (*contracts, *prizes, *older))


def _read_award(frame: Element, awarded: Element | None, lots: tuple[Lot, ...], language: str | None) -> Award:
    """One award; `awarded` is None where nobody won."""
    lot = _lot_of(frame, lots)
    if awarded is None:
        return Award(lot, "clos-nw")
    costs = first(awarded, "COSTS_RANGE_AND_CURRENCY_WITH_VAT_RATE")
    return Award(
        lot=lot,
        outcome="selec-w",
        winners=_parties(awarded, language),
        value=amount(first(awarded, "VAL_TOTAL", "VAL_PRIZE")) or _older_amount(costs),
        decided_on=_decided_on(awarded),
        tenders_received=count(first(awarded, "NB_TENDERS_RECEIVED", "NB_PARTICIPANTS", "OFFERS_RECEIVED_NUMBER")),
        sme_tenders=count(first(awarded, "NB_TENDERS_RECEIVED_SME")),
        # V.2.5: what is likely to be subcontracted; absent where nothing is.
        subcontracted=True if first(awarded, "LIKELY_SUBCONTRACTED") is not None else None,
    )


def _lot_of(frame: Element, lots: tuple[Lot, ...]) -> str:
    """The lot a contract is about: the only one where it names none. TED 176410-2023 and others name a lot that the
    notice numbers otherwise ("1 / Primo in cascata"): the number as written then."""
    named = words_of(frame, "LOT_NO") or words_of(frame, "LOT_NUMBER")
    if len(lots) == 1 and (named is None or named == "0"):
        return lots[0].id
    return read_line(named) if named else "unstated"


def _parties(awarded: Element, language: str | None) -> tuple[TenderingParty, ...]:
    """The winners: one party of several firms when they are a group, else a party each."""
    firms = [
        organisation(address, f"WIN-{position:04d}", language, _size(address))
        for position, address in enumerate(every(awarded, *_WINNERS), start=1)
    ]
    if first(awarded, "AWARDED_TO_GROUP") is not None and firms:
        return (TenderingParty("TPA-0001", tuple(firms)),)
    return tuple(TenderingParty(f"TPA-{n:04d}", (firm,)) for n, firm in enumerate(firms, start=1))


def _size(address: Element) -> str | None:
    """ "sme" where the element around the address states it."""
    after = address.getnext()
    while after is not None:
        if after.tag.endswith(("}SME", "}NO_SME")):
            return "sme" if after.tag.endswith("}SME") else "large"
        after = after.getnext()
    return None


def _older_amount(costs: Element | None) -> Money | None:
    """R2.0.8 writes the currency on the frame and the amount in it."""
    found = part(costs, "VALUE_COST")
    if costs is None or found is None:
        return None
    return amount(found, costs.get("CURRENCY"))


def _decided_on(awarded: Element) -> date | None:
    """The day the contract was concluded, or the jury decided."""
    stated = read_day(words(first(awarded, "DATE_CONCLUSION_CONTRACT", "DATE_DECISION_JURY")))
    return stated or older_day(part(awarded, "CONTRACT_AWARD_DATE"))
