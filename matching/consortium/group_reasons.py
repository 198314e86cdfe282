"""Why a group and not one firm: the requirements and needs that are out of reach of each of its members alone.

A difference of coverage is no reason: proposals by coverage appeared as often beside awards of one firm as beside joint
ones (bench.joint, "separation"). Conditions are conditions.py's, the search solve.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.consortium.conditions import Conditions
from matching.consortium.explain import lacks_of
from matching.consortium.solver.integer_problem import IntegerProblem, known_cents
from matching.consortium.solver.problem import Problem
from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import Facet, FacetKind, GroupReason, GroupReasonKind, Held
from warehouse.model.requirements import RequirementKind

LEAST_NEED = 0.03
"""A facet that weighs less is no need of its own."""
SURE = 0.4
"""A need counts as covered by a group from this affinity of its best member: of the needs covered so, two in three are
by a reader's judgement. It is out of reach of a member that does not cover it at all (affinity.py)."""
LEAST_DIGITS = 4
"""A CPV code of fewer (48000000, 72200000) names a field, not what is bought: "software and information systems" stood
as a need beside that of incident response (251916-2022)."""
LEAST_LEAD = 0.5
"""A member with this part of the best fit could answer alone where it meets and covers everything the group does."""
MOST_NEEDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class GroupInput:
    """A lot, or several of one procedure, as groups are judged for it. `leads`, bool of shape (members,), are who may
    answer by themselves; `fit` holds scores by member id; `lots` the fits of each lot by its uid, for whole procedures;
    `needs` are the facets (indices) that count as needs."""

    problem: Problem
    reading: IntegerProblem
    conditions: Conditions
    facets: Sequence[Facet]
    leads: NDArray[np.bool_]
    fit: Mapping[str, float]
    lots: Mapping[str, Mapping[str, float]]

    @property
    def needs(self) -> NDArray[np.int64]:
        """The facets that are work, supplies or services: no title, no selection criterion, no code of a whole
        division or group, nothing of little weight."""
        is_need = [
            facet.kind not in {FacetKind.TITLE, FacetKind.CRITERION}
            and facet.weight >= LEAST_NEED
            and not (facet.code and len(Cpv(facet.code).stem) < LEAST_DIGITS)
            for facet in self.facets
        ]
        return np.flatnonzero(is_need)


def find_reasons(group_input: GroupInput, members: tuple[int, ...]) -> tuple[GroupReason, ...]:
    """The reasons for these members (positions in the pool) to answer together; none where one of them, or another
    member that fits nearly as well as the best, meets and covers alone all that they do."""
    if _able_alone(group_input, members):
        return ()
    lead = lead_of(group_input, members)
    found = (
        _turnover_reason(group_input, members),
        _certificate_reason(group_input, members, lead),
        *_need_reasons(group_input, members, lead),
        _lots_reason(group_input, members),
    )
    return tuple(reason for reason in found if reason)


def lead_of(group_input: GroupInput, members: tuple[int, ...]) -> int:
    """The member that fits best of those that may answer by themselves, the first by id among equals; of all where none
    may."""
    names = group_input.problem.pool.members
    able = [member for member in members if group_input.leads[member]] or list(members)
    return min(able, key=lambda member: (-group_input.fit.get(names[member], 0.0), names[member]))


def shrink(group_input: GroupInput, members: tuple[int, ...]) -> tuple[int, ...]:
    """The same group without members that add neither a need nor a requirement, those that fit least left out first;
    the lead stays."""
    names, lead = group_input.problem.pool.members, lead_of(group_input, members)
    kept = members
    for member in sorted(members, key=lambda one: (group_input.fit.get(names[one], 0.0), names[one])):
        rest = tuple(other for other in kept if other != member)
        if member != lead and len(rest) > 1 and _is_as_good(group_input, rest, kept):
            kept = rest
    return kept


def _is_as_good(group_input: GroupInput, rest: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    if _lacking(group_input, rest, whole) or lacks_of(group_input.problem, group_input.reading, rest):
        return False
    return not group_input.lots or _lots_of(group_input, rest) == _lots_of(group_input, whole)


def _lacking(group_input: GroupInput, some: tuple[int, ...], group: tuple[int, ...]) -> frozenset[int]:
    """The needs (facets) that the group covers and that are out of reach of each of `some` of its members."""
    needs = group_input.needs
    best = group_input.problem.affinity[np.ix_(needs, np.array(group, np.int64))].max(axis=1)
    own = group_input.problem.affinity[np.ix_(needs, np.array(some, np.int64))].max(axis=1)
    return frozenset(needs[(best >= SURE) & (own == 0.0)].tolist())


def _lots_of(group_input: GroupInput, members: Sequence[int]) -> frozenset[str]:
    names = {group_input.problem.pool.members[member] for member in members}
    return frozenset(lot for lot, fit in group_input.lots.items() if names & fit.keys())


def _able_alone(group_input: GroupInput, members: tuple[int, ...]) -> bool:
    """Whether some member that may answer by itself, of the group or fitting nearly as well as the best, does alone
    what the group does."""
    names, best = group_input.problem.pool.members, max(group_input.fit.values(), default=0.0)
    eligible = group_input.problem.eligible
    others = [
        at
        for at, name in enumerate(names)
        if group_input.fit.get(name, 0.0) >= LEAST_LEAD * best > 0.0 and (eligible is None or eligible[at])
    ]
    candidates = [member for member in dict.fromkeys((*members, *others)) if group_input.leads[member]]
    return any(_does_all(group_input, member, members) for member in candidates)


def _does_all(group_input: GroupInput, member: int, group: tuple[int, ...]) -> bool:
    if lacks_of(group_input.problem, group_input.reading, (member,)):
        return False
    if group_input.lots and _lots_of(group_input, (member,)) != _lots_of(group_input, group):
        return False
    return not _lacking(group_input, (member,), group)


def _turnover_reason(group_input: GroupInput, members: tuple[int, ...]) -> GroupReason | None:
    """The turnover that none of them is known to reach alone and all reach together."""
    target = group_input.problem.turnover
    if target is None:
        return None
    cents = known_cents(group_input.problem)[group_input.problem.pool.rank[list(members)]]
    wanted = int(target.amount * 100)
    if int(cents.max()) >= wanted or int(cents.clip(0).sum()) < wanted:
        return None
    names = group_input.problem.pool.members
    brings = tuple(
        Held(names[member], f"{int(known) // 100} {target.currency}")
        for member, known in zip(members, cents, strict=True)
        if known > 0
    )
    return GroupReason(GroupReasonKind.TURNOVER, f"{target.amount:f} {target.currency}", brings)


def _certificate_reason(group_input: GroupInput, members: tuple[int, ...], lead: int) -> GroupReason | None:
    """The certificates that the lead is not shown to hold and another of them holds, with those it holds itself."""
    names, brings, is_split = group_input.problem.pool.members, list[Held](), False
    for row in group_input.conditions.rows:
        holders = [member for member in members if member in row.members]
        if row.kind is RequirementKind.CERTIFICATE and holders:
            is_split |= lead not in holders
            brings.append(Held(names[lead if lead in holders else holders[0]], row.name))
    return GroupReason(GroupReasonKind.CERTIFICATES, "", tuple(brings)) if is_split else None


def _need_reasons(group_input: GroupInput, members: tuple[int, ...], lead: int) -> list[GroupReason]:
    """The needs that the lead does not cover, the heaviest first, each with the member that covers it best."""
    affinity, weights = group_input.problem.affinity, group_input.problem.weights
    lacking = sorted(_lacking(group_input, (lead,), members), key=lambda at: (-weights[at], at))
    found: list[GroupReason] = []
    for need in lacking[:MOST_NEEDS]:
        best = max(members, key=lambda member: float(affinity[need, member]))
        facet = group_input.facets[need]
        brings = (Held(group_input.problem.pool.members[best], facet.text),)
        found.append(GroupReason(GroupReasonKind.NEED, facet.text, brings, facet.code))
    return found


def _lots_reason(group_input: GroupInput, members: tuple[int, ...]) -> GroupReason | None:
    """The lots of a procedure that none of them fits all, and they fit all together."""
    if len(_lots_of(group_input, members)) < len(group_input.lots) or not group_input.lots:
        return None
    if any(len(_lots_of(group_input, (member,))) == len(group_input.lots) for member in members):
        return None
    names = group_input.problem.pool.members
    brings = tuple(Held(names[member], lot) for member in members for lot in sorted(_lots_of(group_input, (member,))))
    return GroupReason(GroupReasonKind.LOTS, "", brings)
