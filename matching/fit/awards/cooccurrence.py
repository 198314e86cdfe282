"""Learned similarity: two words, or two CPV codes, are near when the same firms win both, in different awards.

The vectors learned from portfolios of awards. They are used in award_history.py. The digits of the CPV separate what
trade puts together (45261 roofing and 44112 roof materials, 31 and 45310); portfolios join them again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matching.fit.awards.award_sums import Awards

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def cpv_terms(stem: str) -> list[str]:
    """A CPV stem as terms, broadest first: "4526" gives "#45", "#452", "#4526"."""
    return [f"#{stem[:n]}" for n in range(2, len(stem) + 1)]


@dataclass(frozen=True, slots=True)
class LearnedTerms:
    """Learned terms: each one's row in `heavy`, its vector times its rarity, float32 of shape (terms, dimensions)."""

    rows: Mapping[str, int]
    heavy: Floats

    def stack(self, texts: Sequence[Iterable[str]]) -> Floats:
        """A vector of length 1 for each text, the sum of its terms; 0 where none is known."""
        out = np.zeros((len(texts), self.heavy.shape[1]), np.float32)
        for i, text in enumerate(texts):
            bag = sorted({self.rows[term] for term in text if term in self.rows})
            if bag:
                out[i] = self.heavy[bag].sum(0)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def learn_terms(
    texts: Sequence[Sequence[str]], known: Ints, awards: Awards, *, dimensions: int, seen: int
) -> LearnedTerms:
    """The terms of the texts of `known` that occur in at least `seen` of them, near when firms have both.

    `texts` are terms of each purchase; `known` are their positions to learn from, int64 of shape (known,); `awards` are
    the winners of the purchases; `dimensions` is the length of a vector. Two terms count together when a firm has them
    in two different awards. The counts become positive pointwise mutual information with a smoothed context (Levy,
    Goldberg, Dagan 2015, power .75), of which the leading eigenvectors are kept.
    """
    counts = Counter(term for i in known.tolist() for term in dict.fromkeys(texts[int(i)]))
    kept = (term for term, n in counts.items() if n >= seen)
    terms: dict[str, int] = {term: at for at, term in enumerate(kept)}
    bags = [np.array(sorted(terms[t] for t in set(text) if t in terms), np.int64) for text in texts]
    if not terms:
        return LearnedTerms({}, np.zeros((0, dimensions), np.float32))
    vectors = _leading(_information(_together(bags, awards, len(terms))), dimensions)
    rarity = np.log((len(known) + 1) / np.array([counts[term] for term in terms]))
    return LearnedTerms(terms, (vectors * rarity[:, None].astype(np.float32)).astype(np.float32))


def _together(bags: Sequence[Ints], awards: Awards, terms: int) -> Floats:
    """How often firms have two terms in two different awards: each firm counts by its number of awards, each award's
    terms share its weight."""
    counts = np.zeros((terms, terms), np.float32)
    for firm in range(awards.firms):
        mine = [bags[lot] for lot in awards.lots_of(firm).tolist()]
        weight = np.array([1 / math.sqrt(max(1, len(bag))) for bag in mine for _ in bag], np.float32)
        owner = np.array([n for n, bag in enumerate(mine) for _ in bag], np.int64)
        if len(weight):
            _count_pairs(np.concatenate(mine), weight, owner, 1 / len(mine), counts)
    return counts


@njit(cache=True)
def _count_pairs(
    terms: Ints, weight: Floats, owner: Ints, share: float, counts: Floats
) -> None:  # pragma: no cover (compiled)
    for i in range(len(terms)):
        for j in range(len(terms)):
            if owner[i] != owner[j]:
                counts[terms[i], terms[j]] += share * weight[i] * weight[j]


def _information(counts: Floats) -> Floats:
    """Positive pointwise mutual information of symmetric pair counts; the smoothed context is taken on either side in
    turn and the two are averaged."""
    each = counts.sum(1)
    context = each**0.75 / max(float((each**0.75).sum()), 1e-9)
    own = np.log(np.maximum(each / max(float(each.sum()), 1e-9), 1e-12) * np.maximum(context, 1e-12)) / 2
    known = np.zeros_like(counts)
    one, other = np.nonzero(counts)
    share = np.log(counts[one, other] / each.sum())
    known[one, other] = np.maximum(share - own[one] - own[other], 0)
    return known


def _leading(matrix: Floats, dimensions: int) -> Floats:
    """The leading eigenvectors times the root of their eigenvalues (negative ones become 0), by block iteration with a
    fixed start, so that the same awards give the same vectors."""
    width = min(len(matrix), dimensions + 20)
    block = np.random.default_rng(0).standard_normal((len(matrix), width)).astype(np.float32)
    for _ in range(20):
        block = np.linalg.qr(matrix @ block)[0]
    values, turn = np.linalg.eigh(block.T @ matrix @ block)
    best = np.argsort(-np.abs(values))[:dimensions]
    vectors = (block @ turn)[:, best] * np.sqrt(np.maximum(values[best], 0))
    return np.pad(vectors, ((0, 0), (0, dimensions - vectors.shape[1]))).astype(np.float32)
