"""How well a member fits a lot: a logistic model of some thirty measures, whose sum is shown reason by reason.

The model, and how its log-odds become a match with reasons. The measures are in features.py, how weights are learned in
estimator.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.features import AT, FULL, KINDS, NAMES, OWN, STATED, Measures
from matching.fit.pairs import LotPairs, Pair
from matching.relevance.background import MEASURES, Background, shipped_background
from matching.similarity.statement_index import Similarities
from warehouse.model.match_results import Match, Reason, ReasonKind
from warehouse.model.notices import OpenLot

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

GRAIN = 2**20
"""Points are whole numbers of 1/GRAIN, which floats add without error: a score IS the sum of its reasons."""

MOST_LOWERED = 1.0
"""Log-odds that feedback may take from a lot, except for feedback on places and sizes: a lot of .6 stays above .35, so
that a few "no" do not end a member's letters."""
PLACE_OR_SIZE = np.array([kind in {ReasonKind.PLACE, ReasonKind.SIZE} for kind in KINDS.values()])
SHOWN = tuple(kind for kind in ReasonKind if kind is not ReasonKind.BASE)
"""The kinds of reasons that are no part of the base."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`base` is the log-odds of a member without evidence for a lot, `weights` what each measure adds to them at its
    full value, float64 of the length of NAMES; `codes` are the learned similarities. `id` names the weights, `trained`
    is on what and when; `background` are the scales of relevance, None for the shipped ones."""

    base: float
    weights: Doubles
    codes: CodeVectors = field(repr=False)
    id: str = "untrained"
    trained: str = ""
    background: Background | None = field(default=None, repr=False)

    def select_features(self, measures: Floats) -> Floats:
        """The measures of each member, of shape (members, measures), in the one feature set that adds more for it: the
        other's are 0. Competences are no evidence against a record, nor a record against competences."""
        stated, record = (measures.astype(np.float64) @ np.where(mine, self.weights, 0) for mine in (STATED, ~STATED))
        by_record = (measures[:, AT["record"]] > 0) & (~measures[:, STATED].any(axis=1) | (record >= stated))
        return np.where(by_record[:, None] == STATED, np.float32(0), measures)


def join_fit(base: float, weights: Doubles, codes: CodeVectors, background: Background) -> Fit:
    """The fit of both feature sets on one scale, the probability that a reader wants the member notified.

    `base` and `weights`, float64 of shape (measures,), are those of records, at even odds (estimator.py); those of
    statements are the `background`'s; `codes` are the learned similarities.

    Even odds become the odds of a judged pair by Bayes' rule: the log-odds of a record are moved by those of the share
    of judged pairs that a reader wanted.
    """
    joined = np.where(STATED, 0.0, weights)
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
    """What a member's own feedback changes: it is added to the base, and to the weights; see member_offsets.py. A
    measure is read from `origin` (1 for nearness: its lack is the evidence), one row of it for each feature set, the
    record's second."""

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
        moved = (measures - origin) * personal.weights
        kept = _keep_level(personal.base, moved)
        base, parts = base + kept * personal.base, parts + np.where(PLACE_OR_SIZE, 1.0, kept) * moved
    return base + float(parts[OWN].sum()), np.where(OWN, 0, parts)


def _keep_level(base: float, moved: Doubles) -> float:
    """By how much a member's offset is scaled so that it takes no more than MOST_LOWERED from any lot, apart from
    places and sizes; 1 where it takes less."""
    change = base + float(moved[~PLACE_OR_SIZE].sum())
    return min(1.0, MOST_LOWERED / -change) if change < 0 else 1.0


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
    of the whole difference its share in the sum of the parts. So a part's log-odds and its points have one sign, and
    their ratio is the same for all parts.
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
    found: Measures, lot: OpenLot, like: Similarities, bases: Doubles, parts: Doubles, members: Sequence[int]
) -> list[Match]:
    """The matches of these `members` (positions), their reasons by kind, the strongest first.

    `found` are the measures of the `lot` and `like` the similarities of its facets; `bases`, float64 of shape
    (members,), and `parts`, of shape (members, measures), are those of all members, as parts_of_each returns them.
    Evidence without a pair to show counts in the base.
    """
    if not members:
        return []
    pairs = found.lot_pairs(lot, like)
    grouped = [_group_parts(pairs, parts[j], j) for j in members]
    starts = bases[list(members)] + np.array([unpaired for _, _, unpaired in grouped])
    sums = np.array([[kinds.get(kind, 0.0) for kind in SHOWN] for kinds, _, _ in grouped])
    scores, base_points, points = share_points(starts, sums)
    matches: list[Match] = []
    for j, score, start, mine, (_, shown, _) in zip(
        members, scores.tolist(), base_points.tolist(), points.tolist(), grouped, strict=True
    ):
        reasons = [_reason(kind, value, shown.get(kind)) for kind, value in zip(SHOWN, mine, strict=True) if value]
        reasons.sort(key=lambda reason: (-reason.points, reason.kind))
        if start:
            reasons.append(Reason(ReasonKind.BASE, start, "", ""))
        matches.append(Match(lot.uid, found.pool.members[j].id, score, tuple(reasons)))
    return matches


def _group_parts(
    pairs: LotPairs, parts: Doubles, member: int
) -> tuple[dict[ReasonKind, float], dict[ReasonKind, Pair], float]:
    """A member's parts summed by the kind they are shown as, the pair of the largest of each kind, and the sum of the
    positive ones without a pair."""
    sums: dict[ReasonKind, float] = {}
    shown: dict[ReasonKind, Pair] = {}
    unpaired = 0.0
    for place in np.argsort(-parts, kind="stable").tolist():
        name, value = NAMES[place], float(parts[place])
        pair = pairs.find(name, member) if value > 0 else None
        if value > 0 and pair is None:
            unpaired += value
        elif value != 0:
            kind = pair.kind if pair is not None else KINDS[name]
            sums[kind] = sums.get(kind, 0.0) + value
            if pair is not None:
                shown.setdefault(kind, pair)
    return sums, shown, unpaired


def _reason(kind: ReasonKind, points: float, pair: Pair | None) -> Reason:
    if pair is None or points < 0:
        return Reason(kind, points, "", "")
    return Reason(kind, points, pair.required, pair.offered)
