"""Hard conditions. One function per rule: each gives with a Refusal why a member is not proposed, or None.

A rule uses what the notice states; what it does not state refuses no member. Similarity is not considered here
(matching/similarity); the rule that requires the least of it is in engine.py beside the values it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from matching.text.language import two_letters
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import Refusal, RefusalKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot

SHELTERED = frozenset({"ETA", "EA", "ESAT", "SIAE", "sheltered-workshop"})
"""Certificates that open lots reserved under article 20 of Directive 2014/24/EU."""


@dataclass(frozen=True, slots=True)
class MatchingContext:
    """The instant of matching (`as_of`, zone-aware) and how many days a member needs at least to answer (0: any)."""

    as_of: datetime
    notice_days: int = 0


Gate = Callable[[OpenLot, Member, MatchingContext], Refusal | None]


def refuse_closed(lot: OpenLot, member: Member, terms: MatchingContext) -> Refusal | None:
    """The deadline is over."""
    deadline = lot.lot.deadline
    if deadline is None or deadline.at > terms.as_of:
        return None
    return Refusal(lot.uid, member.id, RefusalKind.CLOSED, deadline.at.isoformat(timespec="minutes"))


def refuse_too_soon(lot: OpenLot, member: Member, terms: MatchingContext) -> Refusal | None:
    """Fewer days are left than a member needs."""
    deadline = lot.lot.deadline
    if deadline is None or (deadline.at - terms.as_of).days >= terms.notice_days:
        return None
    return Refusal(
        lot.uid, member.id, RefusalKind.TOO_SOON, f"{(deadline.at - terms.as_of).days} < {terms.notice_days}"
    )


def refuse_reserved(lot: OpenLot, member: Member, terms: MatchingContext) -> Refusal | None:  # noqa: ARG001 (rules have one signature)
    """The lot is reserved for sheltered workshops, and the member is none."""
    if not lot.lot.reserved or SHELTERED & set(member.certificates):
        return None
    return Refusal(lot.uid, member.id, RefusalKind.RESERVED, "sheltered workshops (2014/24/EU, art. 20)")


def refuse_out_of_reach(lot: OpenLot, member: Member, terms: MatchingContext) -> Refusal | None:  # noqa: ARG001
    """Every place of performance lies outside the places the member works in."""
    if not member.reach:
        return None
    places = places_of(lot)
    if not places or any(p.within(r) or r.within(p) for p in places for r in member.reach):
        return None
    return Refusal(lot.uid, member.id, RefusalKind.OUT_OF_REACH, ", ".join(place.code for place in places))


def refuse_language(lot: OpenLot, member: Member, terms: MatchingContext) -> Refusal | None:  # noqa: ARG001
    """Tenders must be written in languages of which the member writes none."""
    languages = lot.lot.tender_languages
    if not languages or any(two_letters(language) in member.languages for language in languages):
        return None
    return Refusal(lot.uid, member.id, RefusalKind.LANGUAGE, ", ".join(languages))


GATES: tuple[Gate, ...] = (refuse_closed, refuse_too_soon, refuse_reserved, refuse_out_of_reach, refuse_language)
"""The rules in order; the first refusal is the result."""


def refuse(lot: OpenLot, member: Member, terms: MatchingContext) -> Refusal | None:
    """The refusal of the first rule that applies, or None when none does."""
    return next((refusal for gate in GATES if (refusal := gate(lot, member, terms))), None)


def refuse_each(lot: OpenLot, members: Sequence[Member], terms: MatchingContext) -> list[Refusal | None]:
    """What `refuse` returns for each member; rules that can refuse no member on this lot are not applied to each."""
    if not members:
        return []
    gates = [gate for gate, may_refuse in _MAY_REFUSE.items() if may_refuse(lot, members[0], terms)]
    if not gates:
        return [None] * len(members)
    return [next((refusal for gate in gates if (refusal := gate(lot, member, terms))), None) for member in members]


_MAY_REFUSE: Mapping[Gate, Callable[[OpenLot, Member, MatchingContext], bool]] = {
    refuse_closed: lambda lot, member, terms: refuse_closed(lot, member, terms) is not None,
    refuse_too_soon: lambda lot, member, terms: refuse_too_soon(lot, member, terms) is not None,
    refuse_reserved: lambda lot, _member, _terms: bool(lot.lot.reserved),
    refuse_out_of_reach: lambda lot, _member, _terms: bool(places_of(lot)),
    refuse_language: lambda lot, _member, _terms: bool(lot.lot.tender_languages),
}
"""Whether a rule can refuse any member. The deadline is the same for all: its rule is applied once."""


def places_of(lot: OpenLot) -> tuple[Nuts, ...]:
    """Where the lot is performed: as stated by the lot, else by its notice, else where its buyers are."""
    buyers = (b.organisation.nuts for b in lot.notice.buyers)
    return lot.lot.nuts or lot.notice.nuts or tuple(dict.fromkeys(nuts for nuts in buyers if nuts))
