"""Similarity of members' statements without a code to the codes of lots in other languages.

Words are not compared between languages, so a competence written without a code matched no lot in another language. But
a code has a label in every language: a statement is compared with the label in its own, by the letters they share. This
similarity alone; the threshold is in prefilter.py. No vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matching.similarity.statements import Statement
from matching.text.char_ngrams import Concepts
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import LANGUAGES, label, shipped_labels
from warehouse.model.match_results import Facet

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@cache
def _labels(language: str) -> tuple[Concepts, Floats]:
    """The labels of one language, and what they share among themselves, (labels, labels); about 0.1 s and 2 MB."""
    label_texts = [row.text(language) for _, row in sorted(shipped_labels().items())]
    concepts = Concepts({language: label_texts})
    return concepts, concepts.profiles(label_texts, language)


class Uncoded:
    """The statements without a code, compared with every label of their language once."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._count = len(statements)
        self._row = {code: i for i, code in enumerate(sorted(shipped_labels()))}
        self._similarities: dict[str, tuple[Ints, Floats]] = {}
        bare = [(i, language_of(s.text), s.text.value) for i, s in enumerate(statements) if not s.cpv]
        for language in LANGUAGES:
            mine = [(i, text) for i, text_language, text in bare if text_language == language]
            if mine:
                concepts, labels = _labels(language)
                profiles = concepts.profiles([text for _, text in mine], language)
                self._similarities[language] = (np.array([i for i, _ in mine], np.int64), labels @ profiles.T)

    def similarity(self, facets: Sequence[Facet]) -> Floats:
        """The highest similarity of a lot's codes to each statement without one in another language than the lot's,
        float32 of shape (statements,) in [0, 1]; 0 for all other statements."""
        out = np.zeros(self._count, np.float32)
        for language, (at, similar) in self._similarities.items():
            codes = [Cpv(facet.code) for facet in facets if facet.code and facet.language != language]
            rows = [self._row[found.code] for code in codes if (found := label(code, language))]
            if rows:
                out[at] = np.clip(similar[rows].max(axis=0), 0, 1)
        return out
