"""What a member's statements say as a whole, and letter by letter, against one lot.

Here belong the texts prepared once for all lots: runs of letters, each member's statements read as one text, and the
learned vectors of words and codes together. Which of them count is fit_features.py's, how much fit.py's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.fit_codes import CodeVectors, terms_of
from matching.pool import Likenesses, StatementPool
from matching.ranking_words import Lexicon, Words, learn_spellings, letters, stems, telling_words
from warehouse.codes import Cpv
from warehouse.verdicts import Facet, FacetKind

Floats = NDArray[np.float32]

_WHOLE = 1440.0
"""A sum of BM25 that a title of a dozen rare words and its codes reach when all are met again and again: 1."""


class Texts:
    """The pool's statements, prepared. Rarity counts statements for letters, members for what is read as a whole: a
    term is telling when few members hold it."""

    def __init__(self, pool: StatementPool, codes: CodeVectors) -> None:
        self._codes = codes
        self._spellings = learn_spellings(statement.text.value for statement in pool.statements)
        spoken = [self._words(statement.text.value) for statement in pool.statements]
        terms = [terms_of(s.cpv, stems(words)) for s, words in zip(pool.statements, spoken, strict=True)]
        runs = [letters(words) for words in spoken]
        self._letters = Lexicon(runs).hold_cosine(runs)
        spans = [pool.span(j) for j in range(len(pool.members))]
        wholes = [[term for text in terms[span] for term in text] for span in spans]
        self._profiles = Lexicon(wholes).hold_bm25(wholes, k1=1.5, b=0.6)
        self._trades = codes.stack_terms(terms)
        self._count = len(runs)

    def _words(self, text: str) -> Words:
        return telling_words(text, self._spellings)

    def spelling(self, facets: Sequence[Facet]) -> Floats:
        """Runs of letters shared, float32 of shape (facets, statements) in [0, 1]: near spellings and compounds share
        most of them, in whatever language."""
        return np.clip(self._letters.likeness([letters(self._words(facet.text)) for facet in facets]), 0, 1)

    def profile(self, like: Likenesses) -> Floats:
        """How often each member's statements, read as one text, hold the words of the title and the codes, float32 of
        shape (members,) in [0, 1]."""
        said = self._profiles.likeness([self._asked(like)])[0]
        return np.clip(np.sqrt(said / _WHOLE), 0, 1).astype(np.float32)

    def trade(self, like: Likenesses) -> Floats:
        """Learned likeness of the title and the codes, as one, to each statement, float32 of shape (statements,)."""
        if not self._count:
            return np.zeros(0, np.float32)
        return np.clip(self._trades @ self._codes.stack_terms([self._asked(like)])[0], 0, 1)

    def _asked(self, like: Likenesses) -> list[str]:
        titles = [facet.text for facet in like.facets if facet.kind is FacetKind.TITLE]
        codes = [Cpv(facet.code) for facet in like.facets if facet.code]
        return terms_of(codes, [stem for title in titles for stem in stems(self._words(title))])
