"""From a judged lot to consortia worth proposing: what is asked of the solver, and which of its answers are told.

The solver itself is consortium.py's. Here belongs when together is worth more than alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matching.consortium import Problem, pool_of, propose
from matching.eligibility import turnover_asked
from matching.pool import Likenesses, StatementPool
from matching.score import affinity
from warehouse.facts import OpenLot
from warehouse.verdicts import Consortium, Match

LEAST_COVERAGE = 0.35
"""Less than this of a lot covered by five firms is no proposal: they would look for a sixth that does the work."""
LEAST_ADDED = 0.12
"""What a consortium must cover beyond the best member alone: joint bids are for what nobody could answer alone."""
ENOUGH_ALONE = 0.65
"""A member that covers this much by itself is told of the lot, and of no partners."""
LEAST_LEAD = 0.5
"""The fit that one of its members must have: firms that each graze a lot do not make one that answers it."""
LEAST_PARTNER, LEAST_FACETS = 0.35, 3
"""Every member fits the lot this much, or covers that many of its facets best: one word in common makes no partner."""
PENALTY = 0.03
"""Coverage that one more firm at the table must bring before it is worth its trouble."""


def form_consortia(
    lot: OpenLot, likenesses: Likenesses, pool: StatementPool, admitted: list[int], matches: Sequence[Match]
) -> tuple[Consortium, ...]:
    """At most three consortia, unlike one another, the best first; none where the best member alone covers nearly as
    much, or fits at all. `admitted` are the positions of the members whose gates are open."""
    covered, spoken = affinity(likenesses, pool)
    eligible = np.zeros(len(pool.members), dtype=np.bool_)
    eligible[admitted] = True
    weights = np.array([facet.weight for facet in likenesses.facets], dtype=np.float64)
    if max((m.score for m in matches), default=0.0) < LEAST_LEAD or not _is_promising(weights, covered * eligible):
        return ()
    starts = np.array([pool.span(j).start for j in range(len(pool.members))], dtype=np.int64)
    problem = Problem(
        pool_of(pool.members),
        weights,
        covered,
        spoken=np.maximum(spoken - starts, 0),
        penalty=PENALTY,
        turnover=turnover_asked(lot),
        eligible=eligible,
    )
    statements = [[s.text.value for s in pool.statements[pool.span(j)]] for j in range(len(pool.members))]
    told = propose(problem, lot_uid=lot.uid, statements=statements, facets=likenesses.facets)
    fit = {match.member: match.score for match in matches}
    worth = [consortium for consortium in told if is_worth_telling(consortium, fit)]
    return tuple(replace(consortium, rank=rank) for rank, consortium in enumerate(worth, start=1))


def _is_promising(weights: NDArray[np.float64], covered: NDArray[np.float32]) -> bool:
    """Whether all admitted members together would cover enough, and enough more than the best alone."""
    if covered.size == 0:
        return False
    together, alone = float(weights @ covered.max(axis=1)), float((weights @ covered).max())
    return together >= LEAST_COVERAGE and alone < ENOUGH_ALONE and together - alone >= LEAST_ADDED


def is_worth_telling(consortium: Consortium, fit: Mapping[str, float]) -> bool:
    """Whether it covers enough, clearly more than a member that is not enough alone, with a lead that fits and partners
    that each bring something. `fit` holds the members' scores for the lot."""
    scores = [fit.get(member, 0.0) for member in consortium.members]
    return (
        consortium.coverage >= LEAST_COVERAGE
        and consortium.best_alone_coverage < ENOUGH_ALONE
        and consortium.coverage - consortium.best_alone_coverage >= LEAST_ADDED
        and max(scores) >= LEAST_LEAD
        and all(
            score >= LEAST_PARTNER or len(role.covers) >= LEAST_FACETS
            for score, role in zip(scores, consortium.roles, strict=True)
        )
    )
