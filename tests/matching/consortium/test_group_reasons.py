"""A group is proposed only for what is out of reach of each of its members alone, and names it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from matching.consortium.conditions import are_alternatives, conditions_of
from matching.engine import match_lots, texts_to_encode
from tests.support.matching_world import NOON, competence, lot, member, vectors_of
from warehouse.model.match_results import GroupReason, GroupReasonKind, Held, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import Criterion, Money, OpenLot, Text

BOTH = "Le soumissionnaire doit être certifié ISO 27001 et ISO 20000-1, ou équivalents."
SERVERS = competence("Fourniture de serveurs et de baies de stockage", "48820000")
NETWORK = competence("Réseau de fibre optique et commutateurs", "32420000")


def firm(name: str, *stated: object, millions: str | None = None, **changes: object) -> Member:
    turnover = Money(Decimal(millions) * 1_000_000, "EUR") if millions else None
    return member(name, *stated, turnover=turnover, **changes)  # pyright: ignore[reportArgumentType]


PAIR = (
    firm("serveurs", SERVERS, millions="0.9", certificates=("ISO 27001",)),
    firm("reseau", NETWORK, millions="0.8", certificates=("ISO 20000",)),
)
WORDS = "Fourniture de serveurs et de baies de stockage. Réseau de fibre optique et commutateurs."


def lot_requiring(*criteria: str, languages: tuple[str, ...] = ()) -> OpenLot:
    called = lot("Serveurs et réseau", WORDS, cpv=["48820000", "32420000"], uid="deux", tender_languages=languages)
    group_input = tuple(Criterion("selection", "other", (Text(text, "FRA"),)) for text in criteria)
    return replace(called, lot=replace(called.lot, criteria=group_input))


def match_one(group_input: OpenLot, members: tuple[Member, ...] = PAIR) -> MatchResult:
    vectors = vectors_of(texts_to_encode([group_input], members))
    (match_result,) = match_lots([group_input], members, (), vectors, as_of=NOON)
    return match_result


def reasons(group_input: OpenLot, members: tuple[Member, ...] = PAIR) -> dict[GroupReasonKind, GroupReason]:
    (proposed,) = match_one(group_input, members).consortia
    return {reason.kind: reason for reason in proposed.reasons}


def test_needs_that_no_member_covers_alone_are_named_with_who_covers_them() -> None:
    found = reasons(lot_requiring())
    assert set(found) == {GroupReasonKind.NEED}
    assert found[GroupReasonKind.NEED].brings[0].member in {"serveurs", "reseau"}


def test_a_member_that_does_all_by_itself_leaves_no_reason_for_a_group() -> None:
    complete = firm("complet", SERVERS, NETWORK, millions="1", certificates=("ISO 27001", "ISO 20000"))
    assert match_one(lot_requiring(), (*PAIR, complete)).consortia == ()


def test_a_turnover_above_that_of_each_is_a_reason_and_both_bring_theirs() -> None:
    found = reasons(lot_requiring("Chiffre d'affaires annuel minimum de 1 500 000 EUR."))[GroupReasonKind.TURNOVER]
    assert found.asked == "1500000 EUR"
    assert sorted(held.condition for held in found.brings) == ["800000 EUR", "900000 EUR"]


def test_a_turnover_that_one_reaches_is_no_reason() -> None:
    found = reasons(lot_requiring("Chiffre d'affaires annuel minimum de 850 000 EUR."))
    assert GroupReasonKind.TURNOVER not in found


def test_certificates_of_one_sentence_are_decided_part_by_part() -> None:
    found = reasons(lot_requiring(BOTH))[GroupReasonKind.CERTIFICATES]
    assert set(found.brings) == {Held("serveurs", "ISO 27001"), Held("reseau", "ISO 20000")}


def test_a_part_that_nobody_is_known_to_hold_stays_to_be_verified_by_its_name() -> None:
    silent = (PAIR[0], replace(PAIR[1], certificates=()))
    (proposed,) = match_one(lot_requiring(BOTH), silent).consortia
    assert proposed.remarks.unverified == ("ISO 20000",)
    assert [held.condition for held in proposed.remarks.holds] == ["ISO 27001"]


@pytest.mark.parametrize(
    ("sentence", "names", "alternatives"),
    [
        ("ISO 9001 ou ISO 14001", ("ISO 9001", "ISO 14001"), True),
        ("ISO 9001 of ISO 14001", ("ISO 9001", "ISO 14001"), True),
        ("ISO 27001 et ISO 20000-1, ou équivalents", ("ISO 27001", "ISO 20000"), False),
        ("ISO 9001, ISO 14001", ("ISO 9001", "ISO 14001"), False),
        ("ISO 9001 ou équivalent", ("ISO 9001",), False),
    ],
)
def test_certificates_are_alternatives_where_the_sentence_says_or(
    sentence: str, names: tuple[str, ...], alternatives: bool
) -> None:
    assert are_alternatives(sentence, names) == alternatives


def test_one_of_two_alternatives_meets_the_condition() -> None:
    group_input = lot_requiring("Le soumissionnaire doit être certifié ISO 27001 ou ISO 9001.")
    (row,) = conditions_of(group_input, (), PAIR).rows
    assert row.members == (0,)


def test_a_member_refused_for_the_language_of_the_tender_is_a_partner_and_marked_so() -> None:
    foreign = (PAIR[0], replace(PAIR[1], languages=("de",)))
    (proposed,) = match_one(lot_requiring(languages=("FRA",)), foreign).consortia
    assert sorted(proposed.members) == ["reseau", "serveurs"]
    assert proposed.partner_only == ("reseau",)
    assert proposed.best_alone == "serveurs"


def test_members_all_refused_for_the_language_are_no_group() -> None:
    foreign = tuple(replace(pair_member, languages=("de",)) for pair_member in PAIR)
    assert match_one(lot_requiring(languages=("FRA",)), foreign).consortia == ()
