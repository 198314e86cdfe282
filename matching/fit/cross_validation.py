"""The result of training: the fit learned from all examples, and its quality on purchases that it was not learned from.

The folds, the calibration and the ablation. How examples are collected is in training_set.py, the page in report.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.errors import TooFewAwards
from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.estimator import Examples, even_counts, join_examples, learn_fit
from matching.fit.features import NAMES
from matching.fit.metrics import Calibration, Draws, measure_calibration, measure_ranking
from matching.fit.model import Fit, join_fit
from matching.fit.training_set import MeasuredLot, draw_examples
from matching.relevance.background import shipped_background

Doubles = NDArray[np.float64]

PARTS: Mapping[str, tuple[str, ...]] = {
    "words": ("spelling", "profile"),
    "meaning": ("meaning-won",),
    "learned trades": ("trade-code", "trade-share"),
    "place": ("near", "nearest-works", "farther", "narrow"),
    "awards": ("awards",),
    "buyer": ("bought", "buyers"),
    "size": ("usual", "such"),
}
"""Measures that are removed, or kept alone, together."""
LEAST_WINNERS = 50
"""Below, weights would follow chance; the shipped ones are better."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over purchases and its standard error."""

    mean: float
    error: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the fit: nDCG@10 of it alone, what the whole loses without it, and by how much the log loss rises
    (nats a pair) without it."""

    alone: Figure
    lost: Figure
    surprise: Figure


@dataclass(frozen=True, slots=True)
class Study:
    """Learned weights, and on folds not trained on: nDCG@10, recall@10 and the mean reciprocal rank, calibration, and
    parts by name. `purchases` were queried, `pairs` were examples, `passed` is the share of winners that pass the
    prefilter."""

    base: float
    weights: Doubles
    purchases: int
    pairs: int
    winners: int
    passed: float
    ndcg: Figure
    recall: Figure
    rank: Figure
    calibration: Calibration
    parts: Mapping[str, Part]

    def fit(self, codes: CodeVectors, trained: str) -> Fit:
        """The learned weights as a fit, not named yet."""
        return replace(join_fit(self.base, self.weights, codes, shipped_background()), trained=trained)


@dataclass(frozen=True, slots=True)
class _Tested:
    """One choice of measures on all folds, each learned on the others."""

    ndcg: Doubles
    recall: Doubles
    rank: Doubles
    expected: Doubles
    surprise: Doubles
    even: Doubles


def study_fit(
    folds: Mapping[str, Sequence[MeasuredLot]],
    answered: Examples | None = None,
    *,
    taught: Mapping[str, Sequence[MeasuredLot]] | None = None,
) -> Study:
    """Learns from all folds, and from members' feedback; measures each fold with weights learned on the others, or on
    what is `taught` for it where that is given. Raises TooFewAwards."""
    drawn = {name: draw_examples(queried) for name, queried in folds.items()}
    seen = [queried for mine in folds.values() for queried in mine]
    winners = {
        (queried.bought.lot.uid, firm) for queried in seen for firm in np.flatnonzero(queried.similar & queried.won)
    }
    used = [name for name, examples in drawn.items() if examples.teaches]
    if len(winners) < LEAST_WINNERS or len(used) + bool(taught) < 2:
        raise TooFewAwards(
            f"{len(winners)} awards of firms that have others, {LEAST_WINNERS} are needed; give more with --awards, or "
            "backfill a source: until then the shipped weights are used"
        )
    lessons = {
        name: draw_examples(taught[name]) if taught else join_examples([drawn[o] for o in used if o != name])
        for name in used
    }
    whole = join_examples([*drawn.values(), *([answered] if answered else [])])
    base, weights = learn_fit(whole)
    tested = _test(folds, drawn, lessons, NAMES)
    queried = [lot_task for name in used for lot_task in folds[name]]
    tests = join_examples([drawn[name] for name in used])
    lots, pairs = (
        Draws([lot_task.bought.group for lot_task in queried]),
        [queried[n].bought.group for n in tests.among[_seen(tests)]],
    )
    return Study(
        base,
        weights,
        len({lot_task.bought.lot.uid for lot_task in seen}),
        int(_seen(whole).sum()),
        len(winners),
        float(np.mean([(a.similar & a.won).sum() / a.won.sum() for a in seen])),
        _figure(tested.ndcg, lots),
        _figure(tested.recall, lots),
        _figure(tested.rank, lots),
        measure_calibration(tested.expected, tests.won[_seen(tests)], tested.even, pairs),
        {
            part: _part(tested, [_test(folds, drawn, lessons, names) for names in _with_and_without(part)], lots, pairs)
            for part in PARTS
        },
    )


def _seen(examples: Examples) -> NDArray[np.bool_]:
    """The pairs that pass the prefilter."""
    return examples.counts > 0


def _with_and_without(part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return PARTS[part], tuple(name for name in NAMES if name not in PARTS[part])


def _part(whole: _Tested, found: Sequence[_Tested], lots: Draws, pairs: Sequence[str]) -> Part:
    alone, without = found
    return Part(
        _figure(alone.ndcg, lots),
        _figure(whole.ndcg - without.ndcg, lots),
        _figure(without.surprise - whole.surprise, Draws(pairs)),
    )


def _figure(values: Doubles, draws: Draws) -> Figure:
    return Figure(float(values.mean()), float(draws.means(values).std()))


def _test(
    folds: Mapping[str, Sequence[MeasuredLot]],
    drawn: Mapping[str, Examples],
    lessons: Mapping[str, Examples],
    names: tuple[str, ...],
) -> _Tested:
    found: list[tuple[Doubles, ...]] = []
    for name, lesson in lessons.items():
        base, weights = learn_fit(lesson, allowed=names)
        # A firm that does not pass the prefilter is not notified of the lot, and ranks behind all others.
        score = np.stack([a.measures @ weights - 1e6 * ~a.similar for a in folds[name]])
        ranked = measure_ranking(score, np.stack([a.won for a in folds[name]]))
        tests = drawn[name].of(_seen(drawn[name]))
        even = even_counts(tests)
        expected = 1 / (1 + np.exp(-(base + tests.measures.astype(np.float64) @ weights)))
        surprise = -np.log(np.clip(np.where(tests.won, expected, 1 - expected), 1e-12, 1)) * even / even.mean()
        found.append((ranked.ndcg, ranked.recall, ranked.rank, expected, surprise, even))
    return _Tested(*(np.concatenate(column) for column in zip(*found, strict=True)))
