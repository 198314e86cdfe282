"""What a member's own feedback changes in its fit, and in no other member's: an offset learned from a few examples.

Which measures an answer may move, and by how much. A member without feedback has no offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.fit.features import AT, KINDS, NAMES, OWN
from matching.fit.model import PLACE_OR_SIZE, Fit, Personal, parts_of
from warehouse.model.feedback import YES, Answer
from warehouse.model.match_results import ReasonKind
from warehouse.model.notices import OpenLot

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

WIDTH = 0.5
"""Standard deviation expected of an offset, in log-odds at a measure's full value. Simulated answers on judged lots:
with 1, five answers lowered nDCG@10 from .820 to .808, with .5 they raised it to .834 (docs/relevance.md)."""
WIDTH_OF_PLACE_OR_SIZE = 1.0
"""The same for places and sizes, which only an answer about them moves."""

_NEAR = (("home",), ("near",))
"""Of a member's statements and of its record: nearness, whose lack is the evidence."""
_FAR = ("home", "near", "farther")
_BIG = tuple(name for name, kind in KINDS.items() if kind is ReasonKind.SIZE)
_SIMILARITY_KINDS = {ReasonKind.WORDS, ReasonKind.MEANING, ReasonKind.CPV}
_FAMILY = ("spelling", *(name for name, kind in KINDS.items() if kind in _SIMILARITY_KINDS))
_ALL = ("base", *(name for name, own in zip(NAMES, OWN.tolist(), strict=True) if not own))
_MOVES: Mapping[Answer, tuple[str, ...]] = {
    Answer.RELEVANT: _ALL,
    Answer.BID: _ALL,
    Answer.WON: _ALL,
    Answer.NOT_RELEVANT: _ALL,
    Answer.WRONG_FAMILY: ("base", *_FAMILY),
    Answer.TOO_BIG: _BIG,
    Answer.TOO_FAR: _FAR,
}
"""The measures each answer may move. A wrong language and a lack of time are conditions, which eligibility rules check:
they move nothing."""

SPEAKING = frozenset(_MOVES)
"""Answers about the fit."""

_VARIANCE = np.array([WIDTH, *np.where(PLACE_OR_SIZE, WIDTH_OF_PLACE_OR_SIZE, WIDTH)]) ** 2
_ORIGIN = np.array([[1.0 if name in near else 0.0 for name in NAMES] for near in _NEAR])


@dataclass(frozen=True, slots=True)
class FeedbackExample:
    """A member's answer about a lot."""

    member: str
    lot: OpenLot
    answer: Answer


def learn_offset(fit: Fit, answers: Sequence[tuple[Answer, Floats]]) -> Personal | None:
    """The likeliest offset given a member's `answers`, each with the measures of its lot, float32 of shape (measures,);
    None when none of them is about the fit.

    It shrinks to nothing as answers get fewer (a normal prior of these widths), and agrees with `fit` where the fit was
    right. Raises ArithmeticError for measures that are not finite.
    """
    moving_answers = [(answer, measures) for answer, measures in answers if answer in _MOVES]
    if not moving_answers:
        return None
    x = np.stack(
        [_moved(answer, measures - _ORIGIN[int(measures[AT["record"]] > 0)]) for answer, measures in moving_answers]
    )
    known = np.array([_log_odds(fit, measures) for _, measures in moving_answers])
    yes = np.array([answer in YES for answer, _ in moving_answers], np.float64)
    offset = np.zeros(x.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-np.clip(known + x @ offset, -30, 30)))
        slope = x.T @ (expected - yes) + offset / _VARIANCE
        bend = (x * (expected * (1 - expected))[:, None]).T @ x + np.diag(1 / _VARIANCE)
        step = np.linalg.solve(bend, slope)
        if float(np.abs(step).max()) < 1e-9:
            return Personal(float(offset[0]), offset[1:], _ORIGIN)
        size, before = 1.0, _surprise(known + x @ offset, yes, offset)
        while size > 1e-3 and _surprise(known + x @ (offset - size * step), yes, offset - size * step) > before:
            size /= 2  # where a fit was sure and wrong, a full step overshoots
        offset = offset - size * step
    raise ArithmeticError("a member's offset did not settle; look for measures that are not finite")


def _surprise(odds: Doubles, yes: Doubles, offset: Doubles) -> float:
    """The log loss of the answers, and the price of the offset."""
    return float(np.logaddexp(0, np.where(yes > 0, -odds, odds)).sum() + (offset**2 / (2 * _VARIANCE)).sum())


def _log_odds(fit: Fit, measures: Floats) -> float:
    base, parts = parts_of(fit, measures)
    return base + float(parts.sum())


def _moved(answer: Answer, measures: Doubles) -> Doubles:
    """The base and the measures that this answer may move, the others at nothing."""
    x = np.zeros(len(NAMES) + 1)
    for name in _MOVES[answer]:
        x[0 if name == "base" else 1 + AT[name]] = 1.0 if name == "base" else measures[AT[name]]
    return x
