"""The cheap gate: which members have anything in common with a lot, before a vector is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.pool import Likenesses, StatementPool

Bools = NDArray[np.bool_]

LEAST_CPV, LEAST_WORDS = 0.25, 0.35
"""A code in one narrow division, or more than one telling word, or there is nothing to look at."""


def is_alike(likenesses: Likenesses, pool: StatementPool) -> Bools:
    """Which members have a code or words in common with the lot, bool of shape (members,)."""
    if not likenesses.facets:
        return np.zeros(len(pool.members), dtype=bool)
    coded = pool.by_member(likenesses.cpv).max(axis=0) >= LEAST_CPV
    worded = pool.by_member(likenesses.words).max(axis=0) >= LEAST_WORDS
    return coded | worded
