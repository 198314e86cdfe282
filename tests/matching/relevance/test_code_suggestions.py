"""CPV codes suggested from words."""

from __future__ import annotations

import pytest

from matching.relevance.code_suggestions import suggest_codes


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Services d'hébergement de sites web", "fr"),
        ("Web site hosting services", "en"),
    ],
)
def test_words_of_a_label_suggest_its_group(text: str, language: str) -> None:
    assert "724" in {code.code[:3] for code in suggest_codes(text, language)}


def test_three_codes_at_most_are_suggested() -> None:
    assert 1 <= len(suggest_codes("Logiciels, serveurs, réseaux, maintenance, formation", "fr")) <= 3


def test_nothing_is_suggested_without_a_common_term_or_in_another_language() -> None:
    assert suggest_codes("xyzzy plugh", "fr") == ()
    assert suggest_codes("hosting sieciowy", "pl") == ()
