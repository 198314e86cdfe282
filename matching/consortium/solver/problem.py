"""Input and output of the consortium solver, as frozen values.

Nothing is computed here but the arrays of a pool that are the same for every lot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.errors import ProblemRefused
from warehouse.model.members import Member
from warehouse.model.notices import Money
from warehouse.model.requirements import RequirementKind

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_MEMBERS = 5
"""No consortium is larger: a larger one could hardly be led, and the exact Shapley shares would no longer be cheap."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The members consortia are formed from; one pool serves all the lots of a night.

    `members` are their ids, `entities` their legal bodies (one bid per body and lot: two members of one body are never
    together), `turnovers` a year's, None when unknown, `conflicts` pairs of positions that must not be together. The
    rest is derived: `order` lists the positions by id, `rank` is its inverse; `apart_start` and `apart` list, by rank,
    who must not be together with whom; `known` holds for each currency the turnovers in cents by rank (-1 when
    unknown); `noughts` and `everybody` are used for a lot without requirements (0 and True for each).
    """

    members: tuple[str, ...]
    entities: tuple[str, ...]
    turnovers: tuple[Money | None, ...]
    conflicts: tuple[tuple[int, int], ...] = ()
    order: Ints = field(init=False, repr=False, compare=False)
    rank: Ints = field(init=False, repr=False, compare=False)
    apart_start: Ints = field(init=False, repr=False, compare=False)
    apart: Ints = field(init=False, repr=False, compare=False)
    known: Mapping[str, Ints] = field(init=False, repr=False, compare=False)
    noughts: Ints = field(init=False, repr=False, compare=False)
    everybody: NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = len(self.members)
        if len(set(self.members)) < count or len(self.entities) != count or len(self.turnovers) != count:
            raise ProblemRefused(
                f"pool of {count} members ({len(set(self.members))} ids), {len(self.entities)} legal bodies, "
                f"{len(self.turnovers)} turnovers; give each member one id, one body and one turnover or None"
            )
        order = np.array(sorted(range(count), key=self.members.__getitem__), np.int64)
        rank = np.empty(count, np.int64)
        rank[order] = np.arange(count)
        start, apart = _list_apart(self.entities, self.conflicts, rank)
        known = _read_turnovers(self.turnovers, order)
        derived = {"order": order, "rank": rank, "apart_start": start, "apart": apart, "known": known}
        derived |= {"noughts": np.zeros(count, np.int64), "everybody": np.ones(count, np.bool_)}
        for name, value in derived.items():
            object.__setattr__(self, name, value)


def _list_apart(entities: Sequence[str], conflicts: Sequence[tuple[int, int]], rank: Ints) -> tuple[Ints, Ints]:
    """Members that must not be together, by rank: the starts and the flat list."""
    bodies: dict[str, list[int]] = {}
    for position, entity in enumerate(entities):
        bodies.setdefault(entity, []).append(int(rank[position]))
    beside: list[set[int]] = [set() for _ in entities]
    for ranks in bodies.values():
        for first in ranks if len(ranks) > 1 else ():
            beside[first].update(second for second in ranks if second != first)
    for first, second in conflicts:
        if first != second:
            beside[rank[first]].add(int(rank[second]))
            beside[rank[second]].add(int(rank[first]))
    start = np.zeros(len(entities) + 1, np.int64)
    np.cumsum([len(others) for others in beside], out=start[1:])
    return start, np.array([second for others in beside for second in sorted(others)], np.int64)


def _read_turnovers(turnovers: Sequence[Money | None], order: Ints) -> Mapping[str, Ints]:
    """For each currency the turnovers by rank in whole cents, rounded down; -1 when unknown or in another currency."""
    known: dict[str, Ints] = {}
    for rank, position in enumerate(order):
        turnover = turnovers[position]
        if turnover is not None:
            cents = known.setdefault(turnover.currency, np.full(len(turnovers), -1, np.int64))
            cents[rank] = max(0, int(turnover.amount * 100))
    return known


def pool_of(members: Sequence[Member]) -> Pool:
    """The pool of these members; `conflicts` of a member name others by id or company number."""
    places: dict[str, list[int]] = {}
    for position, member in enumerate(members):
        for name in {member.id, member.company_number}:
            places.setdefault(name, []).append(position)
    pairs = {
        (min(position, other), max(position, other))
        for position, member in enumerate(members)
        for name in member.conflicts
        for other in places.get(name, ())
    }
    return Pool(
        members=tuple(member.id for member in members),
        entities=tuple(member.company_number for member in members),
        turnovers=tuple(member.turnover for member in members),
        conflicts=tuple(sorted(pairs)),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A hard requirement that ANY one member may meet: `members` (positions in the pool) do. `name` is the
    certificate's, or the sentence of the requirement where it has none."""

    name: str
    members: tuple[int, ...]
    kind: RequirementKind | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One lot and one pool: which coalition S of at most `size` members maximises F(S) = sum_i weights_i max_{j in S}
    affinity_ij - penalty (|S| - 1) - sum_{j in S} costs_j.

    `weights` has shape (facets,) and sums to 1; `affinity`, shape (facets, members), lies in [0, 1] and is 0 below the
    threshold of similarity; `best_statement`, of the same shape, is the index of the member's statement that gave the
    affinity. `turnover` must be reached by the sum of the KNOWN turnovers in its currency, `lead_share` of it by one
    member alone. Every row of `rows` needs one member. `eligible`, shape (members,), excludes those who lack what ALL
    must have. Raises ProblemRefused.
    """

    pool: Pool
    weights: Floats
    affinity: NDArray[np.float32]
    best_statement: NDArray[np.integer] | None = None
    costs: Floats | None = None
    penalty: float = 0.02
    size: int = MOST_MEMBERS
    turnover: Money | None = None
    lead_share: Decimal | None = None
    rows: tuple[Row, ...] = ()
    eligible: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        facets, members = len(self.weights), len(self.pool.members)
        if self.affinity.shape != (facets, members):
            raise ProblemRefused(
                f"affinity of shape {self.affinity.shape} for {facets} weights and {members} members; "
                "it is (facets, members)"
            )
        for name in ("best_statement", "costs", "eligible"):
            value = getattr(self, name)
            if value is not None and value.shape != (self.affinity.shape if name == "best_statement" else (members,)):
                raise ProblemRefused(f"{name} of shape {value.shape} for {facets} facets and {members} members")
        _refuse_numbers(self)


def _refuse_numbers(problem: Problem) -> None:
    """Refuses what the formula cannot use: a negative or unbounded number, an impossible size, a share above the
    whole."""
    costs = np.zeros(1) if problem.costs is None else problem.costs
    if problem.affinity.size and not (problem.affinity.min() >= 0.0 and problem.affinity.max() <= 1.0):
        raise ProblemRefused(f"affinity from {problem.affinity.min()} to {problem.affinity.max()}; it lies in [0, 1]")
    if len(problem.weights) and not (problem.weights.min() >= 0.0 and problem.weights.sum() <= 1.000001):
        raise ProblemRefused(f"weights from {problem.weights.min()}, summing to {problem.weights.sum()}; they sum to 1")
    if not 0.0 <= problem.penalty <= 1000.0 or (costs.size and not (costs.min() >= 0.0 and costs.max() <= 1000.0)):
        raise ProblemRefused("penalty and costs are coverage given up: they lie between 0 and 1000")
    if not 1 <= problem.size <= MOST_MEMBERS:
        raise ProblemRefused(f"size {problem.size}; a consortium has 1 to {MOST_MEMBERS} members")
    if problem.lead_share is not None and not (problem.turnover is not None and 0 <= problem.lead_share <= 1):
        raise ProblemRefused(
            f"lead's share {problem.lead_share} of {problem.turnover}; it is a part, in [0, 1], of a turnover"
        )
    if any(not 0 <= member < len(problem.pool.members) for row in problem.rows for member in row.members):
        raise ProblemRefused("a row names a position outside the pool")


class Coalition(NamedTuple):
    """Members (positions in the pool, in the order of their ids) and their value F(S)."""

    members: tuple[int, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Solution:
    """The best coalitions, best first: by value, then fewer members, then their ids.

    `proved`: the search ended by itself, these are the K best. When the node limit stopped it, `bound` is the most that
    a coalition not seen may be worth, and `gap` what the best one found may lack of the optimum (infinite when none was
    found). `infeasible` is a sentence on why no coalition is allowed.
    """

    found: tuple[Coalition, ...]
    proved: bool
    gap: float
    bound: float
    nodes: int
    infeasible: str | None = None
