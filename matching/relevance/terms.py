"""Shared terms: BM25 of a lot as a whole against statements, in the statements' own languages.

Between two languages the labels of CPV codes replace the text: both sides are read with the labels of their codes in
the statement's language. How rare a term is comes from a fixed background of lots, so that a night of other lots gives
the same values. Robertson and Zaragoza 2009 (k1 1.5, b .75).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.text.bm25 import split_compound, stems_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

K1, B = 1.5, 0.75
COMPOUNDING = frozenset({"nl", "de"})


@lru_cache(maxsize=32768)
def label_stems(code: Cpv, language: str) -> tuple[str, ...]:
    """The stems of a code's label in one of the four languages, or of its nearest labelled parent; none where that is a
    whole division: "office and computing machinery" is no name of a fuel card (30163000)."""
    found = label(code, language)
    is_named = found is not None and (found.is_exact or found.code != code.division)
    return stems_of(found.text, language) if found is not None and is_named else ()


def stems_with_labels(text: str, codes: Iterable[Cpv], language: str) -> list[str]:
    """The stems of a text, then those of the labels of these codes."""
    return [*stems_of(text, language), *(stem for code in codes for stem in label_stems(code, language))]


def split_parts(stems: Iterable[str], known: frozenset[str]) -> list[str]:
    """The stems, each followed by the parts of a compound that are known."""
    return [part for stem in stems for part in (stem, *split_compound(stem, known))]


class TermIndex:
    """Statements of one language as term weights. `statements` are stems; of `lots` background lots, `counts` of them
    have each stem."""

    def __init__(
        self, statements: Sequence[Sequence[str]], language: str, lots: int, counts: Mapping[str, int], length: float
    ) -> None:
        self._language = language
        self._known = frozenset(stem for stems in statements for stem in stems)
        bags = [Counter(self.parts(stems)) for stems in statements]
        self._count = len(bags)
        rows: dict[str, list[tuple[int, float]]] = {}
        for i, bag in enumerate(bags):
            norm = K1 * (1 - B + B * sum(bag.values()) / length)
            for stem, often in bag.items():
                seen = counts.get(stem, 0)
                rarity = math.log(1 + (lots - seen + 0.5) / (seen + 0.5))
                rows.setdefault(stem, []).append((i, rarity * often * (K1 + 1) / (often + norm)))
        self._rows: dict[str, tuple[Ints, Floats]] = {
            stem: (np.array([i for i, _ in found], np.int64), np.array([w for _, w in found], np.float32))
            for stem, found in rows.items()
        }

    def parts(self, stems: Iterable[str]) -> list[str]:
        """The stems, and in Dutch and German the known parts of compounds."""
        if self._language not in COMPOUNDING:
            return list(stems)
        return split_parts(stems, self._known)

    def score(self, stems: Iterable[str]) -> Floats:
        """BM25 of a set of stems against every statement, float32 of shape (statements,), at least 0."""
        out = np.zeros(self._count, np.float32)
        for stem in sorted(set(self.parts(stems))):
            if stem in self._rows:
                at, weights = self._rows[stem]
                out[at] += weights
        return out
