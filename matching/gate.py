"""The cheap gate: which members have anything in common with a lot, before a vector is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.pool import Likenesses, StatementPool

Bools = NDArray[np.bool_]

LEAST_CPV, LEAST_WORDS = 0.25, 0.35
"""A code in one narrow division, or more than one telling word, or there is nothing to look at."""
LEAST_LABEL = 0.4
"""Letters shared with a code's label, for what is said without a code in another language than the lot's: the lowest
tenth at which no more notices pass than its code would let through (bench.gate: .309 beside .331)."""


def is_alike(likenesses: Likenesses, pool: StatementPool) -> Bools:
    """Which members have a code or words in common with the lot, or say in another language and without a code what
    its codes are called; bool of shape (members,)."""
    if not likenesses.facets:
        return np.zeros(len(pool.members), dtype=bool)
    coded = pool.by_member(likenesses.cpv).max(axis=0) >= LEAST_CPV
    worded = pool.by_member(likenesses.words).max(axis=0) >= LEAST_WORDS
    labelled = pool.by_member(pool.uncoded.likeness(likenesses.facets)[None])[0] >= LEAST_LABEL
    return coded | worded | labelled
