"""The data of the compiled search: a consortium problem as arrays, the present path, the table of the best coalitions.

Values are whole numbers of 1e-12, so that a sum does not depend on its order and equals are equal; turnovers are whole
cents. Members are numbers in the order of their ids, so that comparing numbers is comparing ids. Arrays are made here,
in numpy: the compiled code allocates nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

UNIT = 10**12
NOTHING = -(2**62)
"""Less than the value of any coalition."""

MEMBER, GAIN, SCORE, TURNOVER = 0, 1, 2, 3
"""Rows of `Stack.candidate`: who, what they add to the chosen, their term of the bound, their turnover."""
COUNT, BRANCHES, POSITION, VALUE, BASE, REACHED, SPARE = 0, 1, 2, 3, 4, 5, 6
"""Rows of `Stack.state`: how many candidates, how many of them are branched on, the next one, the value of the chosen,
their part of the bound, their turnover, and the bound of the branch last computed less its weakest score."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code for other compiled functions (`search.compiled_search` is the way in)."""
    make = cast(Any, numba).njit(
        nogil=True, _nrt=False, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )
    return cast(Callable[P, R], make(function))


def woven(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, for the small functions of the inner loops: inlined into their callers, since a call counts
    references to every array it is passed (measured: 50 to 100 ns)."""
    make = cast(Any, numba).njit(
        nogil=True, _nrt=False, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True
    )
    return cast(Callable[P, R], make(function))


class Instance(NamedTuple):
    """One problem. Member j brings `worth[e]` to `facet[e]` for e in start[j]:start[j + 1], costs `cost[j]` (the
    penalty included), adds `turnover[j]` cents (0 when unknown), meets the rows of the bits of `rows[j]` (shape
    (members, words)) and must not be together with `apart[e]` for e in apart_start[j]:apart_start[j + 1]. `offset` is
    the penalty, which the first member does not pay. `wanted` has the bits of all rows, `target` is the turnover the
    sum must reach (0: none)."""

    start: Ints
    facet: Ints
    worth: Ints
    cost: Ints
    turnover: Ints
    rows: Words
    apart_start: Ints
    apart: Ints
    wanted: Words
    offset: int
    target: int


class Limits(NamedTuple):
    """At most `size` members, at most `nodes` nodes; `lean` leaves out coalitions with a passenger: a member without
    whom the rest would be allowed and worth no less."""

    size: int
    nodes: int
    lean: bool


class Prices(NamedTuple):
    """What turns the problem into a sum over members (bound.py): `level` of shape (2, facets), row 0 without and row 1
    with the turnover row; `pull[0]` is the price of a cent of turnover. `work` (2, facets), `scores` (members,) and
    `top` (size,) are working memory."""

    level: Ints
    pull: Floats
    work: Floats
    scores: Floats
    top: Ints


class Stack(NamedTuple):
    """The path from the root: level 0 holds all members, level 1 is the root, level 1 + d has d members chosen.

    `candidate` has shape (4, levels, members) and `state` (7, levels), rows as named above; `reached` (levels, facets)
    is what the chosen cover, `floor` the same raised to the prices, `missing` (levels, words) the rows not met;
    `blocked` counts with how many of the chosen a member must not be together; `top` and `line` are working memory.
    """

    chosen: Ints
    candidate: Ints
    state: Ints
    reached: Ints
    floor: Ints
    missing: Words
    blocked: Ints
    top: Ints
    line: Ints


def new_top_rows(keep: int, size: int, least: int = NOTHING) -> Ints:
    """An empty table for the `keep` best coalitions worth more than `least`, int64 of shape (keep, size + 2), best
    first: per line the value's negative, the size (-1 of an empty line), the members ascending. So the order of the
    lines is the order of merit: by value, then fewer members, then their ids."""
    top_rows = np.full((keep, size + 2), -1, np.int64)
    top_rows[:, 0] = -least
    return top_rows


def new_prices(facets: int, members: int, size: int) -> Prices:
    """Prices of zero."""
    level, work = np.zeros((2, facets), np.int64), np.zeros((2, facets))
    return Prices(level, np.zeros(1), work, np.empty(members), np.zeros(size, np.int64))


def new_stack(inst: Instance, facets: int, size: int) -> Stack:
    """A path at the root, without candidates."""
    levels = size + 2
    candidate = np.empty((4, levels, len(inst.cost)), np.int64)
    state = np.zeros((7, levels), np.int64)
    state[VALUE, 1] = inst.offset
    missing = np.zeros((levels, len(inst.wanted)), np.uint64)
    missing[1] = inst.wanted
    reached, floor = np.zeros((levels, facets), np.int64), np.zeros((levels, facets), np.int64)
    chosen, blocked = np.zeros(levels, np.int64), np.zeros(len(inst.cost), np.int64)
    top, line = np.zeros((4, levels), np.int64), np.zeros(levels, np.int64)
    return Stack(chosen, candidate, state, reached, floor, missing, blocked, top, line)
