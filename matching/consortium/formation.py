"""From a matched lot to consortia worth proposing: the problem of the solver, and which of its results are proposed.

The search and the choice among its results are in proposals.py, conditions in conditions.py, remarks in notes.py. Here:
when a group is worth more than one member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from matching.consortium.affinity import affinity
from matching.consortium.conditions import Conditions, conditions_of, joined
from matching.consortium.explain import best_allowed_alone, coverage_of
from matching.consortium.group_reasons import GroupInput, find_reasons, shrink
from matching.consortium.notes import remark
from matching.consortium.proposals import Problem, Proposal, pool_of, propose
from matching.consortium.solver.integer_problem import read_problem
from matching.consortium.solver.problem import Pool
from matching.similarity.statement_index import Similarities, StatementPool
from warehouse.model.match_results import LEAST_COVERAGE, Consortium, Facet, Role
from warehouse.model.notices import OpenLot

LEAST_ADDED = 0.03
"""What a consortium must cover beyond the best member that could answer alone. Why it is worth it: group_reasons.py."""
LEAST_LEAD = 0.5
LEAST_PARTNER, LEAST_FACETS = 0.25, 3
"""Every member has this part of the fit of the one that fits best, or covers that many facets best: one word in common
makes no partner."""
_ROUNDED = 1e-9
"""What sums of the same numbers in another order may differ by, and more."""
PENALTY = 0.03
"""Coverage that one more firm at the table must bring before it is worth its trouble."""


@dataclass(frozen=True, slots=True, eq=False)
class ConsortiumProblem:
    """One lot as the solver's problem. `partner_only`, bool of shape (members,), are refused alone for the language
    of the tender and may take part beside another member."""

    lot: OpenLot
    facets: tuple[Facet, ...]
    problem: Problem
    conditions: Conditions
    partner_only: NDArray[np.bool_] | None = None

    @property
    def leads(self) -> NDArray[np.bool_]:
        """Who may answer by itself, bool of shape (members,)."""
        count = len(self.problem.pool.members)
        may = np.ones(count, np.bool_) if self.problem.eligible is None else self.problem.eligible
        return may if self.partner_only is None else may & ~self.partner_only


@dataclass(frozen=True, slots=True, eq=False)
class _SolverMembers:
    """The members as the solver uses them for every lot: where each one's statements begin, and the statements."""

    pool: Pool
    starts: NDArray[np.int64]
    statements: list[list[str]]


@lru_cache(maxsize=2)
def _solver_members(pool: StatementPool) -> _SolverMembers:
    spans = [pool.span(j) for j in range(len(pool.members))]
    starts = np.array([span.start for span in spans], dtype=np.int64)
    return _SolverMembers(
        pool_of(pool.members), starts, [[s.text.value for s in pool.statements[span]] for span in spans]
    )


def build_problem(
    lot: OpenLot,
    similarities: Similarities,
    pool: StatementPool,
    admitted: Sequence[int],
    partner_only: Sequence[int] = (),
    *,
    fit: Mapping[str, float],
) -> ConsortiumProblem | None:
    """The problem of a `lot`, None where all members together would not cover enough of it.

    `similarities` are those of its facets to all statements of the `pool`; `admitted` are the positions of the members
    that no rule refuses, `partner_only` of those that may take part beside one of them; `fit` are the members' scores
    for the lot in [0, 1], by id (0 for those left out).
    """
    scores = np.array([fit.get(member.id, 0.0) for member in pool.members])
    covered, best_statement = affinity(similarities, pool, scores)
    open_to = np.zeros(len(pool.members), dtype=np.bool_)
    open_to[[*admitted, *partner_only]] = True
    beside = np.zeros(len(pool.members), dtype=np.bool_)
    beside[list(partner_only)] = True
    weights = np.array([facet.weight for facet in similarities.facets], dtype=np.float64)
    if covered.size == 0 or float(weights @ (covered * open_to).max(axis=1)) < LEAST_COVERAGE:
        return None
    conditions = conditions_of(lot, similarities.facets, pool.members)
    for facet, may in conditions.performers:
        covered[facet] *= may
    known = _solver_members(pool)
    problem = Problem(
        known.pool,
        weights,
        covered,
        best_statement=np.maximum(best_statement - known.starts, 0),
        penalty=PENALTY,
        turnover=conditions.turnover,
        lead_share=conditions.lead_share,
        rows=conditions.rows,
        eligible=open_to & conditions.eligible,
    )
    return ConsortiumProblem(lot, similarities.facets, problem, conditions, beside)


def form_consortia(
    lot: OpenLot,
    similarities: Similarities,
    pool: StatementPool,
    admitted: Sequence[int],
    fit: Mapping[str, float],
    *,
    partner_only: Sequence[int] = (),
) -> Proposal:
    """At most three consortia, diverse, the best first; none where nothing is out of reach of a member alone. Where no
    coalition is allowed, why.

    `lot`, `similarities`, `pool`, `admitted`, `partner_only` and `fit` as in build_problem.
    """
    if not fit:
        return Proposal(())
    lot_problem = build_problem(lot, similarities, pool, admitted, partner_only, fit=fit)
    return form(lot_problem, pool, fit) if lot_problem else Proposal(())


def form(
    lot_problem: ConsortiumProblem,
    pool: StatementPool,
    fit: Mapping[str, float],
    *,
    lots: Mapping[str, Mapping[str, float]] | None = None,
) -> Proposal:
    """The consortia of a `lot_problem` that are worth proposing.

    `pool` holds the members and their statements; `fit` the members' scores, by id; `lots` those of each lot of a whole
    procedure, by its uid.
    """
    problem, leads = lot_problem.problem, lot_problem.leads
    alone = best_allowed_alone(replace(problem, eligible=leads)) if leads.any() else 0.0
    if not _is_promising(problem, alone) or not fit:
        return Proposal(())
    partners = _partners(problem, fit, lot_problem.partner_only)
    is_free = problem.turnover is None and not problem.rows
    if is_free and not _is_promising(problem, alone, partners):
        return Proposal(())

    group_input = GroupInput(
        problem, read_problem(problem), lot_problem.conditions, lot_problem.facets, leads, fit, lots or {}
    )

    def is_reportable(members: tuple[int, ...]) -> bool:
        scores = [fit.get(problem.pool.members[member], 0.0) for member in members]
        coverage = coverage_of(problem, members)
        return _is_enough(coverage, scores, fit, alone) and bool(find_reasons(group_input, members))

    proposal = propose(
        problem,
        lot_uid=lot_problem.lot.uid,
        statements=_solver_members(pool).statements,
        facets=lot_problem.facets,
        partners=partners,
        least=_least_worth(problem, alone),
        worth=is_reportable,
        shrink=partial(shrink, group_input),
        leads=leads,
    )
    reasoned = [_with_reasons(consortium, group_input, lot_problem) for consortium in proposal.consortia]
    worth = [consortium for consortium in reasoned if is_worth_proposing(consortium, fit, alone)]
    return Proposal(
        tuple(
            replace(ranked, rank=rank, remarks=remark(ranked, lot_problem.conditions, pool, lot_problem.lot))
            for rank, ranked in enumerate(worth, start=1)
        ),
        proposal.infeasible,
    )


def _with_reasons(consortium: Consortium, group_input: GroupInput, lot_problem: ConsortiumProblem) -> Consortium:
    """The consortium with what is out of reach of each member alone, and who is a partner only."""
    names = lot_problem.problem.pool.members
    members = tuple(names.index(member) for member in consortium.members)
    beside = lot_problem.partner_only
    partner_only = tuple(names[member] for member in sorted(members) if beside is not None and beside[member])
    return replace(consortium, reasons=find_reasons(group_input, members), partner_only=partner_only)


def merge(lot_problems: Sequence[ConsortiumProblem]) -> ConsortiumProblem:
    """Several lots of one procedure as one problem, each lot weighing the same: who could answer them all together. A
    member serves the lots that are open to it. Raises ValueError without lots."""
    if not lot_problems:
        raise ValueError("no lot to merge")
    first, parts = lot_problems[0], [lot_problem.problem for lot_problem in lot_problems]
    offsets = np.cumsum([0, *(len(part.weights) for part in parts)])[:-1]
    conditions = joined([lot_problem.conditions for lot_problem in lot_problems], [int(at) for at in offsets])
    open_to = [np.ones(part.affinity.shape[1], np.bool_) if part.eligible is None else part.eligible for part in parts]
    problem = replace(
        first.problem,
        weights=np.concatenate([part.weights for part in parts]) / len(parts),
        affinity=np.concatenate([part.affinity * may for part, may in zip(parts, open_to, strict=True)]),
        best_statement=np.concatenate([part.best_statement for part in parts if part.best_statement is not None]),
        turnover=conditions.turnover,
        lead_share=conditions.lead_share,
        rows=conditions.rows,
        eligible=np.logical_or.reduce(open_to) & conditions.eligible,
    )
    facets = tuple(
        replace(facet, weight=facet.weight / len(lot_problems))
        for lot_problem in lot_problems
        for facet in lot_problem.facets
    )
    leads = np.logical_or.reduce([lot_problem.leads for lot_problem in lot_problems])
    return ConsortiumProblem(first.lot, facets, problem, conditions, ~leads)


def _is_promising(problem: Problem, alone: float, partners: NDArray[np.bool_] | None = None) -> bool:
    """Whether all who may take part (of `partners`, where given) would cover together enough, and enough more than the
    best that may alone."""
    who = np.ones(problem.affinity.shape[1], np.bool_) if problem.eligible is None else problem.eligible
    who = who if partners is None else who & partners
    together = _coverage(problem.weights, problem.affinity * who) + _ROUNDED
    return together >= LEAST_COVERAGE and _is_more(together, alone)


def _least_worth(problem: Problem, alone: float) -> float:
    """What a coalition must be worth to cover enough, whatever its size."""
    covered = max(LEAST_COVERAGE, alone + LEAST_ADDED)
    return covered - problem.penalty * (problem.size - 1) - _ROUNDED


def _partners(
    problem: Problem, fit: Mapping[str, float], partner_only: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Members that can appear in a consortium worth proposing, bool of shape (members,): no other passes `_brings`,
    whoever the partners are. The fit of partners only is not known."""
    best = max(fit.values(), default=0.0)
    covers = (problem.affinity > 0.0).sum(axis=0)
    fits = np.array([best > 0.0 and fit.get(member, 0.0) / best >= LEAST_PARTNER for member in problem.pool.members])
    fits = fits if partner_only is None else fits | partner_only
    partners = (covers >= LEAST_FACETS) | ((covers > 0) & fits)
    for row in problem.rows:
        partners[list(row.members)] = True
    return partners


def _coverage(weights: NDArray[np.float64], covered: NDArray[np.float32]) -> float:
    return float(weights @ covered.max(axis=1)) if covered.size else 0.0


def _is_more(together: float, alone: float) -> bool:
    """Whether a coverage is LEAST_ADDED above that of one member."""
    return together - alone >= LEAST_ADDED


def is_worth_proposing(consortium: Consortium, fit: Mapping[str, float], alone: float) -> bool:
    """Whether it covers enough, and more than `alone`, the coverage of the best member that may answer by
    itself (0 where none may), with a lead that fits best or nearly, and partners that each bring something. `fit` holds
    the members' scores for the lot."""
    best = max(fit.values(), default=0.0)
    scores = [fit.get(member, 0.0) for member in consortium.members]
    return _is_enough(consortium.coverage, scores, fit, alone) and all(
        _brings(consortium, role, part=score / best) for score, role in zip(scores, consortium.roles, strict=True)
    )


def _is_enough(coverage: float, scores: Sequence[float], fit: Mapping[str, float], alone: float) -> bool:
    """Whether this coverage, of members with these scores, is enough, more than `alone`, and well led."""
    best = max(fit.values(), default=0.0)
    return coverage >= LEAST_COVERAGE and _is_more(coverage, alone) and max(scores) >= LEAST_LEAD * best > 0.0


def _brings(consortium: Consortium, role: Role, *, part: float) -> bool:
    """Whether a member does some of the work and fits, or does much of it, or meets what no other member meets: one
    that lends its turnover only is no partner. `part` is its fit over the best one."""
    is_beside = role.member in consortium.partner_only
    fits = is_beside or part >= LEAST_PARTNER or len(role.covers) >= LEAST_FACETS
    return (bool(role.covers) and fits) or any(held.member == role.member for held in consortium.remarks.holds)
