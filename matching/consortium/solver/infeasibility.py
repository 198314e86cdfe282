"""Why no coalition is allowed, and which constraint decided: found by setting one constraint aside at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matching.consortium.solver.integer_problem import (
    LEAD,
    LEAD_ROW,
    NODE_LIMIT,
    TURNOVER,
    IntegerProblem,
    known_cents,
    search_reading,
)
from matching.consortium.solver.problem import Ints, Problem


@dataclass(frozen=True, slots=True)
class Binding:
    """The constraint without which the optimum would be `gain` higher: its `name` and a sentence about it."""

    name: str
    sentence: str
    gain: float


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """An integer problem with one constraint set aside: `name` is the constraint's, `size` the members allowed."""

    name: str
    reading: IntegerProblem
    size: int


def relaxations(problem: Problem, reading: IntegerProblem) -> Iterator[Relaxation]:
    """Each constraint set aside in turn: turnover, the rows and the lead, conflicts, and one more member."""
    instance = reading.instance
    if instance.target > 0:
        freed = instance._replace(target=0, turnover=np.zeros_like(instance.turnover))
        yield Relaxation(TURNOVER, replace(reading, instance=freed), problem.size)
    for number, name in enumerate(reading.rows):
        wanted = instance.wanted.copy()
        wanted[number // 64] &= ~np.uint64(1 << (number % 64))
        yield Relaxation(name, replace(reading, instance=instance._replace(wanted=wanted)), problem.size)
    if instance.apart.size:
        freed = instance._replace(apart=np.empty(0, np.int64), apart_start=np.zeros_like(instance.apart_start))
        yield Relaxation("conflicts", replace(reading, instance=freed), problem.size)
    yield Relaxation("size", reading, problem.size + 1)


def find_binding(
    problem: Problem, reading: IntegerProblem, best: float, *, node_limit: int = NODE_LIMIT
) -> Binding | None:
    """The constraint that costs the optimum (`best`) most, None when setting any aside changes nothing: each is dropped
    in turn and the rest solved again.

    `reading` is the integer form of `problem`. A search stopped by `node_limit` gives the least that is gained.
    """
    found: Binding | None = None
    for relaxation in relaxations(problem, reading):
        solution = search_reading(relaxation.reading, problem, size=relaxation.size, node_limit=node_limit)
        gain = (solution.found[0].value if solution.found else best) - best
        if gain > (found.gain if found else 1e-9):
            name = LEAD if relaxation.name == LEAD_ROW else relaxation.name
            found = Binding(name, _describe_binding(relaxation.name, problem, gain), gain)
    return found


def _describe_binding(name: str, problem: Problem, gain: float) -> str:
    """The binding constraint in a sentence."""
    more = f"{gain:.1%} more could be covered"
    if name == TURNOVER and problem.turnover is not None:
        return f"without the turnover of {problem.turnover.amount} {problem.turnover.currency} {more}"
    if name == "size":
        return f"with {problem.size + 1} members instead of {problem.size} {more}"
    return (
        f"without the conflicts between members {more}"
        if name == "conflicts"
        else f"without the condition '{name}' {more}"
    )


def find_obstacle(problem: Problem, reading: IntegerProblem, *, node_limit: int = NODE_LIMIT) -> str:
    """Why no coalition is allowed, in a sentence."""
    members = np.flatnonzero(reading.table.eligible)
    if not len(members):
        return "no member may take part: none has what all must have"
    instance = reading.instance
    reached = int(np.sort(instance.turnover[members])[-problem.size :].sum())
    if problem.turnover is not None and reached < instance.target:
        return (
            f"the {min(problem.size, len(members))} largest known turnovers reach {reached / 100:.2f} of the "
            f"{problem.turnover.amount} {problem.turnover.currency} required; {_count_unknown(problem, members)}"
        )
    for number, name in enumerate(reading.rows):
        if not np.any(instance.rows[members, number // 64] & np.uint64(1 << (number % 64))):
            return f"no member meets the condition '{name}'"
    together = f"no {problem.size} members meet all conditions together"
    for relaxation in relaxations(problem, reading):
        if search_reading(relaxation.reading, problem, size=relaxation.size, node_limit=node_limit).found:
            return f"{together}; setting '{relaxation.name}' aside would allow some"
    return f"{together}, whichever single one is set aside"


def _count_unknown(problem: Problem, members: Ints) -> str:
    """How many turnovers are not known, in words."""
    unknown = int(np.sum(known_cents(problem)[members] < 0))
    return "all are known" if not unknown else f"{unknown} of {len(members)} are unknown and count for nothing"
