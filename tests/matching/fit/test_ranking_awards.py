"""Measures of past awards: sums by firm, learned trades, and the baseline's digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fit.baselines import common_digits
from matching.fit.awards.award_sums import Awards
from matching.fit.awards.cooccurrence import cpv_terms, learn_terms


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_sums_by_firm_are_those_of_its_own_awards(drawn: list[int]) -> None:
    firms = np.unique(np.array(drawn), return_inverse=True)[1]
    awards = Awards.of(np.arange(len(firms)), firms)
    similarity = np.random.default_rng(len(drawn)).random((3, len(firms))).astype(np.float32)[:, awards.lot]
    for firm in range(awards.firms):
        mine = similarity[:, awards.firm == firm]
        assert awards.most(similarity)[:, firm] == pytest.approx(mine.max(1))
        assert awards.mean(similarity)[:, firm] == pytest.approx(mine.mean(1), abs=1e-6)


def test_an_award_published_twice_counts_once() -> None:
    assert Awards.of(np.array([4, 4, 5]), np.array([0, 0, 0])).count.tolist() == [2]


def test_a_firm_number_without_award_is_refused() -> None:
    with pytest.raises(ValueError, match="firm 1 has no award"):
        Awards.of(np.array([0, 1]), np.array([0, 2]))


def test_codes_that_the_same_firms_win_come_near_though_no_digit_is_shared() -> None:
    codes = [cpv_terms(code) for code in ("45", "44", "45", "44", "79", "80", "79", "80")]
    awards = Awards.of(np.arange(8), np.array([0, 0, 1, 1, 2, 2, 3, 3]))
    vectors = learn_terms(codes, np.arange(8), awards, dimensions=4, seen=1).stack(codes)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[4] + 0.4


def test_two_terms_of_one_award_alone_prove_no_trade() -> None:
    awards = Awards.of(np.arange(2), np.array([0, 1]))
    texts = [["a", "b"], ["a", "b"]]
    assert not learn_terms(texts, np.arange(2), awards, dimensions=2, seen=1).stack(texts).any()


def test_codes_share_their_leading_digits_that_carry_meaning() -> None:
    codes = ["45261210", "45261200", "45000000", "48000000", "", "45261210"]
    shared = common_digits(codes, np.array([0, 4]), np.arange(6))
    assert shared.tolist() == [[7, 6, 2, 0, 0, 7], [0, 0, 0, 0, 0, 0]]
