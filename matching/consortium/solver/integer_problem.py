"""Reads a consortium problem as rows of integers, and searches it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import numpy as np

from matching.consortium.solver.arrays import NOTHING, UNIT, Instance, Limits, new_prices, new_stack, new_top_rows
from matching.consortium.solver.member_order import Table
from matching.consortium.solver.problem import Coalition, Ints, Problem, Solution
from matching.consortium.solver.search import compiled_search

if TYPE_CHECKING:
    from matching.consortium.solver.arrays import Instance
    from matching.consortium.solver.member_order import Table


NODE_LIMIT = 200_000
"""A node costs about 2 to 20 microseconds: a few seconds at the very worst."""


LEAD_ROW = "a lead with its share of the turnover"


TURNOVER, LEAD = "turnover", "lead"
"""Names of these constraints in results; rows have their own names."""


@dataclass(frozen=True, slots=True, eq=False)
class IntegerProblem:
    """A problem as arrays, members by rank; the search lays the affinities of `table` out in `instance`. `rows` names
    the bits of its rows, the lead's among them."""

    instance: Instance
    table: Table
    rows: tuple[str, ...]


def cents_of(amount: Decimal) -> int:
    """Whole cents, rounded up: a threshold is never lowered."""
    return int((amount * 100).to_integral_value(ROUND_CEILING))


def known_cents(problem: Problem) -> Ints:
    """Turnovers by rank in cents of the required currency; -1 when unknown or stated in another one."""
    known = None if problem.turnover is None else problem.pool.known.get(problem.turnover.currency)
    return np.full(len(problem.pool.members), -1, np.int64) if known is None else known


def read_problem(problem: Problem) -> IntegerProblem:
    """The problem as arrays."""

    pool, count = problem.pool, len(problem.pool.members)
    offset = round(problem.penalty * UNIT)
    cost = np.full(count, offset, np.int64)
    if problem.costs is not None:
        cost += np.rint(problem.costs[pool.order] * UNIT).astype(np.int64)
    target = 0 if problem.turnover is None else max(0, cents_of(problem.turnover.amount))
    names, rows, wanted = _read_rows(problem)
    instance = Instance(
        start=np.empty(count + 1, np.int64),
        facet=np.empty(problem.affinity.size, np.int64),
        worth=np.empty(problem.affinity.size, np.int64),
        cost=cost,
        turnover=np.minimum(np.maximum(known_cents(problem), 0), target) if target else pool.noughts,
        rows=rows,
        apart_start=pool.apart_start,
        apart=pool.apart,
        offset=offset,
        wanted=wanted,
        target=target,
    )
    eligible = pool.everybody if problem.eligible is None else problem.eligible[pool.order]
    affinity = np.ascontiguousarray(problem.affinity, np.float32)
    weights = np.ascontiguousarray(problem.weights, np.float64)
    return IntegerProblem(instance, Table(weights, affinity, pool.rank, eligible, np.empty(0, np.int64)), names)


def _read_rows(problem: Problem) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The names of the rows, their bits by member, and all the bits; the lead's share of the turnover is a row too."""
    if not problem.rows and problem.lead_share is None:
        return (), np.zeros((len(problem.pool.members), 0), np.uint64), np.zeros(0, np.uint64)
    names = [row.name for row in problem.rows]
    ranks = [problem.pool.rank[list(row.members)] for row in problem.rows]
    if problem.turnover is not None and problem.lead_share is not None:
        names.append(LEAD_ROW)
        ranks.append(
            np.flatnonzero(known_cents(problem) >= max(0, cents_of(problem.turnover.amount * problem.lead_share)))
        )
    words = (len(names) + 63) // 64
    rows = np.zeros((len(problem.pool.members), words), np.uint64)
    wanted = np.zeros(words, np.uint64)
    for number, held in enumerate(ranks):
        bit = np.uint64(1 << (number % 64))
        wanted[number // 64] |= bit
        rows[held, number // 64] |= bit
    return tuple(names), rows, wanted


def search_reading(
    reading: IntegerProblem,
    problem: Problem,
    *,
    size: int,
    top: int = 1,
    node_limit: int = NODE_LIMIT,
    lean: bool = False,
    least: float | None = None,
) -> Solution:
    """The `top` best coalitions of a `reading`, the integer form of `problem`, of `size` members at most, worth `least`
    or more.

    `node_limit` bounds the search; with `lean` coalitions without passengers only.
    """

    count, facets = len(problem.pool.members), len(problem.weights)
    limits = Limits(min(size, max(1, count)), node_limit, lean)
    top_rows = new_top_rows(top, limits.size, NOTHING if least is None else math.ceil(least * UNIT) - 1)
    prices = new_prices(facets, count, limits.size)
    table = reading.table._replace(heap=np.empty(top + limits.size - 1, np.int64))
    stack = new_stack(reading.instance, facets, limits.size)
    nodes, bound = compiled_search()(reading.instance, limits, table, prices, stack, top_rows)
    found = _read_top_rows(top_rows, problem.pool.order)
    if bound == NOTHING:
        return Solution(found, proved=True, gap=0.0, bound=-math.inf, nodes=nodes)
    gap = max(0.0, bound / UNIT - found[0].value) if found else math.inf
    return Solution(found, proved=False, gap=gap, bound=bound / UNIT, nodes=nodes)


def _read_top_rows(top_rows: Ints, order: Ints) -> tuple[Coalition, ...]:
    """The coalitions of the table, with positions in the pool."""

    if top_rows[0, 1] < 1:
        return ()
    positions = order[top_rows[:, 2:]].tolist()  # past a coalition's size is -1: any position will do
    return tuple(
        Coalition(tuple(ranked[: line[1]]), -line[0] / UNIT)
        for line, ranked in zip(top_rows.tolist(), positions, strict=True)
        if line[1] > 0
    )
