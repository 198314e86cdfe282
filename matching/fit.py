"""How well a member fits a lot: a logistic model of a handful of measures, whose sum is told reason by reason.

Here belong the model, how its log-odds become a match with reasons, and how weights are learned from examples. Which
measures belongs to fit_features.py, where examples come from to fit_training.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.fit_codes import CodeVectors
from matching.fit_features import AT, KINDS, NAMES, Measures
from matching.pool import Likenesses
from warehouse.facts import OpenLot
from warehouse.verdicts import Match, Reason, ReasonKind

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

GRAIN = 2**20
"""Points are whole numbers of 1/GRAIN, which floats add without error: a score IS the sum of its reasons."""

_NAMES_OF: Mapping[ReasonKind, tuple[str, ...]] = {
    kind: tuple(name for name in NAMES if KINDS[name] is kind) for kind in dict.fromkeys(KINDS.values())
}
_KIND_STARTS = np.array([AT[names[0]] for names in _NAMES_OF.values()])
"""Where the measures of each kind begin: those of one kind stand together."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`base` is the log-odds of a member of which nothing speaks for a lot, `weights` what each measure adds to them
    at its full value, float64 of the length of NAMES; `codes` are the learned likenesses. `id` names the weights,
    `trained` says on what and when."""

    base: float
    weights: Doubles
    codes: CodeVectors = field(repr=False)
    id: str = "untrained"
    trained: str = ""

    def log_odds(self, measures: Floats) -> Doubles:
        """The log-odds of each row of measures, shape (..., measures) to (...)."""
        return self.base + measures.astype(np.float64) @ self.weights


@dataclass(frozen=True, slots=True)
class Personal:
    """What a member's own answers change: it is added to the base, and to the weights; see fit_offsets.py. A measure
    is read from `origin` (1 for nearness: what is far is what counts)."""

    base: float
    weights: Doubles
    origin: Doubles


def parts_of(fit: Fit, measures: Floats, personal: Personal | None = None) -> tuple[float, Doubles]:
    """The base and what each measure adds, float64 of shape (measures,): together exactly the log-odds."""
    parts = measures.astype(np.float64) * fit.weights
    if personal is None:
        return fit.base, parts
    return fit.base + personal.base, parts + (measures - personal.origin) * personal.weights


def parts_of_each(fit: Fit, measures: Floats, personal: Mapping[int, Personal]) -> tuple[Doubles, Doubles]:
    """parts_of of every member, measures of shape (members, measures): bases of shape (members,) and parts of the shape
    of `measures`. `personal` is by position."""
    bases, parts = np.full(len(measures), fit.base), measures.astype(np.float64) * fit.weights
    for j, own in personal.items():
        bases[j], parts[j] = parts_of(fit, measures[j], own)
    return bases, parts


def probability(bases: Doubles, parts: Doubles) -> Doubles:
    """That this is a lot for the member, were every second lot that passes the gate one: of bases of shape (...) and
    parts of shape (..., measures)."""
    return _logistic(bases + parts.sum(-1))


def share_points(bases: Doubles, parts: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """The probability, the points of the base, both of shape (...), and those of each part, of shape (..., parts),
    which sum to the probability exactly.

    Points are the Aumann-Shapley shares of the logistic function between the base alone and all parts: each part gets
    of the whole difference what it is of the sum of the parts. So a part's log-odds and its points have one sign, and
    stand to one another as those of all the others do.
    """
    total = parts.sum(-1)
    low, high = _logistic(bases), _logistic(bases + total)
    start, end = np.rint(low * GRAIN), np.rint(high * GRAIN)
    is_far = np.abs(total) > 1e-9
    slope = np.where(is_far, (high - low) / np.where(is_far, total, 1.0), low * (1 - low))
    points = np.rint(parts * slope[..., None] * GRAIN)
    largest = np.expand_dims(np.abs(parts).argmax(-1), -1)
    rest = (end - start - points.sum(-1))[..., None] * parts.any(-1, keepdims=True)
    np.put_along_axis(points, largest, np.take_along_axis(points, largest, -1) + rest, -1)
    return (start + points.sum(-1)) / GRAIN, start / GRAIN, points / GRAIN


def _logistic(log_odds: Doubles) -> Doubles:
    return 1 / (1 + np.exp(-np.clip(log_odds, -500.0, 500.0)))


def match_members(
    found: Measures, lot: OpenLot, like: Likenesses, bases: Doubles, parts: Doubles, members: Sequence[int]
) -> list[Match]:
    """The matches of these members (positions), their reasons by kind, the strongest first; `bases` and `parts` are
    those of all members, as parts_of_each gives them."""
    mine = parts[list(members)]
    scores, starts, points = share_points(bases[list(members)], np.add.reduceat(mine, _KIND_STARTS, axis=1))
    reasons: list[list[Reason]] = [[] for _ in members]
    for at, (kind, names) in enumerate(_NAMES_OF.items()):
        strongest = np.abs(mine[:, [AT[name] for name in names]]).argmax(axis=1)
        for place, name in enumerate(names):
            told = np.flatnonzero((strongest == place) & (points[:, at] != 0)).tolist()
            pairs = found.pairs(name, lot, like, [members[i] for i in told]) if told else ()
            for i, pair in zip(told, pairs, strict=True):
                reasons[i].append(Reason(kind, float(points[i, at]), pair.asked, pair.offered))
    for mine_alone, start in zip(reasons, starts.tolist(), strict=True):
        mine_alone.sort(key=lambda reason: (-reason.points, reason.kind))
        if start:
            mine_alone.append(Reason(ReasonKind.BASE, start, "", ""))
    known = found.pool.members
    return [
        Match(lot.uid, known[j].id, score, tuple(why))
        for j, score, why in zip(members, scores.tolist(), reasons, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Examples:
    """Pairs of a lot and a firm: their measures, float32 of shape (pairs, measures), whether the firm won, bool, and
    what each pair counts, float64, both of shape (pairs,)."""

    measures: Floats
    won: NDArray[np.bool_]
    counts: Doubles


def learn_fit(examples: Examples, *, ridge: float = 1.0, allowed: Sequence[str] = NAMES) -> tuple[float, Doubles]:
    """Base and weights of greatest likelihood less `ridge` times half the squared weights, at even odds: winners and
    others count the same in all. No weight is below 0, for being more alike never speaks against a member: a measure
    that would get one is left out, the worst first. Raises ValueError without winners or without others."""
    won = examples.won
    if won.all() or not won.any():
        raise ValueError("examples of one kind only; give purchases whose winners won others too")
    counts = np.where(won, 0.5 / examples.counts[won].sum(), 0.5 / examples.counts[~won].sum()) * examples.counts
    counts *= 2 * min(won.sum(), (~won).sum())  # as many observations as the rarer kind has
    kept = [AT[name] for name in allowed]
    while True:
        x = np.concatenate([np.ones((len(won), 1)), examples.measures[:, kept].astype(np.float64)], axis=1)
        found = _newton(x, won.astype(np.float64), counts, ridge)
        worst = int(np.argmin(found[1:])) if kept else 0
        if not kept or found[1 + worst] >= 0:
            break
        del kept[worst]
    weights = np.zeros(len(NAMES))
    weights[kept] = found[1:]
    return float(found[0]), weights


def _newton(x: Doubles, won: Doubles, counts: Doubles, ridge: float) -> Doubles:
    """Raises ArithmeticError when the weights do not settle."""
    price = np.full(x.shape[1], ridge)
    price[0] = 1e-6
    weights = np.zeros(x.shape[1])
    for _ in range(100):
        expected = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (counts * (expected - won)) + price * weights
        bend = (x * (counts * expected * (1 - expected))[:, None]).T @ x + np.diag(price)
        step = np.linalg.solve(bend, slope)
        weights = weights - step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            return weights
    raise ArithmeticError("the weights did not settle; look for measures that are not finite")
