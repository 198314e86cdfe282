from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.encoder.embedding import digest_of
from matching.engine import match_lots, texts_to_encode
from matching.errors import VectorsRefused
from matching.members_file.members import demo_members
from tests.support.matching_world import NOON, award, competence, lot, member, vectors_of
from warehouse.model.match_results import MatchResult, RefusalKind
from warehouse.model.notices import OpenLot, Text

MEMBERS = (
    member("serveurs", competence("Fourniture de serveurs et de baies de stockage", "48820000")),
    member("reseau", competence("Réseau de fibre optique et commutateurs", "32420000")),
    member("froid", competence("Climatisation de salles informatiques", "42512000")),
    member("muet"),
)
SALLE = lot(
    "Salle informatique : serveurs, réseau et climatisation",
    "Fourniture de serveurs et de baies de stockage. Réseau de fibre optique et commutateurs. "
    "Climatisation de salles informatiques.",
    cpv=["48820000", "32420000", "42512000"],
    uid="salle",
)
MEALS = lot("Repas chauds", "Préparation de repas pour les crèches.", cpv=["55523100"], uid="repas")
CODED = lot(cpv=["48820000"], uid="codes")


def match_one(lots: list[OpenLot], members: tuple[object, ...] = MEMBERS) -> tuple[MatchResult, ...]:
    who = tuple(members)
    vectors = vectors_of(texts_to_encode(lots, who))  # pyright: ignore[reportArgumentType]
    return tuple(match_lots(lots, who, (), vectors, as_of=NOON))  # pyright: ignore[reportArgumentType]


@settings(max_examples=10, deadline=None)
@given(st.permutations(MEMBERS), st.permutations([SALLE, MEALS, CODED]))
def test_matching_does_not_depend_on_the_order_of_members_or_lots(members: list[object], lots: list[OpenLot]) -> None:
    expected = {match_result.lot_uid: match_result for match_result in match_one([SALLE, MEALS, CODED])}
    assert {match_result.lot_uid: match_result for match_result in match_one(lots, tuple(members))} == expected


def test_references_are_read_in_any_order() -> None:
    who = MEMBERS[0]
    won = [award(who.company_number, f"Serveurs {n}", "48820000", notice=f"n-{n}") for n in "abc"]
    seen: set[tuple[MatchResult, ...]] = set()
    for order in permutations(won):
        vectors = vectors_of(texts_to_encode([SALLE], MEMBERS, order))
        seen.add(tuple(match_lots([SALLE], MEMBERS, order, vectors, as_of=NOON)))
    assert len(seen) == 1


def test_every_member_is_matched_or_refused_or_too_little_similar() -> None:
    (match_result,) = match_one([SALLE])
    matched, refused = {m.member for m in match_result.matches}, {r.member for r in match_result.refusals}
    assert not matched & refused
    assert refused == {"muet"}


def test_a_lot_of_another_trade_refuses_everybody_and_says_its_codes() -> None:
    (match_result,) = match_one([MEALS])
    assert match_result.matches == ()
    assert {(r.kind, r.detail) for r in match_result.refusals} == {(RefusalKind.NO_SIMILARITY, "55523100")}


def test_matches_stand_best_first() -> None:
    (match_result,) = match_one([SALLE])
    scores = [match.score for match in match_result.matches]
    assert scores == sorted(scores, reverse=True)


def test_a_closed_lot_has_facets_and_refusals_only() -> None:
    closed = replace(SALLE, lot=replace(SALLE.lot, deadline=lot(closes=NOON - timedelta(days=1)).lot.deadline))
    (match_result,) = match_one([closed])
    assert match_result.facets
    assert {r.kind for r in match_result.refusals} == {RefusalKind.CLOSED}
    assert (match_result.matches, match_result.consortia) == ((), ())


def test_a_lot_without_text_is_matched_by_its_codes() -> None:
    (match_result,) = match_one([CODED])
    assert match_result.matches[0].member == "serveurs"


def test_a_lot_of_which_nothing_is_known_is_nobodys() -> None:
    (match_result,) = match_one([lot()])
    assert (match_result.facets, match_result.matches, len(match_result.refusals)) == ((), (), len(MEMBERS))


def test_a_code_that_does_not_exist_is_nobodys() -> None:
    (match_result,) = match_one([lot(cpv=["01999999"])])
    assert match_result.matches == ()


def test_nobody_to_match_gives_a_match_result_without_names() -> None:
    (match_result,) = match_one([SALLE], ())
    assert (match_result.matches, match_result.refusals) == ((), ())


def test_a_description_of_200_kilobytes_is_matched() -> None:
    long = lot("Serveurs", "Fourniture de serveurs et de baies de stockage. " * 4200, cpv=["48820000"])
    (match_result,) = match_one([long])
    assert match_result.matches[0].member == "serveurs"


def test_only_lots_that_are_somewhat_similar_are_encoded() -> None:
    texts = {text.value for text in texts_to_encode([SALLE, MEALS], MEMBERS)}
    assert "Repas chauds" not in texts
    assert "Climatisation de salles informatiques." in texts


def test_each_text_is_encoded_once() -> None:
    texts = texts_to_encode([SALLE, replace(SALLE, uid="again")], MEMBERS)
    assert len({digest_of(text) for text in texts}) == len(texts)


def test_the_same_words_in_two_languages_are_two_texts() -> None:
    assert digest_of(Text("Software", "NLD")) != digest_of(Text("Software", "ENG"))
    assert digest_of(Text("Software", "ENG")) == digest_of(Text("Software", "en"))


def test_a_missing_vector_is_refused_with_what_to_do() -> None:
    vectors = vectors_of(texts_to_encode([SALLE], MEMBERS))
    del vectors[digest_of(Text("Climatisation de salles informatiques.", "FRA"))]
    with pytest.raises(VectorsRefused, match=r"Climatisation.*texts_to_encode"):
        list(match_lots([SALLE], MEMBERS, (), vectors, as_of=NOON))


@pytest.mark.parametrize(
    ("blob", "sentence"),
    [
        (np.ones(7, dtype="<f4").tobytes(), r"7 numbers, the others 256.*one model"),
        (b"123", "3 bytes"),
        (np.full(256, np.nan, dtype="<f4").tobytes(), "not finite"),
    ],
)
def test_a_wrong_vector_is_refused(blob: bytes, sentence: str) -> None:
    vectors = vectors_of(texts_to_encode([SALLE], MEMBERS))
    vectors[digest_of(Text("Climatisation de salles informatiques.", "FRA"))] = blob
    with pytest.raises(VectorsRefused, match=sentence):
        list(match_lots([SALLE], MEMBERS, (), vectors, as_of=NOON))


def test_without_vectors_words_and_codes_are_matched_alone() -> None:
    (match_result,) = match_lots([SALLE], MEMBERS, as_of=NOON)
    assert {m.member for m in match_result.matches} == {"serveurs", "reseau", "froid"}


def test_what_nobody_covers_alone_is_proposed_to_those_who_do_together() -> None:
    (match_result,) = match_one([SALLE])
    assert sorted(match_result.consortia[0].members) == ["froid", "reseau", "serveurs"]
    assert match_result.consortia[0].best_alone_coverage < 0.65


def test_what_one_member_covers_is_proposed_to_no_consortium() -> None:
    (match_result,) = match_one([lot("Fourniture de serveurs et de baies de stockage", cpv=["48820000"])])
    assert match_result.matches[0].member == "serveurs"
    assert match_result.consortia == ()


def test_a_member_outside_its_reach_stands_in_no_consortium() -> None:
    away = tuple(replace(m, reach=(MEMBERS[0].nuts,)) if m.id == "froid" else m for m in MEMBERS)
    far = replace(SALLE, lot=replace(SALLE.lot, nuts=lot(nuts=["LU000"]).lot.nuts))
    (match_result,) = match_one([far], away)
    assert all("froid" not in consortium.members for consortium in match_result.consortia)


def test_a_night_of_the_demonstration_gives_equal_match_results_twice() -> None:
    members = demo_members()
    lots = [replace(SALLE, uid=str(date(2026, 1, day))) for day in (1, 2)]
    assert match_one(lots, members) == match_one(lots, members[::-1])
