"""How well a member fits a lot: a logistic model of some thirty measures, whose sum is told reason by reason.

Here belong the model, and how its log-odds become a match with reasons. Which measures belongs to fit_features.py, how
weights are learned to fit_learning.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.fit_codes import CodeVectors
from matching.fit_features import AT, KINDS, OWN, SAID, Measures
from matching.pool import Likenesses
from warehouse.facts import OpenLot
from warehouse.verdicts import Match, Reason, ReasonKind

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

GRAIN = 2**20
"""Points are whole numbers of 1/GRAIN, which floats add without error: a score IS the sum of its reasons."""


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

    def hear(self, measures: Floats) -> Floats:
        """The measures of each member, (members, measures), in the one voice that says more for it: the other's are 0.
        Competences are no evidence against a record, nor a record against competences."""
        said, record = (measures.astype(np.float64) @ np.where(mine, self.weights, 0) for mine in (SAID, ~SAID))
        by_record = (measures[:, AT["record"]] > 0) & (~measures[:, SAID].any(axis=1) | (record >= said))
        return np.where(by_record[:, None] == SAID, np.float32(0), measures)


@dataclass(frozen=True, slots=True)
class Personal:
    """What a member's own answers change: it is added to the base, and to the weights; see fit_offsets.py. A measure
    is read from `origin` (1 for nearness: what is far is what counts), one row of it for each voice, the record's
    second."""

    base: float
    weights: Doubles
    origin: Doubles


def parts_of(fit: Fit, measures: Floats, personal: Personal | None = None) -> tuple[float, Doubles]:
    """The member's base and what each measure adds, float64 of shape (measures,): together exactly the log-odds. What
    is true of the member for any lot is in its base, and adds nothing."""
    parts = measures.astype(np.float64) * fit.weights
    base = fit.base
    if personal is not None:
        origin = personal.origin[int(measures[AT["record"]] > 0)]
        base, parts = base + personal.base, parts + (measures - origin) * personal.weights
    return base + float(parts[OWN].sum()), np.where(OWN, 0, parts)


def probability(fit: Fit, measures: Floats, personal: Personal | None = None) -> float:
    """That this is a lot for the member, were every second lot that passes the gate one: of measures (measures,)."""
    base, parts = parts_of(fit, measures, personal)
    return _logistic(base + float(parts.sum()))


def share_points(base: float, parts: Doubles) -> tuple[float, float, Doubles]:
    """The probability, the points of the base, and those of each part, which sum to the probability exactly.

    Points are the Aumann-Shapley shares of the logistic function between the base alone and all parts: each part gets
    of the whole difference what it is of the sum of the parts. So a part's log-odds and its points have one sign, and
    stand to one another as those of all the others do.
    """
    total = float(parts.sum())
    start = _whole(_logistic(base))
    end = _whole(_logistic(base + total))
    if abs(total) > 1e-9:
        shares = parts / total * (_logistic(base + total) - _logistic(base))
    else:
        shares = parts * _logistic(base) * (1 - _logistic(base))
    points = np.rint(shares * GRAIN)
    if parts.any():
        points[int(np.argmax(np.abs(parts)))] += end - start - points.sum()
    return (start + points.sum()) / GRAIN, start / GRAIN, points / GRAIN


def _whole(probability: float) -> float:
    return float(np.rint(probability * GRAIN))


def _logistic(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-min(max(log_odds, -500.0), 500.0))))


def match_member(
    fit: Fit, found: Measures, lot: OpenLot, like: Likenesses, measures: Floats, member: int, personal: Personal | None
) -> Match:
    """The match of one member, its reasons by kind, the strongest first; `measures` is its own row."""
    base, parts = parts_of(fit, measures, personal)
    by_kind: dict[ReasonKind, list[str]] = {}
    for name, kind in KINDS.items():
        if parts[AT[name]]:
            by_kind.setdefault(kind, []).append(name)
    sums = np.array([sum(parts[AT[name]] for name in names) for names in by_kind.values()], np.float64)
    score, start, points = share_points(base, sums)
    reasons: list[Reason] = []
    for (kind, names), worth in zip(by_kind.items(), points.tolist(), strict=True):
        if worth:
            strongest = max(names, key=lambda name: abs(parts[AT[name]]))
            shown = found.pair(strongest, lot, like, member)
            reasons.append(Reason(kind, worth, shown.asked, shown.offered))
    reasons.sort(key=lambda reason: (-reason.points, reason.kind))
    if start:
        reasons.append(Reason(ReasonKind.BASE, start, "", ""))
    return Match(lot.uid, found.pool.members[member].id, score, tuple(reasons))
