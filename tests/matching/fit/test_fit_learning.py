"""How the fit is learned: choices within a lot set the proportions, how often scores won sets the probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from matching.fit.estimator import RIDGE, Examples, join_examples, learn_fit
from matching.fit.features import AT, NAMES

STRONG, WEAK, SIMILAR = "profile", "near", "trade-code"
"""What decides most, what decides half as much, and what is alike for all firms of a lot."""


def chosen(lots: int = 600, firms: int = 8) -> Examples:
    """Lots whose winner is drawn by two measures of records; every lot is also easier or harder as a whole."""
    drawn = np.random.default_rng(3)
    x = np.zeros((lots, firms, len(NAMES)), np.float32)
    x[..., [AT[STRONG], AT[WEAK]]] = drawn.random((lots, firms, 2))
    x[..., AT[SIMILAR]] = drawn.random((lots, 1))
    x[..., AT["record"]] = 1
    score = 4 * x[..., AT[STRONG]] + 2 * x[..., AT[WEAK]] + drawn.gumbel(size=(lots, firms))
    won = score == score.max(axis=1, keepdims=True)
    among = np.repeat(np.arange(lots), firms)
    return Examples(x.reshape(-1, len(NAMES)), won.ravel(), np.where(won, 1.0, 1 / (firms - 1)).ravel(), among)


def test_weights_come_back_in_the_proportion_that_chose() -> None:
    _, weights = learn_fit(chosen())
    assert weights[AT[STRONG]] / weights[AT[WEAK]] == pytest.approx(2, rel=0.25)
    assert weights[AT[SIMILAR]] == pytest.approx(0, abs=1e-6)


def test_pairs_without_a_record_teach_nothing() -> None:
    record, other = chosen(lots=300), chosen(lots=50)
    other.measures[:, AT["record"]] = 0
    base, both = learn_fit(join_examples([other, record]))
    alone = learn_fit(record)
    assert base == pytest.approx(alone[0], abs=1e-6)
    assert both == pytest.approx(alone[1], abs=1e-6)


def test_a_probability_is_the_share_that_won_at_even_odds() -> None:
    given = chosen()
    base, weights = learn_fit(given)
    expected = 1 / (1 + np.exp(-(base + given.measures.astype(float) @ weights)))
    for low, high in ((0.1, 0.4), (0.4, 0.6), (0.6, 0.9)):
        inside = (expected >= low) & (expected < high)
        counts = given.counts[inside]
        found = counts[given.won[inside]].sum() / counts.sum()
        assert found == pytest.approx(float(np.average(expected[inside], weights=counts)), abs=0.07)


def test_answers_that_chose_nothing_do_not_move_the_proportions() -> None:
    given = chosen()
    refused = Examples(np.full((5, len(NAMES)), 0.5, np.float32), np.zeros(5, bool), np.ones(5), np.zeros(5, np.int64))
    refused.measures[:, AT["record"]] = 1
    (_, before), (_, after) = learn_fit(given), learn_fit(join_examples([given, refused]))
    ratio = [w[AT[STRONG]] / w[AT[WEAK]] for w in (before, after)]
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-2)


def test_being_more_similar_never_counts_against_a_member_but_its_own_base_may() -> None:
    given = chosen()
    given.measures[:, AT["spelling"]] = 1 - given.measures[:, AT["profile"]]
    given.measures[:, AT["narrow"]] = 1 - given.measures[:, AT["near"]]
    _, weights = learn_fit(given)
    assert weights[AT["spelling"]] == 0
    assert weights[AT["narrow"]] < 0


def test_who_does_not_pass_the_gate_says_nothing_of_probabilities() -> None:
    given = chosen()
    half = given.among < 300
    unseen = replace(given, counts=np.where(half, given.counts, 0))
    base, weights = learn_fit(unseen)
    expected = 1 / (1 + np.exp(-(base + given.measures[half].astype(float) @ weights)))
    assert float(np.average(expected, weights=given.counts[half])) == pytest.approx(0.5, abs=1e-3)


def test_no_other_weights_explain_the_choices_better_even_where_a_full_step_overshoots() -> None:
    # A rare mark that nearly every winner bears and hardly any other firm, as a shared title among awards.
    drawn = np.random.default_rng(3)
    won = np.zeros((300, 100), bool)
    won[np.arange(300), drawn.integers(0, 100, 300)] = True
    x = np.zeros((300, 100, len(NAMES)), np.float32)
    x[..., AT["record"]] = 1
    x[..., AT[STRONG]] = (won & (drawn.random(won.shape) < 0.9)) | (drawn.random(won.shape) < 0.0005)
    x[..., AT[WEAK]] = 0.5 * drawn.random(won.shape) + 0.2 * won
    flat = x.reshape(-1, len(NAMES))
    _, learned = learn_fit(Examples(flat, won.ravel(), np.ones(won.size), np.repeat(np.arange(300), 100)))

    def least(weights: np.ndarray) -> float:
        """What learning makes least, from its definition, at the best size of these weights."""

        def price(logarithm: float) -> float:
            sized = weights * np.exp(logarithm)
            score = x.astype(float) @ sized
            surprise = np.log(np.exp(score).sum(1)) - score[won]
            return float(surprise.mean() + RIDGE * np.square(sized * flat.std(0)).sum())

        return minimize_scalar(price, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9}).fun

    assert (learned[[AT[STRONG], AT[WEAK]]] > 0).all()
    for change in (0.9, 1.1):
        other = learned.copy()
        other[AT[WEAK]] *= change
        assert least(other) > least(learned)
