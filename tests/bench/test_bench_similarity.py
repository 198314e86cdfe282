"""The benches of similarity and of the night: their properties, on data small enough for a known result."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.crosslingual.__main__ import reciprocal_ranks, summary
from bench.crosslingual.blend import blend_across, blend_within
from bench.crosslingual.texts import PARTS, read_labels
from bench.crosslingual.vector_cache import CachedVectors
from bench.night.figures import add_bars, draw_growth, page, slope
from bench.night.world import Weaver, invent_members, invent_notices, read_calls
from matching.encoder.embedding import load_model
from matching.text.char_ngrams import Concepts, pieces_of
from warehouse.model.notices import Text

LABELS = {
    "fr": ["ascenseurs", "serveurs informatiques", "nettoyage de bâtiments", "entretien d'ascenseurs"],
    "de": ["Aufzüge", "Server für Computer", "Gebäudereinigung", "Wartung von Aufzügen"],
}


def test_texts_without_a_common_word_meet_through_the_labels_of_their_languages() -> None:
    concepts = Concepts(LABELS)
    queries = concepts.profiles(["un ascenseur neuf", "nettoyer les bâtiments"], "fr")
    offered = concepts.profiles(["Aufzug", "Reinigung der Gebäude"], "de")
    assert (queries @ offered.T).argmax(axis=1).tolist() == [0, 1]


def test_a_text_that_shares_nothing_or_in_a_language_without_labels_is_like_nothing() -> None:
    concepts = Concepts(LABELS)
    assert not concepts.profiles(["qqq"], "fr").any()
    assert concepts.profiles(["lift"], "en").shape == (1, 4)
    assert not concepts.profiles(["lift"], "en").any()
    assert concepts.profiles([], "fr").shape == (0, 4)


def test_labels_that_are_not_in_step_are_refused() -> None:
    with pytest.raises(ValueError, match="as many labels in each language"):
        Concepts({"fr": ["un"], "de": []})


@given(st.text(max_size=40))
def test_pieces_know_neither_case_nor_accents(text: str) -> None:
    assert all(piece == piece.lower() for piece in pieces_of(text) if piece.isascii())
    assert list(pieces_of("Élévation ÉÈ")) == list(pieces_of("elevation ee"))


def test_blends_order_by_both_their_parts() -> None:
    cosines, zeros = np.array([[0.5, 0.5, 0.1]], dtype=np.float32), np.zeros((1, 3), dtype=np.float32)
    words = np.array([[0.0, 4.0, 0.0]], dtype=np.float32)
    assert blend_across(cosines, words).argmax() == 1
    assert blend_within(cosines, words, np.array([2])).argmax() == 1
    assert np.array_equal(blend_across(cosines, zeros), cosines)
    assert np.array_equal(blend_within(cosines, zeros, np.array([0])), cosines)


def test_a_rank_is_shared_by_equals() -> None:
    scores = np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]], dtype=np.float32)
    assert reciprocal_ranks(scores, np.array([0, 2])).tolist() == [1 / 1.5, 1 / 3]


def test_a_hybrid_that_is_its_best_part_has_a_ratio_of_one_without_error() -> None:
    ranks = np.array([[1.0, 0.5, 1.0, 1.0] * 10])
    figures = summary({"bm25": ranks / 2, "dense": ranks, "hybrid": ranks}, np.arange(40))
    assert (figures["best_part"], figures["ratio"], figures["ratio_se"]) == ("dense", 1.0, 0.0)


def test_no_class_of_codes_is_learned_from_and_measured(shared: Path) -> None:
    labels = read_labels(shared / "codelists")
    groups = [set(labels.group[labels.part(name)].tolist()) for name in PARTS]
    assert sum(map(len, groups)) == len(set().union(*groups)) == len(set(labels.group.tolist()))
    assert all(len(labels.part(name)) > 1000 for name in PARTS)


def test_vectors_are_kept_between_runs_of_a_bench(small_model: Path, tmp_path: Path) -> None:
    model = load_model(str(small_model), tmp_path / "home")
    texts = [Text("un", "fr"), Text("deux", "fr"), Text("un", "fr")]
    first = CachedVectors(model, tmp_path / "kept").encode(texts)
    again = CachedVectors(load_model(str(small_model), tmp_path / "none"), tmp_path / "kept")
    assert np.array_equal(first, again.encode(texts))
    assert not (tmp_path / "none").exists(), "nothing was opened"


def test_invented_notices_have_identities_and_sentences_of_their_own(shared: Path) -> None:
    real = read_calls(shared / "notices" / "eforms" / "published" / "BEL")
    invented = list(invent_notices(real, 2 * len(real), date(2026, 11, 20)))
    assert len({notice.id for notice in invented} | {notice.id for notice in real}) == 3 * len(real)
    sentences = [lot.descriptions[0].value for n in invented for lot in n.lots if lot.descriptions]
    long = [text for text in sentences if len(text) > 60]
    assert len(set(long)) > 0.95 * len(long)
    assert list(invent_notices(real, 3, date(2026, 11, 20))) == invented[:3]


def test_a_woven_sentence_begins_as_it_did_and_keeps_about_its_length(shared: Path) -> None:
    weaver = Weaver(read_calls(shared / "notices" / "eforms" / "published" / "BEL"), random.Random(1))
    (text,) = weaver.texts([Text("Onderhoud van de servers en van het netwerk van de stad", "NLD")])
    assert text.value.startswith("Onderhoud van de servers en van ")
    assert text.value != "Onderhoud van de servers en van het netwerk van de stad"


def test_invented_members_are_described_by_real_awards(shared: Path) -> None:
    members = invent_members(shared / "benchmarks" / "decp2019", 30)
    assert len({member.id for member in members}) == 30
    assert all(len(member.competences) == 20 and member.email.endswith(".example") for member in members)


@given(power=st.floats(0.2, 2.5), factor=st.floats(0.01, 50))
def test_the_exponent_of_a_power_is_found(power: float, factor: float) -> None:
    assert slope([{"size": s, "seconds": factor * s**power} for s in (25, 50, 100, 200)]) == pytest.approx(power)


def _found(encoder_seconds: float) -> dict[str, object]:
    points = [{"size": float(s), "seconds": s * 0.01} for s in (25, 50, 100, 200)] * 2
    seconds = {"keeping": 50.0, "lots": 1.0, "gate": 2.0, "loading": 4.0, "encoder": 100.0, "judging": encoder_seconds}
    night = {"notices": 10, "members": 5, "lots": 12, "texts": 90, "tokens": 999, "matches": 3, "consortia": 1}
    cold = {**night, "sampled": 0.5, "seconds": seconds, "megabytes": 900.0}
    warm = {**cold, "seconds": {"gate": 1.0, "judging": 1.0}}
    return {"cold": cold, "warm": warm, "growth": {"notices": points, "members": points}, "runtimes": {}}


@pytest.mark.parametrize(("encoder_seconds", "kept"), [(7.0, True), (9.0, False)])
def test_scoring_is_held_against_the_encoder(encoder_seconds: float, kept: bool) -> None:
    figures = add_bars(_found(encoder_seconds))
    assert figures["bars"][0]["kept"] is kept
    assert ("OVER" in page(figures)) is not kept


def test_a_growth_plot_is_one_picture_with_every_point() -> None:
    figures = add_bars(_found(7.0))
    assert draw_growth(figures["growth"]).count("<circle") == 16
