"""Who won, in BOAMP's form before 2019: one award for each DECISION, by the lot it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from scrapers.readers.boamp.json_tree import Node, as_list, down, text, words
from scrapers.readers.boamp.links import lot_id, written_number
from scrapers.readers.eforms.tree import nuts
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.numbers import read_amount, read_count
from scrapers.readers.normalise.text import read_line
from warehouse.model.notices import Award, Lot, Money, Organisation, TenderingParty, Text

_OUTCOMES: Mapping[str, str] = {"ATTRIBUE": "selec-w", "INFRUCTUEUX": "clos-nw", "SANS_SUITE": "clos-nw"}


def read_awards(content: object, lots: tuple[Lot, ...]) -> tuple[Award, ...]:
    """One award a decision; a decision without number, or with one the notice does not describe, is about the first
    lot. Where all ends without a contract (SANS_SUITE) and no winner is named, no lot is won: 16-183123 writes
    SANS_SUITE above lots that are each called ATTRIBUE."""
    attribution = down(content, "ATTRIBUTION")
    decisions = as_list(down(attribution, "DECISION"))
    ended = isinstance(attribution, dict) and "SANS_SUITE" in attribution
    known = {lot.id for lot in lots}
    found: list[Award] = []
    for ordinal, decision in enumerate(decisions or ([None] if ended else []), 1):
        key = legacy_lot_id(decision, ordinal)
        found.append(_read_award(decision, key if key in known else lots[0].id, ended=ended))
    return tuple(found)


def legacy_lot_id(part: object, ordinal: int) -> str:
    """Spelled as eForms spells them, so that a lot keeps its name between a notice and its result."""
    return lot_id(written_number(part), ordinal)


def money_of(leaf: object) -> Money | None:
    """An amount with its currency (DEVISE); None where either is missing."""
    amount_text = text(leaf) if not isinstance(leaf, list) else None
    currency = words(leaf, "@DEVISE")
    if not amount_text or not currency:
        return None
    amount = read_amount(amount_text.replace(" ", "").replace(",", "."))
    return None if amount is None else Money(amount, currency)


def _read_award(decision: object, lot: str, *, ended: bool) -> Award:
    """One decision: its outcome is the name of an empty element, its winners the TITULAIREs."""
    names = tuple(cast("Node", decision)) if isinstance(decision, dict) else ()
    winners = tuple(
        party
        for n, frame in enumerate(as_list(down(decision, "TITULAIRE")), 1)
        if (party := _read_party(frame, f"TPA-{n:04d}")) is not None
    )
    outcome = next((_OUTCOMES[name] for name in names if name in _OUTCOMES), "selec-w" if winners else "unstated")
    information = down(decision, "RENSEIGNEMENT")
    return Award(
        lot=lot,
        outcome="clos-nw" if ended and not winners else outcome,
        winners=winners,
        value=money_of(down(information, "MONTANT")),
        decided_on=read_day(words(information, "DATE_ATTRIBUTION")),
        tenders_received=read_count(words(information, "NB_OFFRE_RECU")),
        subcontracted=_subcontracted(information),
    )


def _subcontracted(information: object) -> bool | None:
    names = cast("Node", information).keys() if isinstance(information, dict) else ()
    return True if "SOUSTRAITANCE_OUI" in names else False if "SOUSTRAITANCE_NON" in names else None


def _read_party(frame: object, key: str) -> TenderingParty | None:
    name = words(frame, "DENOMINATION")
    if not name:
        return None
    place = words(frame, "CODE_NUTS")
    firm = Organisation(
        key.replace("TPA", "WINNER"),
        (Text(read_line(name), "FRA"),),
        company_number=words(frame, "CODE_IDENT_NATIONAL"),
        nuts=nuts(place) if place else None,
        city=words(frame, "VILLE"),
        size=_size(frame),
    )
    return TenderingParty(key, (firm,))


def _size(frame: object) -> str | None:
    names = tuple(cast("Node", frame)) if isinstance(frame, dict) else ()
    return "sme" if "PME_OUI" in names else "large" if "PME_NON" in names else None
