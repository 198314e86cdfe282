"""From a problem to its K best coalitions: the arrays the compiled search reads, and its answer read back.

The formulation stands in consortium_problem, the search in consortium_search, explanations in consortium_explain.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import numpy as np

from matching.consortium_problem import Coalition, Ints, Problem, Solution
from matching.errors import ProblemRefused

if TYPE_CHECKING:
    from matching.consortium_arrays import Instance

NODE_LIMIT = 200_000
"""A node costs about 2 to 20 microseconds: a few seconds at the very worst."""
LEAD_ROW = "a lead with its share of the turnover"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A problem as arrays: `instance` for the search, over the members by rank; `members` are the ranks that may take
    part; `rows` names the bits of its rows, the lead's among them."""

    instance: Instance
    members: Ints
    rows: tuple[str, ...]


def cents_of(amount: Decimal) -> int:
    """Whole cents, rounded up: a threshold is never made easier."""
    return int((amount * 100).to_integral_value(ROUND_CEILING))


def known_cents(problem: Problem) -> Ints:
    """Turnovers by rank in cents of the asked currency; -1 when unknown or stated in another one."""
    pool = problem.pool
    asked = problem.turnover.currency if problem.turnover is not None else ""
    return np.where(pool.currencies == asked, pool.cents, -1)[pool.order]


def read_problem(problem: Problem) -> Reading:
    """The problem as arrays."""
    from matching.consortium_arrays import UNIT, Instance

    pool, weights = problem.pool, np.asarray(problem.weights, np.float64)
    worth = np.rint((weights[:, None] * problem.affinity)[:, pool.order].T * UNIT).astype(np.int64)
    held = worth > 0
    start = np.zeros(len(pool.members) + 1, np.int64)
    np.cumsum(held.sum(axis=1), out=start[1:])
    costs = np.zeros(len(pool.members)) if problem.costs is None else problem.costs[pool.order]
    offset = round(problem.penalty * UNIT)
    cents = known_cents(problem)
    target = 0 if problem.turnover is None else max(0, cents_of(problem.turnover.amount))
    names, rows, wanted = _read_rows(problem, cents)
    instance = Instance(
        start=start,
        facet=np.ascontiguousarray(np.nonzero(held)[1]),
        worth=worth[held],
        cost=np.rint(costs * UNIT).astype(np.int64) + offset,
        turnover=np.clip(cents, 0, target),
        rows=rows,
        apart_start=pool.apart_start,
        apart=pool.apart,
        offset=offset,
        wanted=wanted,
        target=target,
    )
    return Reading(instance, np.flatnonzero(_eligible(problem)).astype(np.int64), names)


def _eligible(problem: Problem) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """By rank, who may take part."""
    if problem.eligible is None:
        return np.ones(len(problem.pool.members), np.bool_)
    return problem.eligible[problem.pool.order]


def _read_rows(problem: Problem, cents: Ints) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The names of the rows, their bits by member, and all the bits; the lead's share of the turnover is a row too."""
    names = [row.name for row in problem.rows]
    ranks = [problem.pool.rank[list(row.members)] for row in problem.rows]
    if problem.turnover is not None and problem.lead_share is not None:
        names.append(LEAD_ROW)
        ranks.append(np.flatnonzero(cents >= max(0, cents_of(problem.turnover.amount * problem.lead_share))))
    words = (len(names) + 63) // 64
    rows = np.zeros((len(problem.pool.members), words), np.uint64)
    wanted = np.zeros(words, np.uint64)
    for number, held in enumerate(ranks):
        bit = np.uint64(1 << (number % 64))
        wanted[number // 64] |= bit
        rows[held, number // 64] |= bit
    return tuple(names), rows, wanted


def solve(problem: Problem, *, top: int = 10, node_limit: int = NODE_LIMIT, lean: bool = False) -> Solution:
    """The `top` best coalitions, exactly; with `lean` those without passengers only: a passenger is a member without
    whom the rest would be allowed and worth no less. No allowed coalition is an answer with its reason, not an
    error."""
    if top < 1 or node_limit < 1:
        raise ProblemRefused(f"top {top}, node limit {node_limit}; ask for one coalition and one node at least")
    reading = read_problem(problem)
    solution = search_reading(reading, problem, size=problem.size, top=top, node_limit=node_limit, lean=lean)
    if solution.found or not solution.proved:
        return solution
    from matching.consortium_reasons import find_obstacle

    obstacle = find_obstacle(problem, reading)
    return Solution((), proved=True, gap=0.0, bound=-math.inf, nodes=solution.nodes, infeasible=obstacle)


def search_reading(
    reading: Reading, problem: Problem, *, size: int, top: int = 1, node_limit: int = NODE_LIMIT, lean: bool = False
) -> Solution:
    """The best coalitions of a reading, of `size` members at most."""
    from matching.consortium_arrays import NOTHING, UNIT, Limits, new_prices, new_shelf, new_stack
    from matching.consortium_search import compiled_search

    limits = Limits(min(size, max(1, len(reading.members))), node_limit, lean)
    members = _without_idle(reading, size=limits.size, top=top, lean=lean)
    facets, shelf = len(problem.weights), new_shelf(top, limits.size)
    prices = new_prices(facets, len(members), limits.size)
    stack = new_stack(reading.instance, facets, members, limits.size)
    nodes, bound = compiled_search()(reading.instance, limits, prices, stack, shelf)
    found = _read_shelf(shelf, problem.pool.order)
    if bound == NOTHING:
        return Solution(found, proved=True, gap=0.0, bound=-math.inf, nodes=nodes)
    gap = max(0.0, bound / UNIT - found[0].value) if found else math.inf
    return Solution(found, proved=False, gap=gap, bound=bound / UNIT, nodes=nodes)


def _without_idle(reading: Reading, *, size: int, top: int, lean: bool) -> Ints:
    """The members less those that cannot stand in any of the `top` best. Idle is who covers nothing, meets no row and
    bars nobody. With top + size - 1 idle members of lower id, no dearer and of no less turnover (the same, when
    `lean`), an idle member can be exchanged in any coalition for `top` others, and the coalition gets no worse: it
    comes after them all."""
    instance, members = reading.instance, reading.members
    idle = np.diff(instance.start)[members] == 0
    idle &= np.diff(instance.apart_start)[members] == 0
    if instance.rows.size:
        idle &= ~np.any(instance.rows[members], axis=1)
    if not np.any(idle):
        return members
    cheap = idle & (instance.cost[members] == instance.cost[members][idle].min())
    enough = top + size - 1
    if instance.target == 0 or lean:
        nil = instance.turnover[members] == 0
        ahead = np.cumsum(cheap & nil) - (cheap & nil)
        return members[~(idle & nil) | (ahead < enough)]
    kept, heap = ~idle, [-1] * enough
    for place in np.flatnonzero(idle).tolist():
        turnover = int(instance.turnover[members[place]])
        kept[place] = turnover > heap[0] or heap[0] < 0
        if cheap[place] and turnover > heap[0]:
            heapq.heapreplace(heap, turnover)
    return members[kept]


def _read_shelf(shelf: Ints, order: Ints) -> tuple[Coalition, ...]:
    """The coalitions of a shelf, with positions in the pool."""
    from matching.consortium_arrays import UNIT

    lines = [line for line in shelf.tolist() if line[1] > 0]
    positions = order.tolist()
    return tuple(Coalition(tuple(positions[rank] for rank in line[2 : 2 + line[1]]), -line[0] / UNIT) for line in lines)
