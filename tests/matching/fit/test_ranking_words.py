"""Words of titles for ranking: restored spellings, BM25 and cosine against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from matching.fit.awards.title_tokens import Lexicon, learn_spellings, letters, stems, telling_words

KNOWN = [["toit", "ardoise"], ["toit", "zinc", "zinc"], ["peinture"], ["peinture", "sol", "souple", "toit"]]


def test_a_word_that_lost_its_accents_is_mended_by_its_commonest_spelling() -> None:
    spellings = learn_spellings(["réfection du préau", "Réfection", "rêfection"])
    assert telling_words("R\ufffdfection", spellings) == telling_words("réfection", spellings) == ["refection"]


def test_capitals_without_accents_meet_small_letters_with_them() -> None:
    assert stems(telling_words("RÉHABILITATION", {})) == stems(telling_words("REHABILITATION", {}))


@pytest.mark.parametrize("written", ["l'éclairage", "l’éclairage", "l\x92éclairage", "L'ÉCLAIRAGE"])
def test_an_elided_article_is_no_part_of_the_word(written: str) -> None:
    assert telling_words(written, {}) == ["eclairage"]


def test_markup_and_small_words_and_numbers_are_left_out() -> None:
    assert telling_words("Travaux dans les 12 écoles<br />", {}) == ["travaux", "ecoles"]


def test_words_of_each_language_lose_their_own_small_words_and_endings() -> None:
    assert telling_words("Levering van de servers", {}, "nl") == ["levering", "servers"]
    assert stems(["servers"], "nl") == stems(["server"], "nl")
    assert stems(["mots"], "xx") == ["mots"]


def test_letters_run_over_the_ends_of_words() -> None:
    assert letters(["bd"]) == [" bd "]


def test_bm25_follows_its_formula() -> None:
    found = Lexicon(KNOWN).bm25([["zinc", "toit", "inconnu"]], KNOWN)
    mean = sum(map(len, KNOWN)) / 4

    def part(count: int, holders: int, length: int) -> float:
        rarity = math.log(1 + (4 - holders + 0.5) / (holders + 0.5))
        return rarity * count * 1.9 / (count + 0.9 * (0.6 + 0.4 * length / mean))

    wanted = [part(1, 3, 2), part(2, 1, 3) + part(1, 3, 3), 0, part(1, 3, 4)]
    assert found[0] == pytest.approx(wanted, rel=1e-5)


def test_a_text_is_fully_similar_to_itself_only() -> None:
    similarities = Lexicon(KNOWN).hold_cosine(KNOWN).similarity(KNOWN)
    assert np.diag(similarities) == pytest.approx(np.ones(4), abs=1e-6)
    assert (similarities - np.eye(4, dtype=np.float32)).max() < 0.99


def test_texts_without_a_known_term_are_similar_to_nothing() -> None:
    assert not Lexicon(KNOWN).bm25([["inconnu"], []], KNOWN).any()


def test_a_lexicon_that_knows_nothing_finds_nothing() -> None:
    assert Lexicon([]).bm25([["toit"]], [["toit"], []]).tolist() == [[0.0, 0.0]]
