"""A lot's requirements as constraints on coalitions, and which of them stay to be verified.

Requirements are extracted in requirements/extraction.py and compared with members in requirements/compliance.py; here
they become a turnover to be reached together, rows that one member must meet, and members who may not take part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from matching.consortium.solver.problem import Row
from matching.requirements.compliance import answer, answer_together, is_binding
from matching.requirements.extraction import requirements_of
from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import Facet
from warehouse.model.members import Member
from warehouse.model.notices import Money, OpenLot, Reference
from warehouse.model.requirements import ComplianceStatus, Requirement, RequirementKind, Rule

Bools = NDArray[np.bool_]

_LEAD = re.compile(r"\b(?:mandataire|chef de file|lead|leader|penhouder|leidende|federführ\w*)\b", re.IGNORECASE)
_SHARE = re.compile(r"\b(\d{1,2}|100)\s?%")
_OR = re.compile(r"\b(?:ou|or|of|oder)\b|/", re.IGNORECASE)
_AND = re.compile(r"\b(?:et|and|en|und)\b(?!\s?/)|&", re.IGNORECASE)
_ROW_KINDS = frozenset({RequirementKind.CERTIFICATE, RequirementKind.LANGUAGE})


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """The constraints of one lot on its pool. `turnover` must be reached together, `lead_share` of it by one; each of
    `rows` must be met by one; `eligible`, bool of shape (members,), is False for those that lack what all must have;
    `performers` holds for some facets (rows) which members may cover them. `binding` is all that must be shown."""

    turnover: Money | None
    lead_share: Decimal | None
    rows: tuple[Row, ...]
    eligible: Bools
    performers: tuple[tuple[int, Bools], ...]
    binding: tuple[Requirement, ...]


def conditions_of(lot: OpenLot, facets: Sequence[Facet], members: Sequence[Member]) -> Conditions:
    """The lot's requirements compared with these members. A condition that no member is known to meet, though some may,
    makes no constraint: it stays to be verified. One that all are known to fail makes every coalition impossible."""
    binding = tuple(requirement for requirement in requirements_of(lot) if is_binding(requirement))
    eligible = np.ones(len(members), np.bool_)
    rows: dict[str, Row] = {}
    performers: list[tuple[int, Bools]] = []
    for (name, *_), either in _parts_of(binding).items():
        requirement = either[0]
        standings = [_best_standing(either, member) for member in members]
        fails = np.array([standing is ComplianceStatus.NOT_MET for standing in standings], np.bool_)
        if requirement.rule is Rule.ALL:
            eligible &= ~fails
        elif requirement.kind in _ROW_KINDS and (ComplianceStatus.MET in standings or fails.all()):
            met = tuple(at for at, standing in enumerate(standings) if standing is ComplianceStatus.MET)
            rows.setdefault(name, Row(name, met, requirement.kind))
        if requirement.rule is Rule.PERFORMER:
            performers += [(at, ~fails) for at, facet in enumerate(facets) if _speaks_of(facet, requirement)]
    turnover, share = _turnover_of(binding)
    return Conditions(turnover, share, tuple(rows.values()), eligible, tuple(performers), binding)


def _parts_of(binding: Sequence[Requirement]) -> dict[tuple[str, RequirementKind, Rule, str], list[Requirement]]:
    """The requirements one by one, a sentence that names several certificates divided: each by its name, those of which
    one will do ("ISO 9001 ou ISO 14001") as one. The keys begin with the name of the requirement."""
    parts: dict[tuple[str, RequirementKind, Rule, str], list[Requirement]] = {}
    for required in binding:
        beside = [
            other_requirement.name
            for other_requirement in binding
            if other_requirement.kind is required.kind and other_requirement.sentence == required.sentence
        ]
        if required.kind is not RequirementKind.CERTIFICATE or not required.name:
            name, value = required.sentence, required.value
        elif are_alternatives(required.sentence, beside):
            name, value = " / ".join(dict.fromkeys(beside)), ""
        else:
            name, value = required.name, required.level or ""
        parts.setdefault((name, required.kind, required.rule, value), []).append(required)
    return parts


def are_alternatives(sentence: str, names: Sequence[str]) -> bool:
    """Whether one of the certificates will do: between the first and the last of them the sentence has "or" and nowhere
    "and" ("ISO 27001 et ISO 20000-1, ou équivalents" requires both)."""
    numbers = [name.split()[-1] for name in names if name]
    places = [sentence.find(number) for number in numbers]
    if len(numbers) < 2 or min(places) < 0:
        return False
    between = sentence[min(places) : max(places)]
    return _OR.search(between) is not None and _AND.search(between) is None


def _best_standing(either: Sequence[Requirement], member: Member) -> ComplianceStatus:
    found = {answer(required, member).standing for required in either}
    return next(
        standing
        for standing in (ComplianceStatus.MET, ComplianceStatus.UNKNOWN, ComplianceStatus.NOT_MET)
        if standing in found
    )


def _speaks_of(facet: Facet, requirement: Requirement) -> bool:
    """Whether the facet is the sentence of the requirement, or part of it."""
    return facet.code is None and (facet.text in requirement.sentence or requirement.sentence in facet.text)


def _turnover_of(binding: Sequence[Requirement]) -> tuple[Money | None, Decimal | None]:
    """The highest turnover of a year that is required of all together, and the part of it a lead must have."""
    turnovers = [
        requirement
        for requirement in binding
        if requirement.kind is RequirementKind.TURNOVER and requirement.rule is Rule.SUM and requirement.money
    ]
    yearly = [
        Money(requirement.money.amount / requirement.years, requirement.money.currency)
        for requirement in turnovers
        if requirement.money
    ]
    if not yearly:
        return None, None
    highest = max(range(len(turnovers)), key=lambda at: yearly[at].amount)
    return yearly[highest], lead_share_in(turnovers[highest].sentence)


def lead_share_in(sentence: str) -> Decimal | None:
    """The part, in [0, 1], that a sentence requires of the lead ("dont 60 % par le mandataire"); None where it requires
    none."""
    lead, share = _LEAD.search(sentence), _SHARE.search(sentence)
    return Decimal(share[1]) / 100 if lead and share else None


def unverified_of(
    conditions: Conditions, members: Sequence[Member], references: Sequence[Reference], lot: OpenLot
) -> tuple[str, ...]:
    """The certificates by name, and the sentences, of the `conditions` that these `members` together are not shown to
    meet, each once.

    `references` are awards under their company numbers; `lot` gives the codes that an award must share.
    """
    codes = lot.lot.cpv or lot.notice.cpv
    found: dict[str, None] = {}
    for (name, *_), either in _parts_of(conditions.binding).items():
        if not any(_is_met_together(requirement, members, references, codes) for requirement in either):
            found.setdefault(name)
    return tuple(found)


def _is_met_together(
    required: Requirement, members: Sequence[Member], references: Sequence[Reference], codes: Sequence[Cpv]
) -> bool:
    answers = [answer(required, member, references, codes) for member in members]
    return answer_together(required, members, answers).standing is ComplianceStatus.MET


def joined(many: Sequence[Conditions], offsets: Sequence[int]) -> Conditions:
    """The conditions of several lots of one procedure on one coalition that answers them all: the highest turnover,
    every row, every bar. `offsets` are where the facets of each lot begin."""
    dearest = max(
        (c for c in many if c.turnover), key=lambda c: c.turnover.amount if c.turnover else 0, default=many[0]
    )
    rows = {row.name: row for conditions in many for row in conditions.rows}
    performers = tuple((start + at, may) for start, c in zip(offsets, many, strict=True) for at, may in c.performers)
    return replace(
        dearest,
        rows=tuple(rows.values()),
        eligible=np.logical_and.reduce([c.eligible for c in many]),
        performers=performers,
        binding=tuple(dict.fromkeys(requirement for c in many for requirement in c.binding)),
    )
