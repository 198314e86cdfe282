"""Why a coalition was proposed, in numbers that sum up: who covers what, shares, what stays open, what decided,
cautions.

Shapley shares are exact: at most 32 subsets. Cautions follow docs on joint bidding: a coalition of firms that could bid
alone, or that includes most of the firms able to do the work, should be reviewed by a lawyer first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from matching.consortium.solver.infeasibility import Binding, find_binding
from matching.consortium.solver.integer_problem import (
    LEAD,
    LEAD_ROW,
    NODE_LIMIT,
    TURNOVER,
    IntegerProblem,
    known_cents,
    read_problem,
)
from matching.consortium.solver.problem import Coalition, Floats, Ints, Pool, Problem
from matching.consortium.solver.solve import solve

ABLE = 0.3
"""The least affinity with which a firm counts as able to cover a facet (affinity.TAU)."""
ABLE_ALONE = 0.8
"""A member that reaches this part of its coalition's coverage by itself counts as able to bid alone."""
MAJORITY = "majority-of-able"
SELF_SUFFICIENT = "self-sufficient"


@dataclass(frozen=True, slots=True)
class Cover:
    """A facet and the member that covers it best in the coalition, with its statement's index (None when not known)."""

    facet: int
    member: int
    affinity: float
    statement: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """Contribution of one member: the facets it covers best and those only it covers at all, the rows only it meets,
    what is lost without it (F(S) - F(S minus it)), its Shapley share, and whether the coalition is no longer allowed
    without it."""

    member: int
    covers: tuple[int, ...]
    only: tuple[int, ...]
    rows: tuple[str, ...]
    loss: float
    shapley: float
    needed: bool


@dataclass(frozen=True, slots=True)
class Alone:
    """The member that covers most by itself: its coverage, the facets it leaves open, whether it would be allowed
    alone, what it lacks for that ("turnover", "lead", or a condition's name), and a sentence on why not alone."""

    member: int
    coverage: float
    open: tuple[int, ...]
    allowed: bool
    lacks: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one coalition. The shares of `parts` sum to `value`; `coverage` is the value without penalty
    and costs; `unknown_turnover` are its members whose turnover is not known: it counts for nothing."""

    value: float
    coverage: float
    covers: tuple[Cover, ...]
    uncovered: tuple[int, ...]
    parts: tuple[Part, ...]
    alone: Alone
    binding: Binding | None
    unknown_turnover: tuple[int, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """What all coalitions of one problem share in their explanations."""

    reading: IntegerProblem
    alone: Alone
    binding: Binding | None


def look_behind(problem: Problem, *, node_limit: int = NODE_LIMIT) -> Background:
    """The background of a problem. No search opens more than `node_limit` nodes."""
    reading = read_problem(problem)
    found = solve(problem, top=1, node_limit=node_limit).found
    binding = find_binding(problem, reading, found[0].value, node_limit=node_limit) if found else None
    return Background(reading, find_alone(problem, reading), binding)


def explain(problem: Problem, coalition: Coalition, *, background: Background | None = None) -> Explanation:
    """Explains a coalition; `background` saves computing that of the problem once more for each of its coalitions."""
    behind = background or look_behind(problem)
    members = coalition.members
    brought = problem.affinity[:, members]
    cents = known_cents(problem)[problem.pool.rank[list(members)]]
    return Explanation(
        value=coalition_value(problem, members),
        coverage=coverage_of(problem, members),
        covers=_list_covers(problem, members),
        uncovered=tuple(int(facet) for facet in np.flatnonzero(brought.max(axis=1) <= 0.0)),
        parts=_list_parts(problem, behind.reading, members),
        alone=behind.alone,
        binding=behind.binding,
        unknown_turnover=tuple(m for m, c in zip(members, cents, strict=True) if c < 0) if problem.turnover else (),
        flags=find_flags(problem, behind.reading, members),
    )


def coverage_of(problem: Problem, members: tuple[int, ...]) -> float:
    """sum_i w_i max_j a_ij of any members, in [0, 1]; 0 for none."""
    if not members or not len(problem.weights):
        return 0.0
    return float(problem.weights @ problem.affinity[:, members].max(axis=1).astype(np.float64))


def coalition_value(problem: Problem, members: tuple[int, ...]) -> float:
    """F(S), allowed or not; 0 for the empty set."""
    if not members:
        return 0.0
    costs = 0.0 if problem.costs is None else float(problem.costs[list(members)].sum())
    return coverage_of(problem, members) - problem.penalty * (len(members) - 1) - costs


def shapley_shares(problem: Problem, members: tuple[int, ...]) -> tuple[float, ...]:
    """The exact Shapley value of each member in the game T -> F(T) over the subsets of the coalition (Shapley 1953)."""
    count = len(members)
    values = {
        subset: coalition_value(problem, subset) for size in range(count + 1) for subset in combinations(members, size)
    }
    shares: list[float] = []
    for member in members:
        share = 0.0
        for subset, value in values.items():
            if member not in subset:
                joined = tuple(m for m in members if m in subset or m == member)
                chance = factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count)
                share += chance * (values[joined] - value)
        shares.append(share)
    return tuple(shares)


def is_allowed(problem: Problem, reading: IntegerProblem, members: tuple[int, ...]) -> bool:
    """Whether the members meet the turnover, the lead's share and every row (conflicts are not checked)."""
    return bool(members) and not lacks_of(problem, reading, members)


def lacks_of(problem: Problem, reading: IntegerProblem, members: tuple[int, ...]) -> tuple[str, ...]:
    """What the members do not meet: "turnover", "lead", the names of rows."""
    instance, ranks = reading.instance, problem.pool.rank[list(members)]
    met = np.bitwise_or.reduce(instance.rows[ranks], axis=0)
    rows = tuple(
        LEAD if name == LEAD_ROW else name
        for number, name in enumerate(reading.rows)
        if not met[number // 64] & np.uint64(1 << (number % 64))
    )
    return (TURNOVER, *rows) if int(instance.turnover[ranks].sum()) < instance.target else rows


def _best_in(problem: Problem, members: tuple[int, ...]) -> Ints:
    """Per facet, the place in `members` of the one that covers it best (the first among equals)."""
    return np.argmax(problem.affinity[:, members], axis=1)


def _list_covers(problem: Problem, members: tuple[int, ...]) -> tuple[Cover, ...]:
    """Every covered facet with who covers it and by which statement."""
    covers: list[Cover] = []
    for facet, place in enumerate(_best_in(problem, members)):
        member = members[int(place)]
        affinity = float(problem.affinity[facet, member])
        if affinity > 0.0:
            best_statement = None if problem.best_statement is None else int(problem.best_statement[facet, member])
            covers.append(Cover(facet, member, affinity, best_statement))
    return tuple(covers)


def _list_parts(problem: Problem, reading: IntegerProblem, members: tuple[int, ...]) -> tuple[Part, ...]:
    """The contribution of each member, the greatest share first."""
    best, brought = _best_in(problem, members), problem.affinity[:, members] > 0.0
    alone = brought.sum(axis=1) == 1
    value = coalition_value(problem, members)
    parts: list[Part] = []
    for place, (member, share) in enumerate(zip(members, shapley_shares(problem, members), strict=True)):
        rest = tuple(other for other in members if other != member)
        parts.append(
            Part(
                member=member,
                covers=tuple(int(f) for f in np.flatnonzero((best == place) & brought[:, place])),
                only=tuple(int(f) for f in np.flatnonzero(alone & brought[:, place])),
                rows=tuple(r.name for r in problem.rows if member in r.members and not set(rest) & set(r.members)),
                loss=value - coalition_value(problem, rest),
                shapley=share,
                needed=not is_allowed(problem, reading, rest),
            )
        )
    return tuple(sorted(parts, key=lambda part: (-part.shapley, problem.pool.members[part.member])))


def find_alone(problem: Problem, reading: IntegerProblem) -> Alone:
    """The member (among those who may take part) that covers most by itself, and why it is not proposed alone."""
    coverages = problem.weights @ problem.affinity.astype(np.float64)
    if problem.eligible is not None:
        coverages = np.where(problem.eligible, coverages, -1.0)
    member = int(max(problem.pool.order, key=lambda position: coverages[position]))
    open_facets = tuple(int(facet) for facet in np.flatnonzero(problem.affinity[:, member] <= 0.0))
    name, coverage = problem.pool.members[member], max(0.0, float(coverages[member]))
    lacks = lacks_of(problem, reading, (member,))
    sentence = f"{name} alone covers {coverage:.0%} and leaves {len(open_facets)} of {len(problem.weights)} open"
    if lacks:
        sentence += "; alone it does not meet what the lot requires"
    return Alone(member, coverage, open_facets, not lacks, lacks, sentence)


def best_allowed_alone(problem: Problem) -> float:
    """The coverage of the member that covers most of those that may answer by themselves; 0 where none may."""
    instance, order = read_problem(problem).instance, problem.pool.order
    may = instance.turnover >= instance.target
    may &= np.all(instance.rows & instance.wanted == instance.wanted, axis=1)
    if problem.eligible is not None:
        may &= problem.eligible[order]
    positions = order[may]
    if not len(positions) or not len(problem.weights):
        return 0.0
    rough = problem.weights @ problem.affinity[:, positions].astype(np.float64)
    best = positions[rough >= rough.max() - 1e-9]  # summed in another order: the last digits may differ
    return max(coverage_of(problem, (int(position),)) for position in best)


def find_flags(problem: Problem, reading: IntegerProblem, members: tuple[int, ...]) -> tuple[str, ...]:
    """Competition-law cautions. MAJORITY: at least two members, and more than half of all the legal bodies of the pool,
    are able to do the core requirement (the heaviest facet). SELF_SUFFICIENT: two members could each have bid alone."""
    flags: list[str] = []
    if len(problem.weights) and len(members) > 1:
        core = int(np.argmax(problem.weights))
        able = _bodies(problem.pool, np.flatnonzero(problem.affinity[core] >= ABLE))
        inside = able & _bodies(problem.pool, np.array(members))
        if len(inside) > 1 and 2 * len(inside) > len(able):
            flags.append(MAJORITY)
    enough = ABLE_ALONE * coverage_of(problem, members)
    strong = [m for m in members if coverage_of(problem, (m,)) >= enough > 0.0 and is_allowed(problem, reading, (m,))]
    if len(members) > 1 and len(strong) > 1:
        flags.append(SELF_SUFFICIENT)
    return tuple(flags)


def _bodies(pool: Pool, positions: Ints) -> set[str]:
    """The legal bodies of these members."""
    return {pool.entities[int(position)] for position in positions}


def overlap(one: frozenset[int], other: tuple[int, ...]) -> float:
    """Jaccard similarity of two sets of members, in [0, 1]."""
    shared = len(one.intersection(other))
    return shared / (len(one) + len(other) - shared)


__all__ = ["Alone", "Cover", "Explanation", "Floats", "Part", "explain"]
