"""How the weights of the fit are learned from examples: which of a lot's firms won sets what each measure is worth
beside the others, and how often firms of one score won sets what the score means.

Here belong the examples and the two steps. The model is fit.py's, where examples come from fit_training.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.fit_features import AT, NAMES

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

RIDGE = 3e-3
"""Of the squared weights, each at its measure's own scale, against the mean surprise of a lot."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs of a lot and a firm: their measures, float32 of shape (pairs, measures), whether the firm won, bool, what
    each pair counts, float64, and which pairs were chosen among (those of one lot, or the answers of one member) by a
    number, int64, all of shape (pairs,)."""

    measures: Floats
    won: NDArray[np.bool_]
    counts: Doubles
    among: Ints


def learn_fit(examples: Examples, *, ridge: float = RIDGE, allowed: Sequence[str] = NAMES) -> tuple[float, Doubles]:
    """Base and weights. The weights' proportions are those under which the winners were likeliest among the firms of
    their lot (conditional logit, McFadden 1974); their size and the base are those of greatest likelihood at even odds,
    where winners and others count the same in all. No weight is below 0, for being more alike never speaks against a
    member: a measure that would get one is left out, the worst first. Raises ValueError without winners or without
    others."""
    won = examples.won
    if won.all() or not won.any():
        raise ValueError("examples of one kind only; give purchases whose winners won others too")
    kept = [AT[name] for name in allowed]
    found = np.zeros(0)
    while kept:
        found = _choose(examples, kept, ridge)
        worst = int(np.argmin(found))
        if found[worst] >= 0:
            break
        del kept[worst]
    weights = np.zeros(len(NAMES))
    weights[kept] = found if kept else 0.0
    base, size = _calibrate(examples, examples.measures.astype(np.float64) @ weights)
    return base, weights * size


def _choose(examples: Examples, kept: Sequence[int], ridge: float) -> Doubles:
    """Weights of the measures `kept`: convex, by Newton's method, a step halved until it gains. Raises ArithmeticError
    when they do not settle."""
    order = np.argsort(examples.among, kind="stable")
    among, start = np.unique(examples.among[order], return_index=True)
    lot = np.repeat(np.arange(len(among)), np.diff([*start, len(order)]))
    x = examples.measures[order][:, list(kept)].astype(np.float64)
    scale = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(scale > 1e-9, scale, 1.0)
    won = examples.won[order].astype(np.float64)
    share = won / np.maximum(np.add.reduceat(won, start), 1)[lot]
    told = np.minimum(np.add.reduceat(won, start), 1)[lot]  # who answered no and nothing else has not chosen
    lots = max(1.0, float(share.sum()))

    def surprise(weights: Doubles) -> tuple[float, Doubles]:
        score = x @ weights
        score -= np.maximum.reduceat(score, start)[lot]
        raised = np.exp(score)
        total = np.add.reduceat(raised, start)[lot]
        loss = -float((share * (score - np.log(total))).sum()) / lots + ridge * float(weights @ weights)
        return loss, told * raised / total

    weights = np.zeros(len(kept))
    loss, expected = surprise(weights)
    for _ in range(100):
        mean = np.add.reduceat(x * expected[:, None], start, axis=0)
        slope = x.T @ (expected - share) / lots + 2 * ridge * weights
        bend = ((x * expected[:, None]).T @ x - mean.T @ mean) / lots + 2 * ridge * np.eye(len(kept))
        step = np.linalg.solve(bend, slope)
        promised = float(slope @ step)
        if promised < 1e-9:
            return np.where(scale > 1e-9, weights / np.where(scale > 1e-9, scale, 1.0), 0.0)
        size = 1.0
        while (reached := surprise(weights - size * step))[0] > loss - 0.1 * size * promised and size > 1e-6:
            size /= 2
        weights, (loss, expected) = weights - size * step, reached
    raise ArithmeticError(f"the weights did not settle (loss {loss:.6f}); look for measures that are not finite")


def _calibrate(examples: Examples, score: Doubles) -> tuple[float, float]:
    """The base, and what to multiply scores by (never below 0), so that probabilities mean what they say at even odds.
    Raises ArithmeticError when they do not settle."""
    won, counts = examples.won, examples.counts
    even = np.where(won, counts / counts[won].sum(), counts / counts[~won].sum()) / 2
    x = np.stack([np.ones(len(score)), score], axis=1) if np.ptp(score) > 1e-9 else np.ones((len(score), 1))
    found = np.zeros(x.shape[1])
    for _ in range(200):
        expected = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (even * (expected - won)) + 1e-6 * found
        bend = (x * (even * expected * (1 - expected))[:, None]).T @ x + 1e-6 * np.eye(len(found))
        step = np.linalg.solve(bend, slope)
        found = found - step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            return float(found[0]), max(0.0, float(found[1])) if len(found) > 1 else 0.0
    raise ArithmeticError("the calibration did not settle; look for measures that are not finite")
