"""How alike two texts are, words and meaning taken together. Weights alone; what is weighed comes from elsewhere.

Convex sums of scores on their own scales, which beat rank fusion when calibrated (Bruch et al., arXiv 2210.11934).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CONCEPTS = 0.6
"""What a cosine of concepts weighs beside a cosine of meaning, across languages."""
WORDS = 0.3
"""What one BM25 point per term of the question weighs beside a cosine of meaning, within a language."""


def blend_across(cosines: Floats, concepts: Floats, weight: float = CONCEPTS) -> Floats:
    """Of texts in two languages: centred cosines and cosines of concepts, both of one shape."""
    return (cosines + weight * concepts).astype(np.float32)


def blend_within(cosines: Floats, bm25: Floats, terms: NDArray[np.int64], weight: float = WORDS) -> Floats:
    """Of texts in one language: centred cosines and BM25, (questions, texts); `terms` counts each question's terms."""
    return (cosines + weight * bm25 / np.maximum(terms, 1)[:, None]).astype(np.float32)
