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
SHOWN, IN_REACH = 0.6, 0.5
"""Where one member's statements resemble a need by SHOWN, it is in reach of those with IN_REACH of that similarity and
covered by no other, however well it fits the lot: what another is shown to do and it is not is what a partner is for.
Of the 149 needs: precision .643 and recall .446, without the rule .642 and .480 (docs/needs-and-groups.md)."""
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

    It is the probability that a reader says so: by the similarity of the member's own statements (words and meaning,
    either suffices; a CPV facet by its code, or nearly as well by what is said of it) and by the member's `fit` for the
    whole lot, float64 of shape (members,) in [0, 1]. Cross-validated by lot, fit alone has average precision .51 on the
    149 needs, the similarity alone .21, all three .54 (standard error .055). Where a member covers a facet without a
    statement that resembles it, its statement nearest to any facet stands for it.
    """
    by_words = 1 - (1 - 0.8 * similarities.words) * (1 - similarities.meaning)
    coded = np.array([f.kind is FacetKind.CPV for f in similarities.facets], dtype=bool)
    every = np.where(coded[:, None], np.maximum(similarities.cpv, 0.8 * by_words), by_words).astype(np.float32)
    own = np.minimum(pool.by_member(every), 1.0)
    certain = np.clip(fit, _LEAST_FIT, _MOST_FIT)
    behind = own.max(axis=1, keepdims=True, initial=0.0) - own
    logits = BASE + OWN * own + BEHIND * behind + FIT * np.log(certain / (1 - certain))
    best = (1 / (1 + np.exp(-logits))).astype(np.float32)
    best[:, ~_has_statements(pool)] = 0.0
    best[(best < TAU) | _is_out_of_reach(own)] = 0.0
    return best, np.where(best > 0.0, _nearest_statements(every, pool), -1)


def _is_out_of_reach(own: Floats) -> NDArray[np.bool_]:
    """Which needs another member is shown to cover and this one is not, bool of the shape of `own` (facets, members),
    the similarity of each member's statements."""
    most = own.max(axis=1, keepdims=True, initial=0.0)
    return (most >= SHOWN) & (own < IN_REACH * most)


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
