"""Quality of a ranking or a probability, against known winners or a reader's judgements.

The figures and their errors. What is ranked, and how it is printed, is their callers'.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

DRAWS = 2000
EDGES = tuple(n / 10 for n in range(11))


@dataclass(frozen=True, slots=True)
class Measured:
    """One ranking of each lot, float64 of shape (lots,): nDCG and recall of the first ten, and the reciprocal rank of
    the first winner."""

    ndcg: Doubles
    recall: Doubles
    rank: Doubles


def measure_ranking(score: Doubles | Floats, won: Bools, first: int = 10) -> Measured:
    """Quality of each row's ranking, both of shape (lots, firms) with a winner in every row; equals are put in a drawn
    order, the same for every method."""
    drawn = np.random.default_rng(0).random(score.shape)
    order = np.lexsort((drawn, -score), axis=1)
    found = np.take_along_axis(won, order, 1)
    gain = 1 / np.log2(np.arange(2, first + 2))[: found.shape[1]]
    winners = won.sum(1)
    best = np.cumsum(gain)[np.minimum(winners, len(gain)) - 1]
    ndcg = (found[:, :first] * gain).sum(1) / best
    return Measured(ndcg, found[:, :first].sum(1) / winners, 1 / (found.argmax(1) + 1.0))


def join_measured(several: Sequence[Mapping[str, Measured]]) -> dict[str, Measured]:
    """The same methods on one part after the other."""
    return {
        name: Measured(*(np.concatenate([getattr(m[name], f) for m in several]) for f in ("ndcg", "recall", "rank")))
        for name in several[0]
    }


class Draws:
    """Groups, such as consultations, drawn anew with replacement, the same draws for every figure, so that differences
    are paired."""

    def __init__(self, groups: Sequence[object] | NDArray[np.int64]) -> None:
        _, self._row = np.unique([str(group) for group in groups], return_inverse=True)
        count = int(self._row.max()) + 1
        self._times = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), DRAWS)

    def lots(self) -> Doubles:
        """How often each lot is drawn, float64 of shape (draws, lots)."""
        return self._times[:, self._row].astype(np.float64)

    def means(self, values: Doubles, among: NDArray[np.bool_] | None = None) -> Doubles:
        """The mean of `values` in each draw, over the lots `among` (all by default), both of shape (lots,); float64 of
        shape (draws,)."""
        among = np.ones(len(values), bool) if among is None else among
        width = self._times.shape[1]
        total = np.bincount(self._row, values * among, width)
        return (self._times @ total) / np.maximum(self._times @ np.bincount(self._row, among, width), 1e-9)


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs with a stated probability between `low` and `high`: their total weight, the mean stated, the share that was
    true, and the standard error of that share."""

    low: float
    high: float
    pairs: int
    expected: float
    found: float
    error: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration of probabilities: the expected calibration error (mean distance of found from expected over the bins,
    by their weights), the Brier score, the mean log loss in nats, and the standard error of each."""

    ece: float
    ece_error: float
    brier: float
    brier_error: float
    surprise: float
    surprise_error: float
    bins: tuple[Bin, ...]


def measure_calibration(
    expected: Doubles, found: Bools, counts: Doubles, groups: Sequence[Hashable], edges: Sequence[float] = EDGES
) -> Calibration:
    """Calibration of pairs: `expected` probabilities, what was `found` (bool), the weights `counts` and the `groups`,
    all of shape (pairs,).

    `edges` are those of the bins, in [0, 1]. Errors come from drawing whole groups (purchases) anew with replacement.
    Raises ValueError when there is no pair.
    """
    if not len(expected):
        raise ValueError("no pair to measure; nothing was queried")
    row = np.unique([str(group) for group in groups], return_inverse=True)[1]
    groups_seen = int(row.max()) + 1
    even = np.full(groups_seen, 1 / groups_seen)
    drawn = np.random.default_rng(0).multinomial(groups_seen, even, DRAWS).astype(np.float64)
    bins = _bins(expected, found, counts, row, edges)
    place = np.clip(np.searchsorted(edges, expected, "right") - 1, 0, len(edges) - 2)
    each = (expected - found) ** 2
    surprise = -np.log(np.clip(np.where(found, expected, 1 - expected), 1e-12, 1))
    whole = np.ones((1, groups_seen))
    ece = [_ece(expected, found, counts, row, place, times, len(edges) - 1) for times in (whole, drawn)]
    brier, surprised = ([_mean(values, counts, row, times) for times in (whole, drawn)] for values in (each, surprise))
    return Calibration(
        float(ece[0][0]), float(ece[1].std()), float(brier[0][0]), float(brier[1].std()),
        float(surprised[0][0]), float(surprised[1].std()), bins,
    )  # fmt: skip


def _mean(values: Doubles, counts: Doubles, row: NDArray[np.int64], times: Doubles) -> Doubles:
    width = times.shape[1]
    total = times @ np.bincount(row, values * counts, width)
    return np.asarray(total / np.maximum(times @ np.bincount(row, counts, width), 1e-12))


def _ece(
    expected: Doubles,
    found: Bools,
    counts: Doubles,
    row: NDArray[np.int64],
    place: NDArray[np.int64],
    times: Doubles,
    width: int,
) -> Doubles:
    apart = np.zeros(len(times))
    for at in range(width):
        inside = place == at
        lots = times.shape[1]
        apart += np.abs(times @ np.bincount(row[inside], (counts * (expected - found))[inside], lots))
    return np.asarray(apart / np.maximum(times @ np.bincount(row, counts, times.shape[1]), 1e-12))


def _bins(
    expected: Doubles, found: Bools, counts: Doubles, row: NDArray[np.int64], edges: Sequence[float]
) -> tuple[Bin, ...]:
    rows: list[Bin] = []
    for at, (low, high) in enumerate(pairwise(edges)):
        inside = (expected >= low) & ((expected < high) | (at == len(edges) - 2))
        whole = float(counts[inside].sum())
        if whole > 0:
            share = float((counts * found)[inside].sum()) / whole
            off = np.bincount(row[inside], (counts * (found - share))[inside])
            mean = float((counts * expected)[inside].sum()) / whole
            rows.append(Bin(low, high, int(inside.sum()), mean, share, float(np.sqrt((off**2).sum())) / whole))
    return tuple(rows)
