"""What teaches the fit: choices within a lot set the proportions, how often scores won sets what they mean."""

from __future__ import annotations

import numpy as np
import pytest

from matching.fit_features import AT, NAMES
from matching.fit_learning import Examples, learn_fit


def chosen(lots: int = 600, firms: int = 8) -> Examples:
    """Lots whose winner is drawn by words and nearness; every lot is also easier or harder as a whole, which "codes"
    tells, alike for all its firms."""
    drawn = np.random.default_rng(3)
    x = drawn.random((lots, firms, len(NAMES))).astype(np.float32)
    x[..., AT["codes"]] = drawn.random((lots, 1))
    score = 4 * x[..., AT["words"]] + 2 * x[..., AT["nearest"]] + drawn.gumbel(size=(lots, firms))
    won = score == score.max(axis=1, keepdims=True)
    among = np.repeat(np.arange(lots), firms)
    return Examples(x.reshape(-1, len(NAMES)), won.ravel(), np.where(won, 1.0, 1 / (firms - 1)).ravel(), among)


def test_weights_come_back_in_the_proportion_that_chose() -> None:
    _, weights = learn_fit(chosen())
    assert weights[AT["words"]] / weights[AT["nearest"]] == pytest.approx(2, rel=0.25)


def test_what_is_alike_for_all_firms_of_a_lot_gets_no_weight() -> None:
    _, weights = learn_fit(chosen())
    assert weights[AT["codes"]] == pytest.approx(0, abs=1e-6)


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
    refused = np.full((5, len(NAMES)), 0.5, np.float32)
    more = Examples(
        np.concatenate([given.measures, refused]),
        np.concatenate([given.won, np.zeros(5, bool)]),
        np.concatenate([given.counts, np.ones(5)]),
        np.concatenate([given.among, np.full(5, 10_000)]),
    )
    (_, before), (_, after) = learn_fit(given), learn_fit(more)
    ratio = [w[AT["words"]] / w[AT["nearest"]] for w in (before, after)]
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-2)
