"""How the weights of the fit are learned: which of a lot's firms won decides the weights of the measures relative to
one another, and how often firms of one score won decides the probability of a score.

The examples and the two steps, for the two feature sets of a member (features.py). The model is in model.py, the
examples come from training_set.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.fit.features import AT, NAMES, OWN, STATED_KINDS

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RIDGE = 1e-3
"""Of the squared weights, each at its measure's own scale, against the mean log loss of a lot."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs of a lot and a firm: their measures, float32 of shape (pairs, measures), whether the firm won, bool, the
    weight of each pair in the calibration, float64 (0 for a pair the prefilter refuses), and which pairs were chosen
    among (those of one lot, or the answers of one member) by a number, int64, all of shape (pairs,)."""

    measures: Floats
    won: Bools
    counts: Doubles
    among: Ints

    def of(self, some: Bools) -> Examples:
        """Some of the pairs; `some` is bool of shape (pairs,)."""
        return Examples(self.measures[some], self.won[some], self.counts[some], self.among[some])

    @property
    def teaches(self) -> bool:
        """Whether winners and others are there, of pairs that pass the prefilter."""
        seen = self.won[self.counts > 0]
        return bool(seen.any() and not seen.all())


def join_examples(several: Sequence[Examples]) -> Examples:
    """All pairs of several; groups of choice stay separate."""
    return Examples(
        np.concatenate([examples_part.measures for examples_part in several]),
        np.concatenate([examples_part.won for examples_part in several]),
        np.concatenate([examples_part.counts for examples_part in several]),
        np.unique(
            [(i, n) for i, examples_part in enumerate(several) for n in examples_part.among.tolist()],
            axis=0,
            return_inverse=True,
        )[1],
    )


def learn_fit(examples: Examples, *, ridge: float = RIDGE, allowed: Sequence[str] = NAMES) -> tuple[float, Doubles]:
    """Base and weights of the measures of records; those of members' statements are 0 (relevance/learning.py learns
    them).

    The weights' proportions are those under which the winners were likeliest among the firms of their lot (conditional
    logit, McFadden 1974, who also shows that a draw of the others suffices); their size and the base are those of
    greatest likelihood at even odds, where winners and others count the same in all. Except for measures of a member
    alone no weight is below 0, for a greater similarity is never evidence against a member: a measure that would get
    one is left out, the worst first. Raises ValueError without winners or without others.
    """
    mine = examples.of(examples.measures[:, AT["record"]] > 0)
    if not mine.teaches:
        raise ValueError("examples of one kind only; give purchases whose winners won others too")
    kept = [AT[name] for name in allowed if name not in STATED_KINDS and name != "record"]
    weights = np.zeros(len(NAMES))
    base, weights[kept] = _learn_feature_set(mine, kept, ridge)
    return base, weights


def _learn_feature_set(examples: Examples, names: Sequence[int], ridge: float) -> tuple[float, Doubles]:
    kept = list(names)
    found = np.zeros(len(kept))
    while kept:
        found = _choose(examples, kept, found, ridge)
        worst = int(np.argmin(np.where(OWN[kept], 0, found)))
        if OWN[kept[worst]] or found[worst] >= 0:
            break
        del kept[worst]
        found = np.delete(found, worst)
    weights = np.zeros(len(NAMES))
    weights[kept] = found if kept else 0.0
    seen = examples.of(examples.counts > 0)
    base, size = _calibrate(seen, seen.measures.astype(np.float64) @ weights)
    return base, weights[list(names)] * size


def _choose(examples: Examples, kept: Sequence[int], begin: Doubles, ridge: float) -> Doubles:
    """Weights of the measures `kept`, sought from those of `begin`: convex, by Newton's method, a step halved until it
    gains: from far away a full one overshoots, at times by a factor of a hundred (awards of 2019 without their words).
    Raises ArithmeticError when they do not settle."""
    order = np.argsort(examples.among, kind="stable")
    among, start = np.unique(examples.among[order], return_index=True)
    lot = np.repeat(np.arange(len(among)), np.diff([*start, len(order)]))
    x = examples.measures[order][:, list(kept)].astype(np.float64)
    scale = x.std(axis=0)
    scale = np.where(scale > 1e-9, scale, np.inf)  # what never varies gets no weight
    x = (x - x.mean(axis=0)) / scale
    won = examples.won[order].astype(np.float64)
    share = won / np.maximum(np.add.reduceat(won, start), 1)[lot]
    has_winner = np.minimum(np.add.reduceat(won, start), 1)[lot]  # where nobody won, nothing was chosen
    lots = max(1.0, float(share.sum()))

    def surprise(weights: Doubles) -> tuple[float, Doubles]:
        score = x @ weights
        score -= np.maximum.reduceat(score, start)[lot]
        raised = np.exp(score)
        total = np.add.reduceat(raised, start)[lot]
        loss = -float((share * (score - np.log(total))).sum()) / lots + ridge * float(weights @ weights)
        return loss, has_winner * raised / total

    weights = begin * np.where(np.isfinite(scale), scale, 0)
    loss, expected = surprise(weights)
    for _ in range(100):
        mean = np.add.reduceat(x * expected[:, None], start, axis=0)
        slope = x.T @ (expected - share) / lots + 2 * ridge * weights
        bend = ((x * expected[:, None]).T @ x - mean.T @ mean) / lots + 2 * ridge * np.eye(len(kept))
        step = np.linalg.solve(bend, slope)
        promised = float(slope @ step)
        if promised < 1e-8:
            return np.asarray(weights / scale, np.float64)
        size = 1.0
        while (reached := surprise(weights - size * step))[0] > loss - 0.1 * size * promised and size > 1e-6:
            size /= 2
        weights, (loss, expected) = weights - size * step, reached
    raise ArithmeticError(f"the weights did not settle (loss {loss:.6f}); look for measures that are not finite")


def even_counts(examples: Examples) -> Doubles:
    """The weight of each pair at even odds, where winners count as much as others; all sum to 1."""
    won, counts = examples.won, examples.counts
    return np.where(won, counts / counts[won].sum(), counts / counts[~won].sum()) / 2


def _calibrate(examples: Examples, score: Doubles) -> tuple[float, float]:
    """The base, and the factor of the scores (never below 0) that calibrates the probabilities at even odds. Raises
    ArithmeticError when they do not settle."""
    even = even_counts(examples)
    x = np.stack([np.ones(len(score)), score], axis=1) if np.ptp(score) > 1e-9 else np.ones((len(score), 1))
    found = np.zeros(x.shape[1])
    for _ in range(200):
        expected = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (even * (expected - examples.won)) + 1e-6 * found
        bend = (x * (even * expected * (1 - expected))[:, None]).T @ x + 1e-6 * np.eye(len(found))
        step = np.linalg.solve(bend, slope)
        found = found - step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            return float(found[0]), max(0.0, float(found[1])) if len(found) > 1 else 0.0
    raise ArithmeticError("the calibration did not settle; look for measures that are not finite")
