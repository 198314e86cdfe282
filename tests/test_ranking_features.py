"""What past awards tell: sums by firm, learned trades, places, and that nobody learns from the lots asked about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.ranking_awards import Awards, Lots
from matching.ranking_features import GROUPS, NAMES, common_digits, measure
from matching.ranking_places import department_distances
from matching.ranking_portfolio import cpv_terms, portfolio_vectors
from matching.ranking_words import letters

PLACES = ("", "31", "59", "62")


def lots_of(*rows: tuple[str, str, str, str, float]) -> Lots:
    """Lots from (title, CPV, department, buyer, logarithm of value)."""
    titles = [row[0].split() for row in rows]
    return Lots(
        title=titles,
        label=[[] for _ in rows],
        spelling=[letters(title) for title in titles],
        address=[[] for _ in rows],
        cpv=[row[1] for row in rows],
        buyer=[row[3] for row in rows],
        nature=["" for _ in rows],
        value=np.array([row[4] for row in rows]),
        place=np.array([PLACES.index(row[2]) for row in rows]),
        distances=department_distances(PLACES),
    )


WORLD = lots_of(
    ("toit ardoise", "45261210", "59", "b1", 4.0),
    ("couverture zinc", "45261213", "62", "b2", 4.2),
    ("toit zinc", "45261210", "59", "b1", 4.1),
    ("logiciel paie", "48450000", "31", "b3", 5.0),
    ("logiciel finance", "48440000", "59", "b4", 5.5),
    ("serveur", "48820000", "31", "b3", 5.2),
    ("toit ardoise ecole", "45261210", "59", "b1", 4.0),
    ("logiciel courrier", "48223000", "", "", float("nan")),
)
KNOWN = np.arange(6)
PAST = Awards.of(np.array([0, 1, 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1, 1]))


def told(measures: np.ndarray, name: str) -> np.ndarray:
    return measures[..., NAMES.index(name)]


def test_the_roofer_is_nearer_to_the_roof_in_every_kind_of_reason() -> None:
    found = measure(WORLD, np.array([6]), KNOWN, PAST)
    for name in ("spelling", "title", "profile", "same code", "trade", "near on average", "buyer", "usual value"):
        assert told(found, name)[0, 0] > told(found, name)[0, 1], name


def test_a_lot_is_measured_alike_alone_and_among_others() -> None:
    both = measure(WORLD, np.array([6, 7]), KNOWN, PAST)
    assert measure(WORLD, np.array([7]), KNOWN, PAST)[0] == pytest.approx(both[1], abs=1e-6)


def test_words_of_the_lots_asked_about_teach_nothing() -> None:
    louder = replace(WORLD, title=[*WORLD.title[:7], ["toit"] * 50], spelling=[*WORLD.spelling[:7], ["toit"] * 50])
    before, after = (measure(lots, np.array([6]), KNOWN, PAST) for lots in (WORLD, louder))
    assert after == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("name", [*GROUPS["buyer"], "same code"])
def test_what_is_unknown_of_a_lot_counts_alike_for_all_firms(name: str) -> None:
    unknown = replace(WORLD, cpv=[*WORLD.cpv[:7], ""])
    found = told(measure(unknown, np.array([7]), KNOWN, PAST), name)
    assert found[0, 0] == found[0, 1]


def test_every_measure_is_a_number_even_where_nothing_is_known() -> None:
    empty = lots_of(*[("", "", "", "", float("nan"))] * 3)
    found = measure(empty, np.array([2]), np.array([0, 1]), Awards.of(np.array([0, 1]), np.array([0, 0])))
    assert np.isfinite(found).all()


def test_the_order_of_awards_changes_nothing() -> None:
    shuffled = Awards.of(np.array([5, 2, 4, 0, 3, 1]), np.array([1, 0, 1, 0, 1, 0]))
    assert measure(WORLD, np.array([6]), KNOWN, shuffled) == pytest.approx(measure(WORLD, np.array([6]), KNOWN, PAST))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_sums_by_firm_are_those_of_its_own_awards(drawn: list[int]) -> None:
    firms = np.unique(np.array(drawn), return_inverse=True)[1]
    awards = Awards.of(np.arange(len(firms)), firms)
    likeness = np.random.default_rng(len(drawn)).random((3, len(firms))).astype(np.float32)[:, awards.lot]
    for firm in range(awards.firms):
        mine = likeness[:, awards.firm == firm]
        assert awards.most(likeness)[:, firm] == pytest.approx(mine.max(1))
        assert awards.mean(likeness)[:, firm] == pytest.approx(mine.mean(1), abs=1e-6)
        several = awards.several(likeness, 10.0)[:, firm]
        assert (several >= mine.max(1) - 1e-6).all()
        assert (several <= mine.max(1) + np.log(mine.shape[1]) / 10 + 1e-6).all()


def test_an_award_told_twice_counts_once() -> None:
    assert Awards.of(np.array([4, 4, 5]), np.array([0, 0, 0])).count.tolist() == [2]


def test_a_firm_number_without_award_is_refused() -> None:
    with pytest.raises(ValueError, match="firm 1 has no award"):
        Awards.of(np.array([0, 1]), np.array([0, 2]))


def test_codes_that_the_same_firms_win_come_near_though_no_digit_is_shared() -> None:
    codes = ["45", "44", "45", "44", "79", "80", "79", "80"]
    awards = Awards.of(np.arange(8), np.array([0, 0, 1, 1, 2, 2, 3, 3]))
    vectors = portfolio_vectors([cpv_terms(c) for c in codes], np.arange(8), awards, dimensions=4, seen=1)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[4] + 0.4


def test_two_terms_of_one_award_alone_prove_no_trade() -> None:
    awards = Awards.of(np.arange(2), np.array([0, 1]))
    assert not portfolio_vectors([["a", "b"], ["a", "b"]], np.arange(2), awards, dimensions=2, seen=1).any()


def test_departments_are_as_far_apart_as_their_seats() -> None:
    km = department_distances(["59", "13", "75", "", "ZZ", "59"])
    assert km[0, 1] == pytest.approx(835, abs=25)
    assert km[0, 5] == 0
    assert np.isnan(km[3]).all()
    assert km[4, 4] == 0
    assert np.isnan(km[4, 0])
    assert np.nan_to_num(km) == pytest.approx(np.nan_to_num(km.T))


def test_codes_share_their_leading_digits_that_carry_meaning() -> None:
    codes = ["45261210", "45261200", "45000000", "48000000", "", "45261210"]
    shared = common_digits(codes, np.array([0, 4]), np.arange(6))
    assert shared.tolist() == [[7, 6, 2, 0, 0, 7], [0, 0, 0, 0, 0, 0]]
