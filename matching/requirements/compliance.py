"""How a member, or members together, stand before what a lot asks: met, not met, or unknown, with what decided it.

What a member has not said of itself is unknown; it is never met in silence, nor held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from matching.requirements.certificates import meets
from warehouse.codes.classifications import Cpv
from warehouse.model.members import Member
from warehouse.model.notices import Reference
from warehouse.model.requirements import Answer, Requirement, RequirementKind, Rule, Source, Standing

MET, NOT_MET, UNKNOWN = Standing.MET, Standing.NOT_MET, Standing.UNKNOWN
_ALIKE = 4
"""Digits of a CPV code that two contracts share when one is a reference for the other: the class."""


def answer(asked: Requirement, member: Member, references: Iterable[Reference] = (), cpv: Sequence[Cpv] = ()) -> Answer:
    """How one member stands by itself. `references` are awards found in the warehouse, `cpv` the lot's codes: an award
    under another class of codes proves nothing. Awards that are not found prove nothing either: clients may be private.
    """
    if asked.kind == RequirementKind.REFERENCE:
        return _references(asked, member, references, cpv)
    return _ANSWERS[asked.kind](asked, member)


def _turnover(asked: Requirement, member: Member) -> Answer:
    if asked.money is None:
        return Answer(asked, UNKNOWN, "no amount is written out")
    if member.turnover is None or member.turnover.currency != asked.money.currency:
        return Answer(asked, UNKNOWN, f"{member.id}: turnover unknown in {asked.money.currency}")
    enough = member.turnover.amount * asked.years >= asked.money.amount
    return Answer(asked, MET if enough else NOT_MET, f"{member.turnover.amount:f} {member.turnover.currency} a year")


def _certificate(asked: Requirement, member: Member) -> Answer:
    if not asked.name:
        return Answer(asked, UNKNOWN, "the certificate is not named")
    held = next((name for name in member.certificates if meets(name, asked.name)), None)
    if held:
        return Answer(asked, MET, held)
    if not member.certificates:
        return Answer(asked, UNKNOWN, f"{member.id} has told no certificate")
    return Answer(asked, NOT_MET, ", ".join(member.certificates))


def _references(asked: Requirement, member: Member, references: Iterable[Reference], cpv: Sequence[Cpv]) -> Answer:
    known = [
        reference.notice
        for reference in references
        if reference.company_number == member.company_number
        and any(one.code[:_ALIKE] == other.code[:_ALIKE] for one in reference.cpv for other in cpv)
    ]
    told = ", ".join(known[:3]) or "no award under a like code was found"
    return Answer(asked, MET if known and len(known) >= (asked.number or 1) else UNKNOWN, told)


def _language(asked: Requirement, member: Member) -> Answer:
    spoken = [language for language in asked.name.split("/") if language in member.languages]
    if spoken and asked.level:
        return Answer(asked, UNKNOWN, f"{spoken[0]}, of a level not told ({asked.level} is asked)")
    return Answer(asked, MET if spoken else NOT_MET, ", ".join(spoken or member.languages))


def _staff(asked: Requirement, member: Member) -> Answer:
    if asked.number is not None and member.headcount < asked.number:
        return Answer(asked, NOT_MET, f"{member.headcount} people")
    return Answer(asked, UNKNOWN, f"{member.headcount} people, of profiles not told")


_ANSWERS: dict[RequirementKind, Callable[[Requirement, Member], Answer]] = {
    RequirementKind.TURNOVER: _turnover,
    RequirementKind.CERTIFICATE: _certificate,
    RequirementKind.LANGUAGE: _language,
    RequirementKind.STAFF: _staff,
}


def answer_together(asked: Requirement, members: Sequence[Member], answers: Sequence[Answer]) -> Answer:
    """How members stand who tender together, by the requirement's rule; `answers` are theirs, in their order. Turnovers
    and people add up. Raises ValueError when they are not as many."""
    each = list(zip(members, answers, strict=True))
    if asked.rule == Rule.SUM or (asked.kind == RequirementKind.STAFF and asked.rule == Rule.ANY):
        return _added_up(asked, members)
    order = (NOT_MET, UNKNOWN, MET) if asked.rule == Rule.ALL else (MET, UNKNOWN, NOT_MET)
    for standing in order:
        those = [(member, one) for member, one in each if one.standing == standing]
        if those:
            return Answer(asked, standing, "; ".join(f"{member.id}: {one.because}" for member, one in those))
    return Answer(asked, UNKNOWN, "nobody tenders")


def _added_up(asked: Requirement, members: Sequence[Member]) -> Answer:
    if asked.kind == RequirementKind.STAFF:
        people = sum(member.headcount for member in members)
        short = asked.number is not None and people < asked.number
        return Answer(asked, NOT_MET if short else UNKNOWN, f"{people} people together")
    if asked.money is None:
        return Answer(asked, UNKNOWN, "no amount is written out")
    known = [m.turnover.amount for m in members if m.turnover and m.turnover.currency == asked.money.currency]
    together = sum(known, Decimal(0)) * asked.years
    told = f"{together:f} {asked.money.currency} together"
    if together >= asked.money.amount:
        return Answer(asked, MET, told)
    silent = len(members) - len(known)
    return Answer(asked, UNKNOWN if silent else NOT_MET, f"{told}; {silent} unknown" if silent else told)


def is_binding(asked: Requirement) -> bool:
    """Whether it can decide who may tender: hard, with a value, and not said by a field that a gate reads already."""
    return asked.is_hard and bool(asked.value) and asked.source != Source.FIELD
