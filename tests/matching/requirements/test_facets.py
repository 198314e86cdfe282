from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.requirements.facets import facets_of
from matching.requirements.passages import says_something
from matching.text.sentences import split_sentences
from tests.support.matching_world import lot
from tests.support.notices.strategies import cpvs, places, texts
from warehouse.model.match_results import FacetKind
from warehouse.model.notices import Criterion, Form, Lot, Notice, OpenLot, Publication, Text

criteria = st.lists(
    st.builds(Criterion, st.sampled_from(["selection", "award"]), st.just("tp-abil"), texts), max_size=3
)
lots = st.builds(Lot, st.just("L"), texts, texts, cpv=cpvs, nuts=places, criteria=criteria.map(tuple))
notices = st.builds(
    Notice,
    st.just("n"),
    st.just(1),
    st.just(Form.COMPETITION),
    st.just(Publication("s", "1", None)),
    titles=texts,
    cpv=cpvs,
)


@given(lots, notices)
def test_the_weights_of_a_lot_sum_to_one_or_it_has_no_facets(part: Lot, notice: Notice) -> None:
    facets = facets_of(OpenLot("u", part, notice, ()))
    assert not facets or math.isclose(sum(f.weight for f in facets), 1)
    assert all(0 < f.weight <= 1 and f.text for f in facets)


@given(lots, notices)
def test_no_facet_says_the_same_twice(part: Lot, notice: Notice) -> None:
    facets = facets_of(OpenLot("u", part, notice, ()))
    assert len({f.code or f.text.lower() for f in facets}) == len(facets)


def test_a_lot_of_which_nothing_is_known_requires_nothing() -> None:
    assert facets_of(lot()) == ()


def test_a_lot_without_text_requires_its_codes_in_words() -> None:
    (facet,) = facets_of(lot(cpv=["72400000"]))
    assert (facet.kind, facet.code, facet.weight) == (FacetKind.CPV, "72400000", 1)
    assert "nternet" in facet.text


def test_a_code_that_does_not_exist_is_described_by_its_nearest_parent_or_itself() -> None:
    known, unknown = facets_of(lot(cpv=["72999999", "01234567"]))
    assert (known.code, unknown.text) == ("72999999", "01234567")
    assert known.text.startswith("Services")


@pytest.mark.parametrize(
    "title", ["DMOW/MT/03110 - 1", "Lot 2", "Perceel 1", "Lot n° 3", "2024-118", "VALM-2026-014 - 1", "Los 4", "n.v.t."]
)
def test_a_reference_or_a_number_is_no_title(title: str) -> None:
    assert not says_something(title)


@pytest.mark.parametrize("title", ["Lot 2 : Climatisation", "SERVEURS ET STOCKAGE", "Onderhoud netwerk", "ITSM Tool"])
def test_a_title_with_words_is_one(title: str) -> None:
    assert says_something(title)


def test_a_lot_titled_by_a_reference_takes_the_title_of_its_procedure() -> None:
    facets = facets_of(lot("DMOW/MT/03110 - 1", notice_title="Onderhoud van netwerken", language="NLD"))
    assert [f.text for f in facets if f.kind is FacetKind.TITLE] == ["Onderhoud van netwerken"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Cf. art. 12 du règlement. Le réseau est livré.", ["Cf. art. 12 du règlement.", "Le réseau est livré."]),
        (
            "Servers, o.a. voor M.B.T. opslag. Levering bijv. in mei.",
            ["Servers, o.a. voor M.B.T. opslag.", "Levering bijv. in mei."],
        ),
        (
            "Wartung gem. Nr. 4, z.B. nachts. Betrieb der Netze.",
            ["Wartung gem. Nr. 4, z.B. nachts.", "Betrieb der Netze."],
        ),
        ("Backups, e.g. Tapes. Training.", ["Backups, e.g. Tapes.", "Training."]),
        ("- serveurs\n- onduleurs\n• câblage", ["serveurs", "onduleurs", "câblage"]),
        ("1) Étude ; • Pose", ["Étude", "Pose"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, sentences: list[str]) -> None:
    assert list(split_sentences(text)) == sentences


def test_a_sentence_that_points_to_the_documents_is_no_facet() -> None:
    facets = facets_of(lot("Câblage", "Pose de fibre optique. Voir le règlement de consultation."))
    assert [f.text for f in facets if f.kind is FacetKind.SENTENCE] == ["Pose de fibre optique."]


def test_selection_criteria_are_requirements_and_no_facets() -> None:
    part = lot("Serveurs").lot
    required = Criterion("selection", "tp-abil", (Text("Le candidat présente trois références de fourniture.", "fra"),))
    facets = facets_of(OpenLot(part.id, Lot(part.id, part.titles, criteria=(required,)), lot().notice, ()))
    assert [f.kind for f in facets] == [FacetKind.TITLE]


def test_a_lot_that_says_see_the_documents_is_read_with_its_notices_words() -> None:
    facets = facets_of(lot("zie opdrachtdocument", "Zie bestek.", language="NLD", notice_title="Vervangen van servers"))
    assert "Vervangen van servers" in {f.text for f in facets}


def test_award_criteria_are_no_facets() -> None:
    part = lot("Serveurs").lot
    priced = Lot(part.id, part.titles, criteria=(Criterion("award", "price", (part.titles[0],)),))
    assert [f.kind for f in facets_of(OpenLot("u", priced, lot().notice, ()))] == [FacetKind.TITLE]


def test_a_description_of_200_kilobytes_gives_few_short_facets() -> None:
    facets = facets_of(lot("Serveurs", " ".join(f"Fourniture du serveur numéro {i} en baie." for i in range(5000))))
    assert len(facets) <= 25
    assert max(len(f.text) for f in facets) <= 301


def test_one_endless_sentence_is_cut_at_a_word() -> None:
    (facet,) = facets_of(lot(description="onduleur " * 20000))
    assert facet.text.endswith("onduleur…")
