"""A member reads with whom it won such purchases before, and no other member's past is shown to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from presentation.i18n import Phrases
from presentation.views.notes import describe_joined
from tests.support.letters.digest_examples import compose, make_lot, make_match_result
from warehouse.model.match_results import PastGroup

CALL = make_lot("1")
TOGETHER = PastGroup(("froiduval", "nuagera"), 0.8, "n-1", "LOT-0001", "Salle serveurs", is_same_buyer=True)


def joined_in(*groups: PastGroup) -> list[tuple[str, ...]]:
    digest = compose((CALL, replace(make_match_result(CALL), past_groups=groups)))
    assert digest is not None
    return [group.names for item in digest.items for group in item.joined]


def test_the_reader_comes_first_among_those_it_won_with() -> None:
    assert joined_in(TOGETHER) == [("Nuagera", "Froiduval")]


def test_what_others_won_together_is_not_shown() -> None:
    assert joined_in(replace(TOGETHER, members=("froiduval", "stroomwacht"))) == []


def test_a_group_of_a_member_that_left_is_not_shown() -> None:
    assert joined_in(replace(TOGETHER, members=("nuagera", "partie"))) == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Nuagera and Froiduval: 1 purchase won together, “Salle serveurs”. It was for the same buyer."),
        ("fr", "Nuagera et Froiduval : 1 marché remporté ensemble, « Salle serveurs ». C'était pour le même acheteur."),
    ],
)
def test_a_past_group_is_a_sentence_in_the_readers_language(language: str, sentence: str) -> None:
    digest = compose((CALL, replace(make_match_result(CALL), past_groups=(TOGETHER,))))
    assert digest is not None
    assert describe_joined(digest.items[0].joined[0], Phrases(language)) == sentence
