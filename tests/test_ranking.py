"""The fusion of measures into a fit: exact reasons, honest probabilities, weights from choices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.ranking import Choices, Fusion, learn_fusion

NAMES = ("told", "noise", "still")


def some_choices(lots: int = 200, firms: int = 8, seed: int = 1) -> Choices:
    """Winners drawn by the first measure with weight 2; the second says nothing, the third never varies."""
    draw = np.random.default_rng(seed)
    measures = draw.standard_normal((lots, firms, 3)).astype(np.float32)
    measures[..., 2] = 7
    chance = np.exp(2 * measures[..., 0])
    won = np.zeros((lots, firms), bool)
    for row, share in enumerate(chance / chance.sum(1, keepdims=True)):
        won[row, draw.choice(firms, p=share / share.sum())] = True
    return Choices(measures, won)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_score_is_the_sum_of_its_reasons(seed: int) -> None:
    draw = np.random.default_rng(seed)
    fusion = Fusion(NAMES, draw.normal(size=3), draw.uniform(0.1, 3, 3), draw.normal(size=3))
    measures = draw.standard_normal((4, 5, 3)).astype(np.float32)
    told = sum(reason.adds for reason in fusion.reasons(measures[2, 3]))
    assert told == pytest.approx(fusion.score(measures)[2, 3], abs=1e-12)


def test_the_strongest_reason_comes_first() -> None:
    fusion = Fusion(NAMES, np.zeros(3), np.ones(3), np.array([0.1, -2.0, 1.0]))
    assert [reason.name for reason in fusion.reasons(np.ones(3, np.float32))] == ["noise", "still", "told"]


def test_the_probabilities_of_a_lot_sum_to_one() -> None:
    choices = some_choices()
    fusion = learn_fusion([choices], NAMES)
    assert fusion.probability(choices.measures).sum(1) == pytest.approx(np.ones(len(choices.won)))


def test_weights_come_back_from_the_choices_they_made() -> None:
    fusion = learn_fusion([some_choices(lots=4000)], NAMES, ridge=1e-6)
    assert fusion.weights[0] / fusion.scale[0] == pytest.approx(2, abs=0.15)
    assert abs(fusion.weights[1]) < 0.1


def test_a_measure_that_never_varies_gets_no_weight() -> None:
    assert learn_fusion([some_choices()], NAMES).weights[2] == pytest.approx(0, abs=1e-6)


def test_a_probability_means_the_share_of_lots_won() -> None:
    fusion = learn_fusion([some_choices(lots=3000)], NAMES)
    fresh = some_choices(lots=3000, seed=2)
    expected = fusion.probability(fresh.measures)
    likely = (expected > 0.4) & (expected < 0.6)
    assert fresh.won[likely].mean() == pytest.approx(expected[likely].mean(), abs=0.04)


def test_choices_given_in_two_parts_teach_the_same_as_in_one() -> None:
    whole = some_choices()
    parts = [Choices(whole.measures[:70], whole.won[:70]), Choices(whole.measures[70:], whole.won[70:])]
    assert learn_fusion(parts, NAMES).weights == pytest.approx(learn_fusion([whole], NAMES).weights, abs=1e-3)


def test_nothing_to_learn_from_is_refused() -> None:
    empty = Choices(np.zeros((0, 4, 3), np.float32), np.zeros((0, 4), bool))
    with pytest.raises(ValueError, match="no lot with a known winner"):
        learn_fusion([empty], NAMES)


def surprise(fusion: Fusion, choices: Choices, ridge: float) -> float:
    """What learning makes least, from its definition."""
    chances = fusion.probability(choices.measures)[choices.won]
    return float(-np.log(chances).mean() + ridge * fusion.weights @ fusion.weights)


def test_no_other_weights_explain_the_choices_better_even_where_a_full_step_overshoots() -> None:
    # A rare mark that nearly every winner bears and hardly any other firm, as a shared title among awards.
    draw = np.random.default_rng(3)
    won = np.zeros((300, 400), bool)
    won[np.arange(300), draw.integers(0, 400, 300)] = True
    measures = draw.standard_normal((300, 400, 3)).astype(np.float32)
    measures[..., 0] = (won & (draw.random(won.shape) < 0.9)) | (draw.random(won.shape) < 0.0005)
    choices = Choices(measures, won)
    fusion = learn_fusion([choices], NAMES)
    least = surprise(fusion, choices, 3e-3)
    for change in 0.05 * np.vstack([np.eye(3), -np.eye(3)]):
        other = Fusion(NAMES, fusion.centre, fusion.scale, fusion.weights + change)
        assert surprise(other, choices, 3e-3) > least
