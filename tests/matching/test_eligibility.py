from __future__ import annotations

from datetime import timedelta

import pytest

from matching.eligibility import MatchingContext, refuse
from tests.support.matching_world import NOON, lot, member
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import RefusalKind

TERMS = MatchingContext(NOON)


def test_a_lot_whose_deadline_is_over_is_closed() -> None:
    refusal = refuse(lot(closes=NOON - timedelta(seconds=1)), member(), TERMS)
    assert refusal is not None
    assert (refusal.kind, refusal.detail) == (RefusalKind.CLOSED, "2026-11-16T11:59+00:00")


def test_a_lot_that_closes_within_the_hour_is_still_open_by_default() -> None:
    assert refuse(lot(closes=NOON + timedelta(minutes=30)), member(), TERMS) is None


def test_a_lot_without_deadline_is_never_closed_nor_too_soon() -> None:
    assert refuse(lot(), member(), MatchingContext(NOON, notice_days=30)) is None


def test_a_member_may_need_days_to_answer() -> None:
    refusal = refuse(lot(closes=NOON + timedelta(days=3)), member(), MatchingContext(NOON, notice_days=10))
    assert refusal is not None
    assert (refusal.kind, refusal.detail) == (RefusalKind.TOO_SOON, "3 < 10")


@pytest.mark.parametrize(
    ("place", "reach", "reached"),
    [
        ("BE323", ["BE32"], True),
        ("BE", ["BE32"], True),
        ("BE234", ["BE3", "BE1"], False),
        ("FRE11", [], True),
        ("FRE11", ["FRE"], True),
        ("FR101", ["FRE"], False),
    ],
)
def test_a_lot_outside_the_members_places_is_out_of_reach(place: str, reach: list[str], reached: bool) -> None:
    refusal = refuse(lot(nuts=[place]), member(reach=tuple(map(Nuts, reach))), TERMS)
    assert (refusal is None) == reached
    assert refusal is None or (refusal.kind, refusal.detail) == (RefusalKind.OUT_OF_REACH, place)


def test_a_lot_that_states_no_place_refuses_nobody() -> None:
    assert refuse(lot(), member(reach=(Nuts("BE32"),)), TERMS) is None


@pytest.mark.parametrize(
    ("languages", "refused"), [(("NLD",), True), (("NLD", "FRA"), False), ((), False), (("fra",), False)]
)
def test_a_tender_must_be_written_in_a_language_of_the_member(languages: tuple[str, ...], refused: bool) -> None:
    refusal = refuse(lot(tender_languages=languages), member(languages=("fr",)), TERMS)
    assert (refusal is not None) == refused
    assert refusal is None or refusal.kind is RefusalKind.LANGUAGE


def test_a_reserved_lot_is_for_sheltered_workshops() -> None:
    refusal = refuse(lot(reserved=True), member(), TERMS)
    assert refusal is not None
    assert refusal.kind is RefusalKind.RESERVED
    assert refuse(lot(reserved=True), member(certificates=("ETA",)), TERMS) is None
