"""The entry point of the consortium solver: which few members cover a lot together, and why these.

F(S) = sum_i w_i max_{j in S} a_ij - penalty (|S| - 1) - sum_{j in S} c_j over coalitions of at most five members, one
per legal body, without conflicts, with the turnover and the rows the lot requires. It is what a consortium WOULD cover;
it does not predict who will bid together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.consortium.explain import (
    Background,
    Explanation,
    Part,
    coalition_value,
    explain,
    find_alone,
    look_behind,
    overlap,
)
from matching.consortium.solver.problem import Coalition, Pool, Problem, Row, Solution, pool_of
from matching.consortium.solver.solve import solve
from warehouse.model.match_results import Consortium, Facet, Held, Remarks, Role

__all__ = [
    "Coalition",
    "Explanation",
    "Pool",
    "Problem",
    "Proposal",
    "Row",
    "Solution",
    "explain",
    "pool_of",
    "propose",
    "solve",
]

AMONG = 50
"""The best coalitions among which diverse ones are chosen: of the 1,576 lots of bench.night with 600 notices, 1,526
have the same proposals as among 200."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The consortia of a lot, the best first, or in `infeasible` why no coalition at all is allowed. Both are empty
    where some are allowed and none is worth showing."""

    consortia: tuple[Consortium, ...]
    infeasible: str | None = None


def propose(
    problem: Problem,
    *,
    lot_uid: str,
    statements: Sequence[Sequence[str]],
    facets: Sequence[Facet],
    show: int = 3,
    node_limit: int = 20_000,
    partners: NDArray[np.bool_] | None = None,
    least: float | None = None,
    worth: Callable[[tuple[int, ...]], bool] | None = None,
    shrink: Callable[[tuple[int, ...]], tuple[int, ...]] | None = None,
    leads: NDArray[np.bool_] | None = None,
) -> Proposal:
    """Up to `show` consortia of two members or more worth showing, diverse, the smallest first among near-equals.

    Args:
        problem: the lot; its `best_statement` holds indices into the statements of each member.
        lot_uid: name of the lot in the consortia.
        statements: texts of each member of the pool, in its order.
        facets: the lot's.
        show: how many consortia at most.
        node_limit: nodes of one search. A node costs a few microseconds, so that a lot takes about a tenth of a second
            at most; what the limit may cost is the `gap` of the consortia.
        partners: members that may be in a shown consortium, bool of shape (members,); None for all.
        least: the least value of a shown consortium; None for any.
        worth: whether members (positions) are worth showing at all; the others are left out unexplained.
        shrink: leaves members out of a coalition that add nothing.
        leads: members that may answer by themselves, bool of shape (members,); None for all.

    Whether any coalition is allowed, who could answer alone and which constraint binds are computed for the whole
    problem.
    """
    if len(facets) != len(problem.weights):
        raise ValueError(f"{len(facets)} facets for {len(problem.weights)} weights of lot {lot_uid}")
    everybody = np.ones(len(problem.pool.members), np.bool_) if problem.eligible is None else problem.eligible
    among = problem if partners is None else replace(problem, eligible=everybody & partners)
    shown = solve(among, top=AMONG, node_limit=node_limit, lean=True, least=least)
    chosen = choose_diverse(shown.found, show=show)
    if shrink is not None:
        smaller = dict.fromkeys(shrink(coalition.members) for coalition in chosen)
        chosen = tuple(Coalition(members, coalition_value(problem, members)) for members in smaller)
    if worth is not None:
        chosen = tuple(coalition for coalition in chosen if worth(coalition.members))
    if not chosen:
        is_allowed = bool(shown.found) or _is_free(problem)
        return Proposal((), None if is_allowed else solve(problem, top=1, node_limit=node_limit).infeasible)
    behind = look_behind(problem, node_limit=node_limit)
    if leads is not None and leads.any():
        behind = replace(behind, alone=find_alone(replace(problem, eligible=everybody & leads), behind.reading))
    return Proposal(
        tuple(
            _write(problem, coalition, behind, lot_uid=lot_uid, rank=rank, gap=shown.gap, statements=statements)
            for rank, coalition in enumerate(chosen, start=1)
        )
    )


def _is_free(problem: Problem) -> bool:
    """Whether any eligible member may answer, because the lot has no constraint."""
    is_open = problem.eligible is None or bool(problem.eligible.any())
    return is_open and problem.turnover is None and not problem.rows


def choose_diverse(
    found: Sequence[Coalition], *, show: int, near: float = 0.01, unlike: float = 0.25
) -> tuple[Coalition, ...]:
    """Up to `show` of the coalitions `found`, by value minus similarity (Jaccard) to those already chosen, `unlike`
    times the best value; values within `near` of one another count as equal and the smaller coalition goes first."""
    left = [coalition for coalition in found if len(coalition.members) > 1 and coalition.value > 0.0]
    likest = [0.0] * len(left)
    picked: list[Coalition] = []
    while left and len(picked) < show:
        toll = unlike * (picked or left)[0].value
        worth = [c.value - toll * like for c, like in zip(left, likest, strict=True)]
        least = max(worth) - near
        at = min((len(left[i].members), -w, i) for i, w in enumerate(worth) if w >= least)[2]
        picked.append(left.pop(at))
        del likest[at]
        if len(picked) < show:
            last = frozenset(picked[-1].members)
            likest = [max(was, overlap(last, c.members)) for c, was in zip(left, likest, strict=True)]
    return tuple(picked)


def _write(
    problem: Problem,
    coalition: Coalition,
    behind: Background,
    *,
    lot_uid: str,
    rank: int,
    gap: float,
    statements: Sequence[Sequence[str]],
) -> Consortium:
    """The consortium to store: the explanation as a value of the warehouse."""
    explanation = explain(problem, coalition, background=behind)
    return Consortium(
        lot_uid=lot_uid,
        rank=rank,
        value=explanation.value,
        coverage=explanation.coverage,
        roles=tuple(_write_role(problem, part, explanation, statements) for part in explanation.parts),
        uncovered=explanation.uncovered,
        best_alone=problem.pool.members[explanation.alone.member],
        best_alone_coverage=explanation.alone.coverage,
        binding=explanation.binding.sentence if explanation.binding else None,
        gap=gap,
        flags=explanation.flags,
        remarks=Remarks(
            bound_by=explanation.binding.name if explanation.binding else None,
            bound_gain=explanation.binding.gain if explanation.binding else 0.0,
            alone_lacks=explanation.alone.lacks,
            silent_turnover=tuple(problem.pool.members[member] for member in explanation.unknown_turnover),
            holds=tuple(
                Held(problem.pool.members[part.member], row) for part in explanation.parts for row in part.rows
            ),
        ),
    )


def _write_role(problem: Problem, part: Part, explanation: Explanation, statements: Sequence[Sequence[str]]) -> Role:
    """One member's role; its statements are those that cover, the heaviest facet's first, each once."""
    covers = sorted(
        (c for c in explanation.covers if c.member == part.member), key=lambda c: -problem.weights[c.facet] * c.affinity
    )
    texts = [statements[part.member][c.statement] for c in covers if c.statement is not None]
    return Role(
        member=problem.pool.members[part.member],
        covers=part.covers,
        only=part.only,
        indispensable=part.loss,
        shapley=part.shapley,
        statements=tuple(dict.fromkeys(texts)),
    )
