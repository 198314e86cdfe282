"""Letters across languages: a text by what it shares with labels that mean one thing in several languages.

Two texts that share letters with the labels of the same codes ("Wartung von Aufzügen" with "Aufzüge", "entretien
d'ascenseurs" with "ascenseurs") are about the same thing, although they share no word. Pieces of words, not words:
compounds, inflections and cognates need no list. This is explicit semantic analysis across languages (Potthast et al.,
ECIR 2008) with the labels' own similarity removed by a ridge. Vectors of a model are not used here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

Floats = NDArray[np.float32]

LENGTHS = (3, 4, 5)
"""Letters of a piece."""
RIDGE = 1.0
"""Chosen on labels set aside from those it was measured on: bench.crosslingual."""

_WORD = re.compile(r"\w+")


def pieces_of(text: str) -> Iterator[str]:
    """Pieces of each word, its ends marked by blanks; without accents and in lower case."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    for word in _WORD.findall(bare):
        marked = f" {word} "
        for length in LENGTHS:
            yield from (marked[at : at + length] for at in range(max(1, len(marked) - length + 1)))


class _Tongue:
    """The labels of one language: their pieces, how rare each is, and the labels' own similarity, factored."""

    def __init__(self, labels: Sequence[str], ridge: float) -> None:
        counts = [Counter(pieces_of(label)) for label in labels]
        self._place = {piece: i for i, piece in enumerate(dict.fromkeys(p for c in counts for p in c))}
        found = np.bincount([self._place[p] for c in counts for p in c], minlength=len(self._place))
        self._rarity = np.log((len(labels) + 1) / (found + 0.5))
        self._labels = self._weigh(counts)
        own = (self._labels @ self._labels.T).toarray().astype(np.float32)
        own[np.diag_indices(len(labels))] += ridge
        self._factor = cho_factor(own, lower=True, overwrite_a=True, check_finite=False)

    def _weigh(self, counts: Sequence[Counter[str]]) -> sparse.csr_matrix:
        rows = [i for i, c in enumerate(counts) for p in c if p in self._place]
        columns = [self._place[p] for c in counts for p in c if p in self._place]
        often = np.array([n for c in counts for p, n in c.items() if p in self._place], dtype=np.float64)
        values = (1 + np.log(np.maximum(often, 1))) * self._rarity[columns] if columns else often
        weighed = sparse.csr_matrix((values, (rows, columns)), shape=(len(counts), len(self._place)))
        lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        return sparse.csr_matrix(sparse.diags(1 / np.maximum(lengths, 1e-9)) @ weighed)

    def profiles(self, texts: Iterable[str]) -> Floats:
        shared = (self._weigh([Counter(pieces_of(text)) for text in texts]) @ self._labels.T).toarray()
        return cho_solve(self._factor, shared.T.astype(np.float32), check_finite=False).T


class Concepts:
    """Labels that mean one thing in several languages. `labels` holds as many in each language, in one order."""

    def __init__(self, labels: Mapping[str, Sequence[str]], ridge: float = RIDGE) -> None:
        if len({len(texts) for texts in labels.values()}) != 1:
            raise ValueError("as many labels in each language, in one order")
        self._count = len(next(iter(labels.values())))
        self._tongues = {language: _Tongue(texts, ridge) for language, texts in labels.items()}

    def profiles(self, texts: Sequence[str], language: str) -> Floats:
        """What each text shares with each label, as rows of length 1, float32 of shape (texts, labels); a text that
        shares nothing, or in a language without labels, is a row of zeros."""
        if language not in self._tongues or not texts:
            return np.zeros((len(texts), self._count), dtype=np.float32)
        found = self._tongues[language].profiles(texts)
        return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)).astype(np.float32)
