"""Statements without a code, matched by the codes of lots in other languages."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.engine import match_lots, texts_to_encode
from matching.prefilter import is_similar, is_similar_to_any_member
from matching.requirements.facets import facets_of
from matching.similarity.label_similarity import Uncoded
from matching.similarity.statement_index import StatementPool
from matching.text.bm25 import Words
from tests.support.matching_world import NOON, competence, lot, member, vectors_of
from warehouse.codes.cpv_labels import shipped_labels
from warehouse.model.notices import OpenLot

SERVERS = competence("Maintenance de serveurs et de stations de travail")
ENGLISH = competence("Maintenance of servers and workstations", language="en")
MEALS = competence("Préparation de repas pour les crèches")


def dutch(code: str = "48820000") -> OpenLot:
    return lot("Levering en plaatsing", "Zie het bestek van de opdracht.", cpv=[code], language="NLD")


def selected(open_lot: OpenLot, *competences: object) -> list[bool]:
    """Which of these competences, each of a member of its own, pass the prefilter."""
    pool = StatementPool([member(f"m{i}", competence) for i, competence in enumerate(competences)])  # pyright: ignore[reportArgumentType]
    return is_similar(pool.compute_similarities(facets_of(open_lot)), pool).tolist()


def test_a_statement_without_a_code_is_found_by_a_lot_in_another_language() -> None:
    assert selected(dutch(), SERVERS, ENGLISH, MEALS) == [True, True, False]


@given(
    st.lists(st.sampled_from([SERVERS, ENGLISH, MEALS, competence("Réseaux", "32420000")]), max_size=3),
    st.sampled_from(["48820000", "32420000", "55523100", "45000000", None]),
    st.sampled_from(["Levering en plaatsing", "Fourniture de serveurs et de stations de travail", "Des repas chauds"]),
    st.sampled_from(["NLD", "FRA", "DEU"]),
)
def test_somebody_is_selected_exactly_where_one_of_all_is(
    statement_lists: list[object], code: str | None, title: str, language: str
) -> None:
    facets = facets_of(lot(title, "", cpv=[code] if code else [], language=language))
    pool = StatementPool([member(f"m{i}", statements) for i, statements in enumerate(statement_lists)])  # pyright: ignore[reportArgumentType]
    assert is_similar_to_any_member(facets, pool) == bool(is_similar(pool.compute_similarities(facets), pool).any())


def test_a_lot_of_another_trade_notifies_nobody() -> None:
    assert selected(dutch("55523100"), SERVERS, ENGLISH) == [False, False]


def test_within_a_language_what_has_no_code_is_found_by_words_alone() -> None:
    french = lot("Livraison et placement", cpv=["48820000"])
    pool = StatementPool([member("m", MEALS), member("n", SERVERS)])
    assert not pool.uncoded.similarity(facets_of(french)).any()
    words = Words([(s.text.value, "fr") for s in pool.statements], [(r.fr, "fr") for r in shipped_labels().values()])
    by_words = [words.similarity(facet.text, "fr") for facet in facets_of(french)]
    assert np.allclose(
        pool.compute_similarities(facets_of(french)).words, np.stack(by_words), atol=1e-6
    )  # float32, summed otherwise


def test_what_has_a_code_is_found_by_its_code_alone() -> None:
    coded = competence("Maintenance de serveurs et de stations de travail", "79800000")
    assert selected(dutch(), coded) == [False]


def test_a_lot_that_is_selected_is_encoded_and_matched() -> None:
    who = [member("serveurs", SERVERS), member("repas", MEALS)]
    texts = texts_to_encode([dutch()], who)
    assert "Levering en plaatsing" in {text.value for text in texts}
    (match_result,) = match_lots([dutch()], who, (), vectors_of(texts), as_of=NOON)
    assert max((m.score for m in match_result.matches if m.member == "repas"), default=0.0) < 0.02


def test_a_code_without_a_label_is_found_by_that_of_its_nearest_parent() -> None:
    pool = StatementPool([member("m", competence("Groupes électrogènes"))])
    parent, child = (pool.uncoded.similarity(facets_of(dutch(code))) for code in ("31121000", "31121320"))
    assert parent[0] > 0.9
    assert np.allclose(parent, child, atol=1e-6)  # float32: nothing says that both are summed in one order
    assert not pool.uncoded.similarity(facets_of(dutch("01999999"))).any()


@given(st.lists(st.sampled_from([SERVERS, ENGLISH, MEALS, competence("", language="fr")]), max_size=4))
def test_each_statement_is_held_against_labels_by_itself(statement_lists: list[object]) -> None:
    pool = StatementPool([member(f"m{i}", statements) for i, statements in enumerate(statement_lists)])  # pyright: ignore[reportArgumentType]
    facets = facets_of(dutch())
    alone = [Uncoded([statement]).similarity(facets)[0] for statement in pool.statements]
    found = pool.uncoded.similarity(facets)
    assert np.allclose(found, alone, atol=1e-5)
    assert ((found >= 0) & (found <= 1)).all()
