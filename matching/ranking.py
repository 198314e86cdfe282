"""The fit of firms for a lot, learned from awards: a weighted sum of measures whose weights a few hundred past choices
set, so that a score is exactly the sum of its reasons and a probability means what it says.

Here belong the fusion and its learning, for any measures. Which measures belongs to ranking_features.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Choices:
    """Lots of which the winner is known: `measures` float32 of shape (lots, firms, measures), `won` of shape (lots,
    firms). Every lot has a winner among the firms."""

    measures: Floats
    won: Bools


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a score: what speaks, and how much it adds (below zero: it takes away)."""

    name: str
    adds: float


@dataclass(frozen=True, slots=True)
class Fusion:
    """Measures by name with the centre and scale they are read in, and their weights, float64 of shape (measures,)."""

    names: tuple[str, ...]
    centre: Doubles
    scale: Doubles
    weights: Doubles

    def parts(self, measures: Floats) -> Doubles:
        """What each measure adds to the score, of the shape of `measures` (..., measures)."""
        return (measures - self.centre) / self.scale * self.weights

    def score(self, measures: Floats) -> Doubles:
        """The sum of the parts, of shape (...). The average firm for the average lot scores 0."""
        return self.parts(measures).sum(-1)

    def probability(self, measures: Floats) -> Doubles:
        """For each lot the share of the award each firm may expect, of shape (lots, firms), each row summing to 1:
        given that one of these firms wins. Multiply by the share of lots for which that holds."""
        return _softmax(self.score(measures))

    def reasons(self, measures: Floats) -> tuple[Reason, ...]:
        """The parts of one firm's score for one lot (`measures` of shape (measures,)), the strongest first; their sum
        is the score."""
        parts = self.parts(measures)
        order = np.argsort(-np.abs(parts), kind="stable").tolist()
        return tuple(Reason(self.names[i], float(parts[i])) for i in order)


def learn_fusion(choices: Iterable[Choices], names: Sequence[str], *, ridge: float = 3e-3) -> Fusion:
    """The weights under which the winners were likeliest among the firms of their lot (conditional logit, McFadden
    1974) less `ridge` times their squared length; convex, by Newton's method. A lot won by several shares itself
    among them. Measures that never vary get no weight. Raises ValueError when no lot is given, and
    ArithmeticError when the weights do not settle."""
    given = [(c.measures, c.won / c.won.sum(1, keepdims=True)) for c in choices if len(c.won)]
    if not given:
        raise ValueError("no lot with a known winner to learn from; give awards of firms that have others too")
    centre, scale = _spread(given)
    read = [(((x - centre) / scale).astype(np.float32), share) for x, share in given]
    return Fusion(tuple(names), centre, scale, _newton(read, ridge))


def _spread(given: Sequence[tuple[Floats, Doubles]]) -> tuple[Doubles, Doubles]:
    width = given[0][0].shape[-1]
    count = sum(x.shape[0] * x.shape[1] for x, _ in given)
    centre = sum((x.reshape(-1, width).sum(0, dtype=np.float64) for x, _ in given), np.zeros(width)) / count
    squares = (np.square(x.reshape(-1, width) - centre).sum(0, dtype=np.float64) for x, _ in given)
    scale = np.sqrt(sum(squares, np.zeros(width)) / count)
    return centre, np.where(scale > 1e-9, scale, 1.0)


def _softmax(score: Doubles) -> Doubles:
    raised = np.exp(score - score.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True), np.float64)


def _newton(read: Sequence[tuple[Floats, Doubles]], ridge: float) -> Doubles:
    """The weights of least loss. From far away a full step overshoots, at times by a factor of a hundred (seen on the
    awards of 2019 without their words), so it is halved until it gains at least a tenth of what its slope promises."""
    weights = np.zeros(read[0][0].shape[-1])
    loss = _loss(read, weights, ridge)
    for _ in range(100):
        slope, bend = _slope_and_bend(read, weights, ridge)
        step = np.linalg.solve(bend, slope)
        promised = float(slope @ step)
        if promised < 2e-6:
            return weights
        size = 1.0
        while (reached := _loss(read, weights - size * step, ridge)) > loss - 0.1 * size * promised and size > 1e-6:
            size /= 2
        if reached >= loss:
            break
        weights, loss = weights - size * step, reached
    raise ArithmeticError(f"the weights did not settle (loss {loss:.6f}); look for measures that are not finite")


def _loss(read: Sequence[tuple[Floats, Doubles]], weights: Doubles, ridge: float) -> float:
    """Mean surprise per lot at its winner, and the price of the weights."""
    surprise = 0.0
    for x, share in read:
        score = (x @ weights.astype(np.float32)).astype(np.float64)
        score -= score.max(1, keepdims=True)
        surprise += float((np.log(np.exp(score).sum(1)) - (score * share).sum(1)).sum())
    return surprise / sum(len(share) for _, share in read) + ridge * float(weights @ weights)


def _slope_and_bend(read: Sequence[tuple[Floats, Doubles]], weights: Doubles, ridge: float) -> tuple[Doubles, Doubles]:
    """Gradient and curvature of the loss."""
    width, lots = len(weights), sum(len(share) for _, share in read)
    slope, bend = 2 * ridge * weights, 2 * ridge * np.eye(width)
    for x, share in read:
        expected = _softmax((x @ weights.astype(np.float32)).astype(np.float64)).astype(np.float32)
        flat = x.reshape(-1, width)
        slope = slope + flat.T @ (expected - share.astype(np.float32)).ravel() / lots
        mean = np.matmul(expected[:, None, :], x)[:, 0]
        bend = bend + ((flat * expected.reshape(-1, 1)).T @ flat - mean.T @ mean) / lots
    return np.asarray(slope, np.float64), np.asarray(bend, np.float64)
