"""The figures of a matrix of scores beside judged grades, with errors by drawing notices anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.fit.metrics import Draws

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

FIRST = 10
DRAWS = 300
EDGES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class GradedPairs:
    """`grades` int64 of shape (lots, members); which lots are of no ICT, bool of shape (lots,); the notice of each."""

    grades: Ints
    not_ict: Bools
    notices: Sequence[str]


def measure_ndcg(scores: Doubles, grades: Ints) -> Doubles:
    """nDCG of the first ten of each lot (gain 2^grade - 1, equals in the order of their ids), float64 of shape (lots,);
    nan where no member is relevant."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :FIRST]
    gains = 2.0**grades - 1
    discount = 1 / np.log2(np.arange(2, order.shape[1] + 2))
    found = (np.take_along_axis(gains, order, 1) * discount).sum(axis=1)
    best = (-np.sort(-gains, axis=1)[:, :FIRST] * discount).sum(axis=1)
    return np.where(best > 0, found / np.maximum(best, 1e-9), np.nan)


def measure_ap(scores: Doubles, relevant: Bools, counts: Doubles | None = None) -> float:
    """Average precision over all pairs of all lots; `counts` is how often each lot counts, float64 of shape (lots,)."""
    weights = np.ones(len(scores)) if counts is None else counts
    order = np.argsort(-scores, axis=None, kind="stable")
    each = np.repeat(weights, scores.shape[1])[order]
    yes = relevant.ravel()[order] * each
    hits = np.cumsum(yes)
    return float((hits / np.maximum(np.cumsum(each), 1e-9) * yes).sum() / max(float(yes.sum()), 1e-9))


def measure_all(scores: Doubles, notified: Bools, graded: GradedPairs) -> dict[str, object]:
    """Every figure that needs scores only; `notified` are the notified pairs, bool of the shape of `scores`."""
    relevant, core = graded.grades > 0, graded.grades > 1
    ndcg = measure_ndcg(scores, graded.grades)
    draws = _draw_notices(graded.notices)
    seen = np.where(np.isnan(ndcg), 0.0, ndcg)
    has = (~np.isnan(ndcg)).astype(np.float64)
    drawn_ndcg = (draws @ seen) / np.maximum(draws @ has, 1e-9)
    right = (notified & relevant).sum(axis=1).astype(np.float64)
    notified_count = notified.sum(axis=1).astype(np.float64)
    wrong = ((notified & ~relevant).sum(axis=1) * graded.not_ict).astype(np.float64)
    counts = {
        "precision": (right, notified_count),
        "recall": (right, relevant.sum(axis=1).astype(np.float64)),
        "recall2": ((notified & core).sum(axis=1).astype(np.float64), core.sum(axis=1).astype(np.float64)),
        "false_per_100_not_ict": (100 * wrong, graded.not_ict.astype(np.float64)),
    }
    found: dict[str, object] = {
        "n_lots": len(scores),
        "ndcg10": float(np.nanmean(ndcg)) if has.any() else None,
        "ndcg10_se": float(drawn_ndcg.std()),
        "ap": measure_ap(scores, relevant),
        "ap_se": float(np.std([measure_ap(scores, relevant, row) for row in draws[:DRAWS]])),
        "told": int(notified_count.sum()),
    }
    for name, (top, under) in counts.items():
        found[name] = float(top.sum() / under.sum()) if under.sum() else None
        found[f"{name}_se"] = float(((draws @ top) / np.maximum(draws @ under, 1e-9)).std())
    return found


def _draw_notices(notices: Sequence[str]) -> Doubles:
    """How often each lot counts in each draw of whole notices, float64 of shape (draws, lots)."""
    return Draws(notices).lots()


def measure_bins(probability: Doubles, graded: GradedPairs) -> list[dict[str, float]]:
    """The reliability diagram: of the pairs that were given a probability between two edges, how many were wanted.

    `probability` is float64 of shape (lots, members), in the order of `graded`.
    """
    rows: list[dict[str, float]] = []
    for low, high in pairwise(EDGES):
        inside = (probability >= low) & ((probability < high) | (high == 1.0))
        if inside.any():
            share = float((graded.grades[inside] > 0).mean())
            rows.append({
                "low": low,
                "high": high,
                "pairs": int(inside.sum()),
                "expected": float(probability[inside].mean()),
                "found": share,
                "found_se": float(np.sqrt(share * (1 - share) / inside.sum())),
            })  # fmt: skip
    return rows


def measure_gain(ours: Doubles, rival: Doubles, graded: GradedPairs) -> dict[str, float]:
    """By how much nDCG@10 and AP exceed the baseline's, each with its standard error over the same draws.

    `ours` and `rival` are float64 of shape (lots, members), in the order of `graded`.
    """
    draws = Draws(graded.notices).lots()
    own, other = measure_ndcg(ours, graded.grades), measure_ndcg(rival, graded.grades)
    has = (~np.isnan(own)).astype(np.float64)
    gain = np.nan_to_num(own - other)
    relevant = graded.grades > 0
    precision = [measure_ap(ours, relevant, row) - measure_ap(rival, relevant, row) for row in draws[:DRAWS]]
    return {
        "ndcg10": float(gain.sum() / max(1.0, has.sum())),
        "ndcg10_se": float(((draws @ gain) / np.maximum(draws @ has, 1e-9)).std()),
        "ap": measure_ap(ours, relevant) - measure_ap(rival, relevant),
        "ap_se": float(np.std(precision)),
    }


def choose_threshold(scores: Doubles, graded: GradedPairs, target: float) -> float:
    """The lowest hundredth from which the precision of `scores`, float64 of shape (lots, members), is `target`; 1 where
    none is."""
    relevant = graded.grades > 0
    for hundredths in range(5, 100):
        notified = scores >= hundredths / 100
        if notified.any() and relevant[notified].mean() >= target:
            return hundredths / 100
    return 1.0
