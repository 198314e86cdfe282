"""How well each member covers each facet of a lot: what consortia are formed from.

Coverage is not fit: whether a member would bid is fit/model.py's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.similarity.statement_index import Similarities, StatementPool
from warehouse.model.match_results import FacetKind

Floats = NDArray[np.float32]

TAU = 0.3
"""Probability below which nothing counts as covered. Of the 149 needs: precision .65, recall .49."""
SHOWN, IN_REACH = 0.35, 0.5
LEAST_FIT, LEAST_PART = 0.15, 0.25
SPECIALIST = 0.75
"""A specialist of a need states what resembles it by SHOWN and fits the lot itself by LEAST_FIT, and by LEAST_PART of
the best fit. It covers the need with the probability SPECIALIST, and members whose own statements resemble the need by
less than IN_REACH of that are shown to do it no longer, however well they fit: what another is shown to do and they are
not is what a partner is for. Of the 149 needs, 10 have a specialist beside the best fitting member: a reader names it
for 9, and for 8 not that member (docs/needs-and-groups.md)."""
BASE, OWN, BEHIND, FIT = -0.6, 2.7, -0.9, 0.8
"""The logit that a reader says of a member "it covers this need": BASE + OWN x similarity to the need + BEHIND x how
far that lies behind the most similar member's + FIT x logit of the member's fit for the lot. Learned on 149 needs
of 30 lots and 30 members (docs/needs-and-groups.md)."""
_LEAST_FIT, _MOST_FIT = 1e-4, 0.8
"""Above, a fit says no more of a single need: a firm wanted for half of a lot is not shown to do the other half."""


def affinity(
    similarities: Similarities, pool: StatementPool, fit: NDArray[np.float64]
) -> tuple[Floats, NDArray[np.int64]]:
    """How well each member covers each facet, float32 of shape (facets, members) in [0, 1] and 0 below TAU, and the
    position in `pool.statements` of the statement that does (-1 for none).

    It is `covering_probability`, but for needs that have a specialist; `fit` as there. Where a member covers a facet
    without a statement that resembles it, its statement nearest to any facet stands for it.
    """
    every, own = _similarity_of_statements(similarities, pool)
    best = _probability(own, pool, fit)
    is_sentence = np.array([f.kind is FacetKind.SENTENCE for f in similarities.facets], dtype=bool)
    fits = fit >= max(LEAST_FIT, LEAST_PART * fit.max(initial=0.0))
    is_specialist = is_sentence[:, None] & (own >= SHOWN) & fits
    best = np.where(is_specialist, np.maximum(best, np.float32(SPECIALIST)), best)
    best[(best < TAU) | _is_out_of_reach(own, is_specialist)] = 0.0
    return best, np.where(best > 0.0, _nearest_statements(every, pool), -1)


def covering_probability(similarities: Similarities, pool: StatementPool, fit: NDArray[np.float64]) -> Floats:
    """The probability that a reader says of each member that it covers each facet, float32 of shape (facets, members);
    0 for members that state nothing.

    It leans on the similarity of the member's own statements (words and meaning, either suffices; a CPV facet by its
    code, or nearly as well by what is said of it) and on the member's `fit` for the whole lot, float64 of shape
    (members,) in [0, 1]. Cross-validated by lot, fit alone has average precision .51 on the 149 needs, the similarity
    alone .21, all three .54 (standard error .055).
    """
    return _probability(_similarity_of_statements(similarities, pool)[1], pool, fit)


def _probability(own: Floats, pool: StatementPool, fit: NDArray[np.float64]) -> Floats:
    """covering_probability, from the similarity of each facet to the most similar statement of each member, float32 of
    shape (facets, members)."""
    certain = np.clip(fit, _LEAST_FIT, _MOST_FIT)
    behind = own.max(axis=1, keepdims=True, initial=0.0) - own
    logits = BASE + OWN * own + BEHIND * behind + FIT * np.log(certain / (1 - certain))
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    probability[:, ~_has_statements(pool)] = 0.0
    return probability


def _similarity_of_statements(similarities: Similarities, pool: StatementPool) -> tuple[Floats, Floats]:
    """The similarity of each facet to each statement and to the most similar one of each member, float32 of shapes
    (facets, statements) and (facets, members), in [0, 1]."""
    by_words = 1 - (1 - 0.8 * similarities.words) * (1 - similarities.meaning)
    coded = np.array([f.kind is FacetKind.CPV for f in similarities.facets], dtype=bool)
    every = np.where(coded[:, None], np.maximum(similarities.cpv, 0.8 * by_words), by_words).astype(np.float32)
    return every, np.minimum(pool.by_member(every), np.float32(1.0))


def _is_out_of_reach(own: Floats, is_specialist: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which needs a specialist is shown to cover and this member is not, bool of shape (facets, members); `own` is the
    similarity of each member's statements to each need, `is_specialist` who is one, both of that shape."""
    shown = np.where(is_specialist, own, 0.0).max(axis=1, keepdims=True, initial=0.0)
    return own < IN_REACH * shown


def _has_statements(pool: StatementPool) -> NDArray[np.bool_]:
    return np.bincount(pool.owner, minlength=len(pool.members)) > 0


def _nearest_statements(every: Floats, pool: StatementPool) -> NDArray[np.int64]:
    """The position of each member's statement nearest to each facet, (facets, members); to any facet where none
    resembles it."""
    own = pool.by_member(every)
    if not len(every):
        return np.zeros(own.shape, np.int64)
    anywhere = every.max(axis=0, keepdims=True)
    nearest = pool.first_by_member(anywhere, pool.by_member(anywhere))
    return np.where(own > 0.0, pool.first_by_member(every, own), nearest)
