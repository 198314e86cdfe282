"""The lots just below a member's threshold, and what it could state that would have raised them."""

from __future__ import annotations

import pytest

from matching.engine import match_lots
from matching.near_misses import find_near_miss, nearest_below, replaced
from tests.support.matching_world import NOON, competence, lot, member
from warehouse.model.match_results import Match, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot

ATELIER = member("atelier", competence("Fourniture de serveurs et de baies de stockage", "48820000"))
MEMBERS = (ATELIER, member("toile", competence("Création de sites internet", "72413000")))
SITE = lot("Site internet de la commune", "Refonte du site.", cpv=["72413000", "48820000"], uid="site:1")


def score(open_lot: OpenLot, changed: Member) -> float:
    (result,) = match_lots([open_lot], replaced(MEMBERS, changed), as_of=NOON)
    return next((match.score for match in result.matches if match.member == changed.id), 0.0)


def test_the_nearest_below_the_threshold_come_first_and_none_from_above() -> None:
    results = [
        MatchResult(uid, (), (Match(uid, "atelier", value, ()), Match(uid, "toile", 0.27, ())), (), ())
        for uid, value in (("a:1", 0.3), ("b:1", 0.1), ("c:1", 0.2), ("d:1", 0.2))
    ]
    found = nearest_below(results, "atelier", 0.28, show=2)
    assert [(match.lot_uid, match.score) for match in found] == [("c:1", 0.2), ("d:1", 0.2)]


def test_a_code_that_the_member_does_not_state_is_named_with_the_score_it_would_give() -> None:
    match = Match(SITE.uid, "atelier", score(SITE, ATELIER), ())
    (addition,) = find_near_miss(SITE, match, ATELIER, score).additions
    assert addition.code.code == "72413000"
    assert addition.score > match.score
    assert addition.score == pytest.approx(
        score(SITE, member("atelier", *ATELIER.competences, competence(addition.text, "72413000")))
    )


def test_what_would_raise_nothing_is_not_named() -> None:
    match = Match(SITE.uid, "atelier", 1.0, ())
    assert find_near_miss(SITE, match, ATELIER, score).additions == ()
