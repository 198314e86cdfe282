"""Whether a member, or several together, meet a lot's requirements: met, not met, or unknown, with what decided it.

What a member has not stated is unknown; it counts neither as met nor against the member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from matching.requirements.certificates import meets
from warehouse.codes.classifications import Cpv
from warehouse.model.members import Member
from warehouse.model.notices import Reference
from warehouse.model.requirements import Answer, ComplianceStatus, Requirement, RequirementKind, RequirementSource, Rule

MET, NOT_MET, UNKNOWN = ComplianceStatus.MET, ComplianceStatus.NOT_MET, ComplianceStatus.UNKNOWN
_CODE_DIGITS = 4
"""Digits of a CPV code that two contracts share when one is a reference for the other: the class."""


def answer(
    requirement: Requirement, member: Member, references: Iterable[Reference] = (), cpv: Sequence[Cpv] = ()
) -> Answer:
    """Whether one `member` meets a `requirement` by itself. `references` are awards found in the warehouse, `cpv` the
    lot's codes: an award under another class of codes proves nothing. Awards that are not found prove nothing either:
    clients may be private."""
    if requirement.kind == RequirementKind.REFERENCE:
        return _references(requirement, member, references, cpv)
    return _ANSWERS[requirement.kind](requirement, member)


def _turnover(requirement: Requirement, member: Member) -> Answer:
    if requirement.money is None:
        return Answer(requirement, UNKNOWN, "no amount is written out")
    if member.turnover is None or member.turnover.currency != requirement.money.currency:
        return Answer(requirement, UNKNOWN, f"{member.id}: turnover unknown in {requirement.money.currency}")
    enough = member.turnover.amount * requirement.years >= requirement.money.amount
    return Answer(
        requirement, MET if enough else NOT_MET, f"{member.turnover.amount:f} {member.turnover.currency} a year"
    )


def _certificate(requirement: Requirement, member: Member) -> Answer:
    if not requirement.name:
        return Answer(requirement, UNKNOWN, "the certificate is not named")
    held = next((name for name in member.certificates if meets(name, requirement.name)), None)
    if held:
        return Answer(requirement, MET, held)
    if not member.certificates:
        return Answer(requirement, UNKNOWN, f"{member.id} states no certificate")
    return Answer(requirement, NOT_MET, ", ".join(member.certificates))


def _references(
    requirement: Requirement, member: Member, references: Iterable[Reference], cpv: Sequence[Cpv]
) -> Answer:
    known = [
        reference.notice
        for reference in references
        if reference.company_number == member.company_number
        and any(
            won_code.code[:_CODE_DIGITS] == other.code[:_CODE_DIGITS] for won_code in reference.cpv for other in cpv
        )
    ]
    because = ", ".join(known[:3]) or "no award under a like code was found"
    return Answer(requirement, MET if known and len(known) >= (requirement.number or 1) else UNKNOWN, because)


def _language(requirement: Requirement, member: Member) -> Answer:
    known_languages = [language for language in requirement.name.split("/") if language in member.languages]
    if known_languages and requirement.level:
        return Answer(requirement, UNKNOWN, f"{known_languages[0]}, level not stated ({requirement.level} is required)")
    return Answer(requirement, MET if known_languages else NOT_MET, ", ".join(known_languages or member.languages))


def _staff(requirement: Requirement, member: Member) -> Answer:
    if requirement.number is not None and member.headcount < requirement.number:
        return Answer(requirement, NOT_MET, f"{member.headcount} people")
    return Answer(requirement, UNKNOWN, f"{member.headcount} people, of profiles not stated")


_ANSWERS: dict[RequirementKind, Callable[[Requirement, Member], Answer]] = {
    RequirementKind.TURNOVER: _turnover,
    RequirementKind.CERTIFICATE: _certificate,
    RequirementKind.LANGUAGE: _language,
    RequirementKind.STAFF: _staff,
}


def answer_together(requirement: Requirement, members: Sequence[Member], answers: Sequence[Answer]) -> Answer:
    """Whether members that tender together meet a requirement, by its rule; `answers` are theirs, in their order.
    Turnovers and people add up. Raises ValueError when they are not as many."""
    each = list(zip(members, answers, strict=True))
    if requirement.rule == Rule.SUM or (requirement.kind == RequirementKind.STAFF and requirement.rule == Rule.ANY):
        return _added_up(requirement, members)
    order = (NOT_MET, UNKNOWN, MET) if requirement.rule == Rule.ALL else (MET, UNKNOWN, NOT_MET)
    for standing in order:
        those = [(member, answer) for member, answer in each if answer.standing == standing]
        if those:
            return Answer(
                requirement, standing, "; ".join(f"{member.id}: {answer.because}" for member, answer in those)
            )
    return Answer(requirement, UNKNOWN, "there is no tenderer")


def _added_up(requirement: Requirement, members: Sequence[Member]) -> Answer:
    if requirement.kind == RequirementKind.STAFF:
        people = sum(member.headcount for member in members)
        short = requirement.number is not None and people < requirement.number
        return Answer(requirement, NOT_MET if short else UNKNOWN, f"{people} people together")
    if requirement.money is None:
        return Answer(requirement, UNKNOWN, "no amount is written out")
    known = [m.turnover.amount for m in members if m.turnover and m.turnover.currency == requirement.money.currency]
    together = sum(known, Decimal(0)) * requirement.years
    because = f"{together:f} {requirement.money.currency} together"
    if together >= requirement.money.amount:
        return Answer(requirement, MET, because)
    silent = len(members) - len(known)
    return Answer(requirement, UNKNOWN if silent else NOT_MET, f"{because}; {silent} unknown" if silent else because)


def is_binding(requirement: Requirement) -> bool:
    """Whether it can decide who may tender: hard, with a value, and not stated by a field that an eligibility rule uses
    already."""
    return requirement.is_hard and bool(requirement.value) and requirement.source != RequirementSource.FIELD
