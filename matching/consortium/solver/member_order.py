"""Weights and affinities laid out member by member, and the members before the search. Compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.consortium.solver.arrays import (
    COUNT,
    GAIN,
    MEMBER,
    NOTHING,
    SCORE,
    UNIT,
    Floats,
    Instance,
    Ints,
    Limits,
    Stack,
    compiled,
    woven,
)
from matching.consortium.solver.top_k import gain_of


class Table(NamedTuple):
    """Affinities of a lot and its members: `weights` (facets,), `affinity` (facets, members) by position; `order` lists
    the positions by id, `eligible` holds by position who may take part; `heap`, of shape (top + size - 1,), is working
    memory."""

    weights: Floats
    affinity: NDArray[np.float32]
    rank: Ints
    eligible: NDArray[np.bool_]
    heap: Ints


@compiled
def lay_out(inst: Instance, table: Table) -> None:
    """Fills start, facet and worth of the instance from the table, which is read twice along its rows: most of it is
    zero, and reading along its columns misses the cache at every step."""
    members = table.rank.size
    for rank in range(members + 1):
        inst.start[rank] = 0
    for facet in range(table.weights.size):
        for position in range(members):
            if table.affinity[facet, position] > 0.0:
                inst.start[table.rank[position]] += 1
    for rank in range(1, members + 1):
        inst.start[rank] += inst.start[rank - 1]
    for facet in range(table.weights.size - 1, -1, -1):
        for position in range(members):
            affinity = table.affinity[facet, position]
            if affinity > 0.0:
                edge = inst.start[table.rank[position]] - 1
                inst.start[table.rank[position]] = edge
                inst.facet[edge] = facet
                inst.worth[edge] = int(np.rint(table.weights[facet] * float(affinity) * UNIT))


@woven
def is_idle(inst: Instance, rank: int) -> bool:
    """Whether the member covers nothing, meets no row and excludes no other."""
    for word in range(inst.wanted.size):
        if inst.rows[rank, word] != 0:
            return False
    return inst.start[rank] == inst.start[rank + 1] and inst.apart_start[rank] == inst.apart_start[rank + 1]


@compiled
def least_idle_cost(inst: Instance, table: Table) -> int:
    """The cost of the cheapest idle member."""
    least = -NOTHING
    for rank in range(table.rank.size):
        if table.eligible[rank] and is_idle(inst, rank):
            least = min(least, inst.cost[rank])
    return least


@woven
def is_superfluous(inst: Instance, heap: Ints, rank: int, cheapest: bool, lean: bool) -> bool:
    """Whether the idle member `rank` of the problem `inst` cannot be in any of the best.

    `heap`, int64 of shape (top + size - 1,), holds the largest turnovers, in ascending order, of the cheapest idle
    members before it; `cheapest` is whether its own cost is the least, which adds it. With top + size - 1 idle members
    of lower id, no dearer and of no less turnover (the same, when `lean`), it can be exchanged in any coalition for
    `top` others, and the coalition gets no worse: it comes after them all.
    """
    turnover = inst.turnover[rank]
    if lean and turnover > 0:
        return False
    superfluous = heap[0] >= turnover
    if cheapest and not superfluous:
        at = 0
        while at + 1 < heap.size and heap[at + 1] <= turnover:
            heap[at] = heap[at + 1]
            at += 1
        heap[at] = turnover
    return superfluous


@compiled
def line_up(inst: Instance, limits: Limits, table: Table, stack: Stack) -> None:
    """Puts the members of the `table` at level 0 of the `stack` with what each covers by itself: those that may take
    part, less the superfluous idle ones.

    `inst` and `limits` as in arrays.py.
    """
    least, count = least_idle_cost(inst, table), 0
    for place in range(table.heap.size):
        table.heap[place] = -1
    for rank in range(table.rank.size):
        if not table.eligible[rank]:
            continue
        if is_idle(inst, rank) and is_superfluous(inst, table.heap, rank, inst.cost[rank] == least, limits.lean):
            continue
        stack.candidate[MEMBER, 0, count] = rank
        stack.candidate[SCORE, 0, count] = 0
        stack.candidate[GAIN, 0, count] = gain_of(inst, rank, stack.reached[0])
        count += 1
    stack.state[COUNT, 0] = count
