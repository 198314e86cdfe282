from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from matching.consortium.affinity import LEAST_FIT, LEAST_PART, SPECIALIST, TAU, affinity
from matching.engine import match_lots, texts_to_encode
from matching.requirements.facets import facets_of
from matching.similarity.scales import best_parts, cpv_similarity, meaning_similarity, nearness
from matching.similarity.statement_index import StatementPool
from matching.text.bm25 import Words, split_compound, stems_of
from tests.support.matching_world import NOON, award, competence, lot, member, vectors_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.match_results import FacetKind, Match, ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference

codes = st.from_regex(r"(72|48|45|32)[0-9]{1,6}", fullmatch=True).map(lambda code: Cpv(code.ljust(8, "0")))
places = st.sampled_from(
    [
        "BE",
        "BE1",
        "BE100",
        "BE2",
        "BE234",
        "BE3",
        "BE32",
        "BE32B",
        "BE323",
        "BE33",
        "BE332",
        "FR",
        "FRE11",
        "FRE12",
        "LU000",
    ]
).map(Nuts)
sentences = st.sampled_from(
    ["Serveurs et stockage", "Réseau de fibre optique", "Développement de logiciels", "Sites web communaux", "Repas"]
)

PRODUCT_TOLERANCE = 2e-5
"""float32: on some processors BLAS adds the 96 products of a row in another order for another shape. That moves a sum
by at most 96 half units in the last place of the sum of their sizes (96 * 6e-8 * 0.6 = 3.5e-6), which is stretched 3.6
times to a likeness."""
SUM_TOLERANCE = 1e-9
"""float64: a dozen numbers added in another order, or with compensation (as from Python 3.12 on), differ by some 1e-16;
a reason that is left out or counted twice moves the sum by all its points."""

SERVERS = competence("Fourniture de serveurs et de baies de stockage", "48820000")
NETWORK = competence("Réseau de fibre optique, câblage", "32420000")


def match_of(open_lot: OpenLot, who: Member, references: tuple[Reference, ...] = ()) -> Match | None:
    vectors = vectors_of(texts_to_encode([open_lot], [who], references))
    (match_result,) = match_lots([open_lot], [who], references, vectors, as_of=NOON)
    return next(iter(match_result.matches), None)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(sentences, max_size=3),
    st.lists(codes, min_size=1, max_size=3),
    sentences,
    sentences,
    codes,
    places,
    places,
)
def test_a_score_is_the_sum_of_its_reasons(
    texts: list[str], offered: list[Cpv], title: str, text: str, open_lot: Cpv, here: Nuts, there: Nuts
) -> None:
    who = member("a", *(competence(t, *map(str, offered)) for t in texts), nuts=here)
    match = match_of(lot(title, text, cpv=[str(open_lot)], nuts=[str(there)]), who)
    if match is not None:
        assert match.score == pytest.approx(sum(reason.points for reason in match.reasons), abs=SUM_TOLERANCE)
        assert 0 <= match.score <= 1
        assert all(reason.points for reason in match.reasons)
        assert all(reason.points > 0 for reason in match.reasons if reason.asked), "what speaks against has no pair"


@settings(max_examples=50, deadline=None)
@given(places, places, places)
def test_a_nearer_lot_never_scores_less(home: Nuts, near: Nuts, far: Nuts) -> None:
    if near.common(home) < far.common(home):
        near, far = far, near
    if near.common(home) == far.common(home):
        return
    who = member("a", SERVERS, nuts=home)
    first, second = (match_of(lot("Serveurs", cpv=["48820000"], nuts=[p.code]), who) for p in (near, far))
    assert first is not None
    assert second is not None
    assert first.score >= second.score


def test_across_a_border_is_nearer_than_elsewhere_abroad() -> None:
    assert nearness(Nuts("FRE11"), Nuts("BE323")) > nearness(Nuts("FR101"), Nuts("BE323"))


@given(codes, codes)
def test_codes_are_similar_both_ways_and_most_like_themselves(one: Cpv, other: Cpv) -> None:
    assert cpv_similarity(one, other) == cpv_similarity(other, one)
    assert 0 <= cpv_similarity(one, other) <= cpv_similarity(one, one) or one.within(other) or other.within(one)


@pytest.mark.parametrize(
    ("required", "closer", "further"),
    [
        ("72212000", "72212730", "72230000"),
        ("72212000", "72200000", "72500000"),
        ("45315000", "45315300", "45331000"),
        ("48820000", "48823000", "72820000"),
        ("72000000", "72212000", "48000000"),
    ],
)
def test_codes_that_share_more_digits_are_more_similar(required: str, closer: str, further: str) -> None:
    assert cpv_similarity(Cpv(required), Cpv(closer)) > cpv_similarity(Cpv(required), Cpv(further))


def test_a_wide_division_shared_says_less_than_a_narrow_one() -> None:
    assert cpv_similarity(Cpv("45000000"), Cpv("45315000")) < cpv_similarity(Cpv("72000000"), Cpv("72212000"))


weights = arrays.arrays(np.float32, st.integers(1, 8), elements=st.floats(0.125, 1, width=32))


@given(weights, st.data())
def test_the_best_part_is_a_mean_and_grows_with_its_values(weight: np.ndarray, data: st.DataObject) -> None:
    values = data.draw(arrays.arrays(np.float32, len(weight), elements=st.floats(0, 1, width=32)))
    best = best_parts(values[:, None], weight, 0.34)[0]
    assert values.min() - 1e-5 <= best <= values.max() + 1e-5
    assert best_parts(np.minimum(values + 0.1, 1)[:, None], weight, 0.34)[0] >= best - 1e-5


@given(st.integers(1, 300), st.data())
def test_the_meaning_of_a_facet_hangs_on_no_other(count: int, data: st.DataObject) -> None:
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    facets, statements = (draw.standard_normal((n, 96)).astype(np.float32) / 10 for n in (count, 37))
    at = data.draw(st.integers(0, count - 1))
    together, alone = meaning_similarity(facets, statements), meaning_similarity(facets[at : at + 1], statements)
    assert np.allclose(together[at], alone[0], rtol=0, atol=PRODUCT_TOLERANCE)


def test_words_of_one_language_meet_in_any_inflexion_and_elision() -> None:
    assert stems_of("l'exploitation des SERVEURS sécurisés", "fr") == stems_of("exploitations, serveur sécurisé", "fr")
    assert stems_of("De netwerken en servers", "nl") == stems_of("netwerk, server", "nl")


def test_capitals_without_accents_meet_words_with_them() -> None:
    assert stems_of("RESEAU TELEPHONIQUE", "fr") == stems_of("réseau téléphonique", "fr")


def test_compounds_are_taken_apart_by_what_members_state() -> None:
    assert split_compound("netwerkbeveil", frozenset({"netwerk", "beveil"})) == ("netwerk", "beveil")
    assert split_compound("datensicherungsystem", frozenset({"datensicherung"})) == ()
    words = Words([("Bekabeling van netwerken", "nl"), ("Bereiden van maaltijden", "nl")])
    shared = words.similarity("Netwerkbekabeling voor de school", "nl")
    assert shared[0] > 0.1
    assert shared[1] == 0


def test_words_are_silent_across_languages() -> None:
    assert not Words([("Développement de logiciels", "fr")]).similarity("Développement de logiciels", "nl").any()


def test_words_that_every_notice_has_are_not_shared() -> None:
    words = Words([("Fourniture et installation de serveurs", "fr")])
    assert not words.similarity("Marché de fourniture et installation de chaudières", "fr").any()


def test_an_award_speaks_for_its_winner_and_has_its_own_reason() -> None:
    who = member("a", competence("Réseau de fibre optique", "32420000"))
    open_lot = lot("Fourniture de serveurs", cpv=["48820000"])
    won = award(who.company_number, "Fourniture de serveurs pour la province", "48820000")
    without, match = match_of(open_lot, who), match_of(open_lot, who, (won,))
    assert match is not None
    assert ReasonKind.REFERENCE in {reason.kind for reason in match.reasons}
    assert without is None or match.score > without.score


def test_an_award_of_somebody_else_changes_nothing() -> None:
    who, open_lot = member("a", SERVERS), lot("Fourniture de serveurs", cpv=["48820000"])
    assert match_of(open_lot, who, (award("BE0123456789", "Serveurs", "48820000"),)) == match_of(open_lot, who)


def test_a_reason_holds_the_strongest_pair() -> None:
    who = member("a", competence("Nettoyage de bureaux", "90911200"), SERVERS)
    match = match_of(lot("Marché 2026", "Gardiennage du site. Serveurs et stockage de données.", cpv=["48820000"]), who)
    assert match is not None
    words = next(reason for reason in match.reasons if reason.kind is ReasonKind.WORDS)
    assert (words.asked, words.offered) == ("Serveurs et stockage de données.", SERVERS.text)


@settings(max_examples=50, deadline=None)
@given(
    st.permutations([SERVERS, competence("Réseau de fibre optique", "32420000"), competence("Sites web", "72413000")])
)
def test_the_order_of_competences_changes_no_score(order: list[object]) -> None:
    open_lot = lot("Serveurs et réseau", "Sites web et stockage.", cpv=["48820000"])
    usual = match_of(open_lot, member("a", SERVERS, *(c for c in order if c != SERVERS)))  # pyright: ignore[reportArgumentType]
    other = match_of(open_lot, member("a", *order))  # pyright: ignore[reportArgumentType]
    assert usual is not None
    assert other is not None
    assert usual.score == pytest.approx(other.score, abs=PRODUCT_TOLERANCE)


def test_affinity_lies_between_zero_and_one_and_names_its_statement() -> None:
    members = [member("a", SERVERS), member("b"), member("c", competence("Câblage", "45314320"), SERVERS)]
    pool = StatementPool(members)
    facets = facets_of(lot("Serveurs et stockage", "Repas chauds pour la crèche.", cpv=["48820000"]))
    covered, best_statement = affinity(pool.compute_similarities(facets), pool, np.array([0.8, 0.8, 0.6]))
    assert covered.shape == best_statement.shape == (len(facets), 3)
    assert covered.dtype == np.float32
    assert ((covered == 0) | ((covered >= TAU) & (covered <= 1))).all()
    assert ((best_statement >= 0) == (covered > 0)).all()
    coded = next(i for i, facet in enumerate(facets) if facet.code)
    assert [pool.statements[i].text.value for i in best_statement[coded][[0, 2]]] == [SERVERS.text] * 2


def test_a_member_that_fits_the_lot_covers_more_of_it_and_one_that_fits_nothing_less() -> None:
    pool = StatementPool([member("a", SERVERS), member("b", SERVERS)])
    like = pool.compute_similarities(facets_of(lot("Serveurs et stockage", cpv=["48820000"])))
    covered, _ = affinity(like, pool, np.array([0.9, 0.001]))
    assert (covered[:, 0] >= covered[:, 1]).all()
    assert covered[:, 0].sum() > covered[:, 1].sum()


def test_what_a_specialist_is_shown_to_do_is_covered_by_no_generalist_however_well_it_fits() -> None:
    pool = StatementPool([member("generaliste", SERVERS), member("reseau", NETWORK)])
    facets = facets_of(lot("Serveurs", "Réseau de fibre optique et câblage.", cpv=["48820000"]))
    sentence = next(i for i, facet in enumerate(facets) if facet.kind is FacetKind.SENTENCE)
    covered, _ = affinity(pool.compute_similarities(facets), pool, np.array([0.9, 0.3]))
    assert covered[sentence].tolist() == [0.0, SPECIALIST]
    assert covered[:sentence, 0].min() > 0.0


@pytest.mark.parametrize("fit", [LEAST_FIT / 2, LEAST_PART * 0.8 * 0.9])
def test_a_member_that_hardly_fits_the_lot_is_no_specialist(fit: float) -> None:
    pool = StatementPool([member("generaliste", SERVERS), member("reseau", NETWORK)])
    facets = facets_of(lot("Serveurs", "Réseau de fibre optique et câblage.", cpv=["48820000"]))
    sentence = next(i for i, facet in enumerate(facets) if facet.kind is FacetKind.SENTENCE)
    covered, _ = affinity(pool.compute_similarities(facets), pool, np.array([0.9, fit]))
    assert covered[sentence, 0] > covered[sentence, 1]


def test_a_member_without_competences_matches_nothing() -> None:
    assert match_of(lot("Serveurs", cpv=["48820000"]), member("a")) is None
    assert match_of(lot("Serveurs", cpv=["48820000"]), replace(member("a"), competences=())) is None
