"""Learned similarity of CPV codes and of titles' words: two are near when the same firms win both, whatever their text.

The small table that ships with the weights, and how it is learned. Its weight in the fit is in model.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.award_sums import Awards
from matching.fit.awards.cooccurrence import LearnedTerms, cpv_terms, learn_terms
from warehouse.codes.classifications import Cpv

Floats = NDArray[np.float32]

DIMENSIONS = 24
LEAST_SEEN = 4
"""Purchases that must have a term before anything is learned of it; rarer codes use their broader ones."""
_STEP = 10
"""Numbers are kept as tenths."""


@dataclass(frozen=True)
class CodeVectors:
    """Numbers by term (a stem, or "#4526", a code's first digits): tenths, all rows of one length."""

    rows: Mapping[str, tuple[int, ...]]

    def stack(self, codes: Sequence[Iterable[Cpv]]) -> Floats:
        """A vector of length 1 for each set of codes, float32 of shape (sets, dimensions); 0 where nothing was
        learned of any, as for a code that does not exist."""
        return self.stack_terms([[term for code in some for term in cpv_terms(code.stem)] for some in codes])

    def stack_terms(self, texts: Sequence[Iterable[str]]) -> Floats:
        """A vector of length 1 for each text of terms, float32 of shape (texts, dimensions)."""
        return self._terms.stack(texts)

    @cached_property
    def _terms(self) -> LearnedTerms:
        width = len(next(iter(self.rows.values()), ())) or DIMENSIONS
        heavy = np.array(list(self.rows.values()), np.float32).reshape(-1, width) / _STEP
        return LearnedTerms({term: i for i, term in enumerate(self.rows)}, heavy.astype(np.float32))


def learn_codes(purchases: Sequence[tuple[Sequence[str], Sequence[str]]]) -> CodeVectors:
    """From purchases, each its terms and its winners. Firms that won once are not used."""
    texts = [terms for terms, _ in purchases]
    pairs = [(i, firm) for i, (_, firms) in enumerate(purchases) for firm in firms]
    firms = {firm: j for j, firm in enumerate(dict.fromkeys(firm for _, firm in pairs))}
    if not pairs:
        return CodeVectors({})
    lot, firm = np.array([(i, firms[name]) for i, name in pairs], np.int64).T
    awards = Awards.of(lot, firm)
    known = np.arange(len(texts), dtype=np.int64)
    learned = learn_terms(texts, known, awards, dimensions=DIMENSIONS, seen=LEAST_SEEN)
    rounded = np.rint(learned.heavy * _STEP).astype(int)
    rows = {term: tuple(rounded[at].tolist()) for term, at in learned.rows.items()}
    return CodeVectors({term: row for term, row in sorted(rows.items()) if any(row)})
