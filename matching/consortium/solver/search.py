"""The exact search for the K best coalitions: depth-first branch and bound over whole numbers. Compiled.

The arrays are described in arrays.py, the bound in bound.py, one node in branching.py.
"""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numba

from matching.consortium.solver import bound
from matching.consortium.solver import branching as node
from matching.consortium.solver import member_order as layout
from matching.consortium.solver import top_k as top_k
from matching.consortium.solver.arrays import (
    BASE,
    BRANCHES,
    COUNT,
    MEMBER,
    NOTHING,
    POSITION,
    SCORE,
    SPARE,
    Instance,
    Ints,
    Limits,
    Prices,
    Stack,
    compiled,
)
from matching.consortium.solver.bound import find_prices
from matching.consortium.solver.branching import (
    WHOLE,
    drop_slight,
    enter,
    expand,
    lacks,
    leave,
    put_best_first,
    sort_candidates,
    try_each,
)
from matching.consortium.solver.member_order import Table, lay_out, line_up
from matching.consortium.solver.top_k import least_worth_keeping

STEPS = 50
"""Subgradient steps for the prices; past these the bound hardly moves on real lots."""


@compiled
def bound_at(limits: Limits, stack: Stack, level: int) -> int:
    """The most a coalition may be worth that takes the next candidate of this level and others after it only (NOTHING
    at its end)."""
    left, branches, count = stack.state[POSITION, level], stack.state[BRANCHES, level], stack.state[COUNT, level]
    if left >= branches:
        return NOTHING
    total, best = stack.state[BASE, level] + stack.candidate[SCORE, level, left], 0
    left += 1
    right = branches
    for _ in range(limits.size - level):
        best = 0
        if left < branches:
            best = stack.candidate[SCORE, level, left]
        if right < count and stack.candidate[SCORE, level, right] > best:
            best = stack.candidate[SCORE, level, right]
            right += 1
        else:
            left += 1
        if best <= 0:
            best = 0
            break
        total += best
    stack.state[SPARE, level] = total - best
    return total


@compiled
def search(inst: Instance, limits: Limits, prices: Prices, stack: Stack, top_rows: Ints) -> tuple[int, int]:
    """Fills `top_rows` with the best coalitions. Returns the nodes opened, and an upper bound on the value of every
    coalition left unseen when the node limit stopped the search (NOTHING when it did not).

    `inst`, `limits`, `prices` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    nodes, level, unseen = 1, WHOLE(1), NOTHING
    stack.state[SPARE, 0] = -NOTHING // 2
    expand(inst, limits, prices, stack, level, top_rows)
    sort_candidates(stack, level)
    while level > 0:
        bound = bound_at(limits, stack, level)
        if bound == NOTHING or bound < least_worth_keeping(top_rows, level + 1):
            level -= 1
            if level > 0:
                leave(inst, stack, level)
        elif nodes >= limits.nodes:
            unseen = max(unseen, bound)
            stack.state[POSITION, level] = stack.state[BRANCHES, level]
        else:
            place = stack.state[POSITION, level]
            stack.state[POSITION, level] += 1
            enter(inst, stack, level, stack.candidate[MEMBER, level, place])
            level += 1
            nodes += 1
            expand(inst, limits, prices, stack, level, top_rows)
            sort_candidates(stack, level)
    return nodes, unseen


@compiled
def dive(inst: Instance, limits: Limits, prices: Prices, stack: Stack, top_rows: Ints) -> None:
    """A first coalition: at each level the member of the highest score. Where nothing is required, members that cover
    little by themselves are left to the search.

    `inst`, `limits`, `prices` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    level = WHOLE(1)
    while level <= limits.size:
        stack.state[SPARE, level - 1] = -NOTHING // 2
        expand(inst, limits, prices, stack, level, top_rows)
        if level == 1 and not lacks(inst, stack, level, WHOLE(-1)):
            drop_slight(stack, level)
        if stack.state[BRANCHES, level] == 0:
            break
        put_best_first(stack, level)
        stack.state[POSITION, level] = 1
        enter(inst, stack, level, stack.candidate[MEMBER, level, 0])
        level += 1
    while level > 1:
        level -= 1
        leave(inst, stack, level)


@compiled
def polish(inst: Instance, limits: Limits, stack: Stack, top_rows: Ints) -> None:
    """Exchanges single members of the best coalition until none helps.

    `inst`, `limits` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    best = NOTHING
    while -top_rows[0, 0] > best:
        best = -top_rows[0, 0]
        for left_out in range(2, 2 + top_rows[0, 1]):
            level = WHOLE(1)
            for at in range(2, 2 + top_rows[0, 1]):
                if at != left_out:
                    enter(inst, stack, level, top_rows[0, at])
                    level += 1
            try_each(inst, limits, stack, level, top_rows)
            while level > 1:
                level -= 1
                leave(inst, stack, level)
            if -top_rows[0, 0] > best:
                break


@compiled
def solve_all(
    inst: Instance, limits: Limits, table: Table, prices: Prices, stack: Stack, top_rows: Ints
) -> tuple[int, int]:
    """The lay-out, a warm start, prices, the search; returns what `search` does.

    `inst`, `limits`, `prices` and `stack` as in arrays.py, `table` as in member_order.py; `top_rows` of the shape of
    new_top_rows.
    """
    lay_out(inst, table)
    line_up(inst, limits, table, stack)
    for which in range(2 if inst.target > 0 else 1):
        dive(inst, limits, prices, stack, top_rows)
        polish(inst, limits, stack, top_rows)
        find_prices(inst, stack, prices, which, max(0, -top_rows[0, 0]), least_worth_keeping(top_rows, WHOLE(1)), STEPS)
    if inst.target > 0:
        dive(inst, limits, prices, stack, top_rows)
        polish(inst, limits, stack, top_rows)
    return search(inst, limits, prices, stack, top_rows)


Search = Callable[[Instance, Limits, Table, Prices, Stack, Ints], tuple[int, int]]


@cache
def compiled_search() -> Search:
    """`solve_all` as machine code, cached on disk under a digest of all the code that went into it: numba's own cache
    considers one file only, and would continue to run code that a change elsewhere has made wrong."""
    stamp = _stamp()

    def solve_now(
        inst: Instance, limits: Limits, table: Table, prices: Prices, stack: Stack, top_rows: Ints
    ) -> tuple[int, int]:
        return solve_all(inst, limits, table, prices, stack, top_rows) if stamp else (0, 0)

    make = cast(Any, numba).njit
    try:
        return cast(Search, make(cache=True, nogil=True, _nrt=False, no_cfunc_wrapper=True)(solve_now))
    except RuntimeError:  # neither the installation nor the home can be written: numba finds no folder for its cache
        return cast(Search, make(nogil=True, _nrt=False, no_cfunc_wrapper=True)(solve_now))


def _stamp() -> str:
    """A digest of the compiled code."""

    digest = hashlib.sha256()
    for module in (bound, layout, node, top_k, sys.modules[__name__]):
        for name, value in sorted(vars(module).items()):
            code = getattr(getattr(value, "py_func", None), "__code__", None)
            if code is not None:
                digest.update(name.encode() + marshal.dumps(code))
    return digest.hexdigest()
