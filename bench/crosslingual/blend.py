"""Combined similarity of two texts by words and meaning. Weights alone; the similarities are computed elsewhere.

Convex sums of scores on their own scales, which beat rank fusion when calibrated (Bruch et al., arXiv 2210.11934).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CONCEPTS = 0.6
"""Weight of a cosine of concepts beside a cosine of meaning, across languages."""
WORDS = 0.3
"""Weight of one BM25 point per term of the query beside a cosine of meaning, within a language."""


def blend_across(cosines: Floats, concepts: Floats, weight: float = CONCEPTS) -> Floats:
    """Of texts in two languages: centred cosines and cosines of concepts, both of shape (queries, texts)."""
    return (cosines + weight * concepts).astype(np.float32)


def blend_within(cosines: Floats, bm25: Floats, terms: NDArray[np.int64], weight: float = WORDS) -> Floats:
    """Scores of texts in one language, float32 of shape (queries, texts).

    `cosines` are centred and `bm25` raw, both of shape (queries, texts); `terms` counts each query's terms, of shape
    (queries,); `weight` is that of one BM25 point per term.
    """
    return (cosines + weight * bm25 / np.maximum(terms, 1)[:, None]).astype(np.float32)
