"""How well a member fits a lot: a logistic model of some thirty measures, whose sum is told reason by reason.

Here belong the model, and how its log-odds become a match with reasons. Which measures belongs to fit/features.py, how
weights are learned to fit/learning.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.features import AT, FULL, KINDS, NAMES, OWN, SAID, Measures, Pair
from matching.relevance.background import MEASURES, Background, shipped_background
from matching.similarity.statement_index import Likenesses
from warehouse.model.match_results import Match, Reason, ReasonKind
from warehouse.model.notices import OpenLot

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

GRAIN = 2**20
"""Points are whole numbers of 1/GRAIN, which floats add without error: a score IS the sum of its reasons."""

_PLACES_OF: Mapping[ReasonKind, NDArray[np.int64]] = {
    kind: np.array([AT[name] for name in NAMES if KINDS[name] is kind])
    for kind in dict.fromkeys(KINDS.values())
    if kind is not ReasonKind.BASE
}
"""Where the measures of each kind stand; those told as BASE are in the base."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`base` is the log-odds of a member of which nothing speaks for a lot, `weights` what each measure adds to them
    at its full value, float64 of the length of NAMES; `codes` are the learned likenesses. `id` names the weights,
    `trained` says on what and when; `background` are the scales of relevance, None for the shipped ones."""

    base: float
    weights: Doubles
    codes: CodeVectors = field(repr=False)
    id: str = "untrained"
    trained: str = ""
    background: Background | None = field(default=None, repr=False)

    def hear(self, measures: Floats) -> Floats:
        """The measures of each member, (members, measures), in the one voice that says more for it: the other's are 0.
        Competences are no evidence against a record, nor a record against competences."""
        said, record = (measures.astype(np.float64) @ np.where(mine, self.weights, 0) for mine in (SAID, ~SAID))
        by_record = (measures[:, AT["record"]] > 0) & (~measures[:, SAID].any(axis=1) | (record >= said))
        return np.where(by_record[:, None] == SAID, np.float32(0), measures)


def join_fit(base: float, weights: Doubles, codes: CodeVectors, background: Background) -> Fit:
    """The fit of both voices on one scale, the probability that a reader wants the member notified. `base` and
    `weights` are those of records, at even odds (learning.py); those of what members say are the background's.

    Even odds become the odds of a judged pair by Bayes' rule: the log-odds of a record are moved by those of the share
    of judged pairs that a reader wanted."""
    joined = np.where(SAID, 0.0, weights)
    joined[[AT[name] for name in MEASURES]] = background.slope * FULL
    joined[AT["crowd"]], joined[AT["ict"]] = background.slope, 1.0
    prior = math.log(background.share / (1 - background.share))
    joined[AT["record"]] = base + prior - background.base
    return Fit(background.base, joined, codes, background=background)


def record_base(fit: Fit) -> float:
    """The base of records at even odds: what join_fit was given."""
    share = (fit.background or shipped_background()).share
    return float(fit.base + fit.weights[AT["record"]] - math.log(share / (1 - share)))


@dataclass(frozen=True, slots=True)
class Personal:
    """What a member's own answers change: it is added to the base, and to the weights; see fit/offsets.py. A measure
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


def parts_of_each(fit: Fit, measures: Floats, personal: Mapping[int, Personal]) -> tuple[Doubles, Doubles]:
    """parts_of of every member, measures of shape (members, measures): bases of shape (members,) and parts of the shape
    of `measures`. `personal` is by position."""
    parts = measures.astype(np.float64) * fit.weights
    bases, parts = fit.base + parts[:, OWN].sum(1), np.where(OWN, 0, parts)
    for j, own in personal.items():
        bases[j], parts[j] = parts_of(fit, measures[j], own)
    return bases, parts


def probability(bases: Doubles | float, parts: Doubles) -> Doubles:
    """That a reader wants the member notified of the lot: of bases of shape (...) and parts of shape
    (..., measures)."""
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
    sums = np.stack([mine[:, places].sum(1) for places in _PLACES_OF.values()], axis=1)
    scores, starts, points = share_points(bases[list(members)], sums)
    reasons: list[list[Reason]] = [[] for _ in members]
    for at, (kind, places) in enumerate(_PLACES_OF.items()):
        strongest = places[np.abs(mine[:, places]).argmax(axis=1)]
        for place in places.tolist():
            name, rows = NAMES[place], np.flatnonzero((strongest == place) & (points[:, at] != 0)).tolist()
            for_it = [i for i in rows if points[i, at] > 0]
            pairs = dict(zip(for_it, found.pairs(name, lot, like, [members[i] for i in for_it]), strict=True))
            for i in rows:
                pair = pairs.get(i, Pair("", ""))
                shown = ReasonKind.REFERENCE if pair.is_award else kind
                reasons[i].append(Reason(shown, float(points[i, at]), pair.asked, pair.offered))
    for mine_alone, start in zip(reasons, starts.tolist(), strict=True):
        mine_alone.sort(key=lambda reason: (-reason.points, reason.kind))
        if start:
            mine_alone.append(Reason(ReasonKind.BASE, start, "", ""))
    known = found.pool.members
    return [
        Match(lot.uid, known[j].id, score, tuple(why))
        for j, score, why in zip(members, scores.tolist(), reasons, strict=True)
    ]
