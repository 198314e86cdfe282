"""How well each member covers each facet of a lot: what consortia are formed from.

Coverage is not fit: whether a member would bid is fit/model.py's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.similarity.statement_index import Likenesses, StatementPool
from warehouse.model.match_results import FacetKind

Floats = NDArray[np.float32]

TAU = 0.6
"""Affinity below this covers nothing."""


def affinity(likenesses: Likenesses, pool: StatementPool) -> tuple[Floats, NDArray[np.int64]]:
    """How well each member covers each facet, float32 of shape (facets, members) in [0, 1] and 0 below TAU, and the
    position in `pool.statements` of the statement that does (-1 for none). Words and meaning speak together (either
    suffices, both are surer); a CPV facet is covered by its code, or nearly as well by what is said of it."""
    said = 1 - (1 - 0.8 * likenesses.words) * (1 - likenesses.meaning)
    coded = np.array([f.kind is FacetKind.CPV for f in likenesses.facets], dtype=bool)
    every = np.where(coded[:, None], np.maximum(likenesses.cpv, 0.8 * said), said).astype(np.float32)
    best = pool.by_member(every)
    spoken = np.where(best >= TAU, pool.first_by_member(every, best), -1)
    best[best < TAU] = 0.0
    return np.minimum(best, 1.0), spoken
