"""How well one member fits a lot: the sum of a few likenesses, each with its reason.

A likeness is one function here and one line of LIKENESSES. What is compared is prepared by pool.py, on the scales of
likeness.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import places_of
from matching.likeness import best_part, place_likeness
from matching.pool import Likenesses, StatementPool
from warehouse.facts import OpenLot
from warehouse.verdicts import FacetKind, Match, Reason, ReasonKind

Floats = NDArray[np.float32]

PART = 0.34
"""A member is for a lot when it fits this part of it wholly; see likeness.best_part."""
GRAIN = 1024
"""Points are whole numbers of 1/1024, which floats add without error: a score IS the sum of its reasons."""
TAU = 0.6
"""Affinity below this covers nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """How alike, in [0, 1], and the strongest pair behind it."""

    value: float
    asked: str
    offered: str


@dataclass(frozen=True, slots=True)
class Case:
    """One member (its position in the pool) before one lot."""

    lot: OpenLot
    likenesses: Likenesses
    pool: StatementPool
    member: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """One way of being alike: what it weighs in the score and the function that measures it, None when there is
    nothing to compare."""

    kind: ReasonKind
    weight: float
    measure: Callable[[Case], Found | None]


def words_shared(case: Case) -> Found | None:
    """Terms the lot and the member share, in one language."""
    return _over_text(case, case.likenesses.words)


def meaning_shared(case: Case) -> Found | None:
    """The same thing said in other words or in another language."""
    return _over_text(case, case.likenesses.meaning)


def codes_shared(case: Case) -> Found | None:
    """Codes of the CPV, by the depth of what they share."""
    return _over_rows(case, case.likenesses.cpv, _rows(case, FacetKind.CPV))


def place_shared(case: Case) -> Found | None:
    """How near the firm is to where the lot is performed."""
    home = case.pool.members[case.member].nuts
    value, place = place_likeness(places_of(case.lot), home)
    return Found(value, place.code if place else "", home.code)


def awards_shared(case: Case) -> Found | None:
    """The past award of the member that is most like this lot, in words or meaning and in codes."""
    text = np.maximum(case.likenesses.words, case.likenesses.meaning)
    span = case.pool.span(case.member)
    best: Found | None = None
    for i in range(span.start, span.stop):
        if case.pool.statements[i].award is not None:
            said = _measure(case, text, _text_rows(case), slice(i, i + 1))
            coded = _measure(case, case.likenesses.cpv, _rows(case, FacetKind.CPV), slice(i, i + 1))
            value = 0.6 * (said.value if said else 0.0) + 0.4 * (coded.value if coded else 0.0)
            shown = said or coded
            if shown and value > 0 and (best is None or value > best.value):
                best = Found(value, shown.asked, case.pool.statements[i].text.value)
    return best


LIKENESSES = (
    Likeness(ReasonKind.CPV, 0.28, codes_shared),
    Likeness(ReasonKind.MEANING, 0.32, meaning_shared),
    Likeness(ReasonKind.WORDS, 0.22, words_shared),
    Likeness(ReasonKind.PLACE, 0.10, place_shared),
    Likeness(ReasonKind.REFERENCE, 0.08, awards_shared),
)
"""The whole score. The weights sum to 1; DECP 2019 says that codes, words and place each help, and that meaning
replaces words across languages (docs/matching.md)."""


def score(case: Case) -> Match:
    """The member's match: points are each likeness times its weight, and the score is their sum, in [0, 1]."""
    reasons: list[Reason] = []
    for likeness in LIKENESSES:
        found = likeness.measure(case)
        points = int(likeness.weight * found.value * GRAIN + 0.5) / GRAIN if found else 0.0
        if found and points > 0:
            reasons.append(Reason(likeness.kind, points, found.asked, found.offered))
    total = min(1.0, sum(reason.points for reason in reasons))
    return Match(case.lot.uid, case.pool.members[case.member].id, total, tuple(reasons))


def _rows(case: Case, *kinds: FacetKind) -> NDArray[np.int64]:
    return np.array([i for i, f in enumerate(case.likenesses.facets) if f.kind in kinds], dtype=np.int64)


def _text_rows(case: Case) -> NDArray[np.int64]:
    """Titles, sentences and criteria; for a lot that has none of them, the labels of its codes."""
    rows = _rows(case, FacetKind.TITLE, FacetKind.SENTENCE, FacetKind.CRITERION)
    return rows if len(rows) else _rows(case, FacetKind.CPV)


def _over_text(case: Case, values: Floats) -> Found | None:
    return _over_rows(case, values, _text_rows(case))


def _over_rows(case: Case, values: Floats, rows: NDArray[np.int64]) -> Found | None:
    return _measure(case, values, rows, case.pool.span(case.member))


def _measure(case: Case, values: Floats, rows: NDArray[np.int64], span: slice) -> Found | None:
    if not len(rows) or span.start == span.stop:
        return None
    seen = values[rows, span]
    weights = np.array([case.likenesses.facets[i].weight for i in rows], dtype=np.float32)
    value = best_part(seen.max(axis=1), weights, PART)
    # The pair shown is the strongest, and among equals the one that weighs most.
    row, column = np.unravel_index(int(np.argmax(seen * (1 + weights[:, None] / 100))), seen.shape)
    facet = case.likenesses.facets[int(rows[row])]
    return Found(value, facet.text, case.pool.statements[span.start + int(column)].text.value)


def affinity(likenesses: Likenesses, pool: StatementPool) -> tuple[Floats, NDArray[np.int64]]:
    """How well each member covers each facet, float32 of shape (facets, members) in [0, 1] and 0 below TAU, and the
    position in `pool.statements` of the statement that does (-1 for none). Words and meaning speak together (either
    suffices, both are surer); a CPV facet is covered by its code, or nearly as well by what is said of it."""
    said = 1 - (1 - 0.8 * likenesses.words) * (1 - likenesses.meaning)
    coded = np.array([f.kind is FacetKind.CPV for f in likenesses.facets], dtype=bool)
    every = np.where(coded[:, None], np.maximum(likenesses.cpv, 0.8 * said), said).astype(np.float32)
    best = pool.by_member(every)
    best[best < TAU] = 0.0
    spoken = np.full(best.shape, -1, dtype=np.int64)
    for j in range(len(pool.members)):
        span = pool.span(j)
        if span.start < span.stop and len(every):
            spoken[:, j] = np.where(best[:, j] > 0, span.start + every[:, span].argmax(axis=1), -1)
    return np.minimum(best, 1.0), spoken
