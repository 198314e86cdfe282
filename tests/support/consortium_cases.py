"""Small consortium problems drawn by Hypothesis, and the plain trial of all coalitions that the solver must equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from matching.consortium.proposals import Pool, Problem, Row
from warehouse.model.notices import Money

UNIT = 10**12


@dataclass(frozen=True, slots=True)
class Trial:
    """A problem by plain trial: `worth` (members, facets), `cost` (members,) and `offset` in 1e-12."""

    problem: Problem
    worth: np.ndarray
    cost: np.ndarray
    offset: int

    def value(self, members: Sequence[int]) -> int:
        """F(S)."""
        chosen = list(members)
        return int(self.worth[chosen].max(axis=0).sum() - self.cost[chosen].sum() + self.offset)

    def is_allowed(self, members: Sequence[int]) -> bool:
        """Turnover, lead and rows."""
        problem = self.problem
        stated = [problem.pool.turnovers[m] for m in members]
        if problem.turnover is not None:
            known = [t.amount for t in stated if t is not None and t.currency == problem.turnover.currency]
            if sum(known, Decimal(0)) < problem.turnover.amount:
                return False
            lead = Decimal(0) if problem.lead_share is None else problem.lead_share * problem.turnover.amount
            if problem.lead_share is not None and not any(amount >= lead for amount in known):
                return False
        return all(set(row.members) & set(members) for row in problem.rows)

    def may_meet(self, members: Sequence[int]) -> bool:
        """Eligible, of different legal bodies, without conflicts."""
        problem, pool = self.problem, self.problem.pool
        if problem.eligible is not None and not all(problem.eligible[m] for m in members):
            return False
        apart = {frozenset(pair) for pair in pool.conflicts}
        pairs = list(combinations(members, 2))
        return all(frozenset(p) not in apart and pool.entities[p[0]] != pool.entities[p[1]] for p in pairs)

    def best(self, *, top: int, lean: bool = False) -> list[tuple[tuple[int, ...], int]]:
        """The best by trying all; members in the order of their ids."""
        order = sorted(range(len(self.problem.pool.members)), key=self.problem.pool.members.__getitem__)
        lines = [
            (-self.value(members), size, tuple(self.problem.pool.members[m] for m in members), members)
            for size in range(1, self.problem.size + 1)
            for members in combinations(order, size)
            if self.may_meet(members) and self.is_allowed(members) and not (lean and self.has_passenger(members))
        ]
        return [(members, -value) for value, _, _, members in sorted(lines)[:top]]

    def has_passenger(self, members: Sequence[int]) -> bool:
        """Whether someone could leave and the rest be allowed and worth no less."""
        value = self.value(members)
        rests = [[m for m in members if m != out] for out in members] if len(members) > 1 else []
        return any(self.is_allowed(rest) and self.value(rest) >= value for rest in rests)


def try_all(problem: Problem) -> Trial:
    """The trial of a problem, in whole numbers of 1e-12."""
    worth = np.rint(problem.weights[:, None] * problem.affinity * UNIT).astype(np.int64).T
    costs = np.zeros(len(problem.pool.members)) if problem.costs is None else problem.costs
    offset = round(problem.penalty * UNIT)
    return Trial(problem, worth, np.rint(costs * UNIT).astype(np.int64) + offset, offset)


@st.composite
def problems(draw: st.DrawFn, *, most: int = 7) -> Problem:
    """Up to `most` members and six facets, on coarse grids so that ties are common, with every constraint now and
    then."""
    members = draw(st.integers(1, most))
    facets = draw(st.integers(0, 6))
    grid = st.sampled_from([0.0, 0.0, 0.0, 0.25, 0.5, 0.6, 1.0])
    affinity = np.array([[draw(grid) for _ in range(members)] for _ in range(facets)], np.float32)
    stated = st.one_of(st.none(), st.integers(0, 9))
    turnovers = [draw(stated) for _ in range(members)]
    some = st.lists(st.integers(0, members - 1), max_size=4, unique=True)
    amount = draw(st.one_of(st.none(), st.integers(0, 30)))
    pairs = draw(st.lists(st.tuples(st.integers(0, members - 1), st.integers(0, members - 1)), max_size=3))
    return Problem(
        pool=Pool(
            members=tuple(draw(st.permutations([f"member-{j}" for j in range(members)]))),
            entities=tuple(f"BE0{draw(st.integers(0, 2 * members))}" for _ in range(members)),
            turnovers=tuple(None if t is None else Money(Decimal(t), "EUR") for t in turnovers),
            conflicts=tuple(pair for pair in pairs if pair[0] != pair[1]),
        ),
        weights=np.full(facets, 1 / max(1, facets)),
        affinity=affinity.reshape(facets, members),
        costs=draw(st.one_of(st.none(), st.just(np.array([0.05 * (j % 2) for j in range(members)])))),
        penalty=draw(st.sampled_from([0.0, 0.02, 0.2])),
        size=draw(st.integers(1, 5)),
        turnover=None if amount is None else Money(Decimal(amount), "EUR"),
        lead_share=None if amount is None else draw(st.sampled_from([None, Decimal("0.5")])),
        rows=tuple(Row(f"condition {i}", tuple(draw(some))) for i in range(draw(st.integers(0, 2)))),
        eligible=np.array([draw(st.booleans()) for _ in range(members)]) if draw(st.integers(0, 4)) == 0 else None,
    )


def seeded_problem(
    seed: int, *, members: int, facets: int, filled: float = 0.3, turnover: int | None = None
) -> Problem:
    """A larger problem from a seed: `filled` of the affinities above nought, turnovers in thousands, one in six
    unknown."""
    draw = np.random.default_rng(seed)
    affinity = (draw.random((facets, members)) * (draw.random((facets, members)) < filled)).astype(np.float32)
    weights = draw.random(facets)
    euros = draw.integers(50, 3000, members) * 1000
    known = draw.random(members) > 1 / 6
    return Problem(
        pool=Pool(
            members=tuple(f"member-{j:04}" for j in range(members)),
            entities=tuple(f"BE{j:010}" for j in range(members)),
            turnovers=tuple(Money(Decimal(int(e)), "EUR") if k else None for e, k in zip(euros, known, strict=True)),
        ),
        weights=weights / weights.sum() if facets else weights,
        affinity=affinity,
        turnover=None if turnover is None else Money(Decimal(turnover), "EUR"),
    )
