"""What makes two notices one purchase, piece by piece: titles, names in addresses, similarities, groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.notices.linked_notices import CLOSES, TITLE, a_notice
from tests.support.notices.strategies import notices
from warehouse.linkage.blocking_keys import Key, blocking_keys_of, is_identifier, read_consultation
from warehouse.linkage.clustering import Groups, Link, NameEvidence
from warehouse.linkage.scoring import THRESHOLD, may_be_compared, score_pair, sketch
from warehouse.linkage.title_comparison import compare_titles, read_title
from warehouse.model.notices import (
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    Publication,
)


def score(one: Notice, other: Notice) -> float:
    return score_pair(sketch(one), sketch(other)).score


def test_the_same_purchase_at_two_portals_scores_above_the_threshold() -> None:
    assert score(a_notice(), a_notice("fr_boamp", TITLE.upper()[:50])) >= THRESHOLD


def test_a_word_in_the_place_of_another_makes_two_purchases() -> None:
    one = "Concession de la station-service de l'autoroute des quais (direction Morvaux)"
    assert score(a_notice(title=one), a_notice("fr_boamp", one.replace("Morvaux", "Ostrelle"))) < THRESHOLD


def test_the_same_again_next_year_is_another_purchase() -> None:
    later = CLOSES + timedelta(days=364)
    lot = replace(a_notice().lots[0], deadline=Deadline(later, DeadlineKind.TENDER, "+00:00"))
    again = a_notice("fr_boamp", lots=(lot,), publication=Publication("fr_boamp", "2", date(2027, 11, 1)))
    assert score(a_notice(), again) < THRESHOLD


def test_two_lots_published_apart_are_two_purchases() -> None:
    assert score(a_notice(title=f"{TITLE} - Lot 1"), a_notice("fr_boamp", f"{TITLE} - Lot n° 2")) < THRESHOLD


def test_a_result_before_the_deadline_is_of_another_purchase() -> None:
    result = a_notice(form=Form.RESULT, publication=Publication("fr_decp", "3", date(2026, 12, 1)))
    assert score(a_notice(), replace(result, lots=())) < 0.01


def test_a_placeholder_is_no_value_to_compare() -> None:
    notices = [a_notice(estimate=Money(Decimal(amount), "EUR")) for amount in ("1", "0.01", "0", "-1")]
    assert [sketch(notice).values for notice in notices] == [frozenset()] * 4


def test_two_stated_identifiers_are_never_compared() -> None:
    one = a_notice(procedure="0a0a0a0a-1111-4222-8333-444444444444")
    other = a_notice("be_bosa", procedure="0b0b0b0b-1111-4222-8333-444444444444")
    assert not may_be_compared(sketch(one), sketch(other))


def test_one_portal_names_its_own_corrections() -> None:
    assert not may_be_compared(sketch(a_notice()), sketch(replace(a_notice(), id="second")))


def test_the_number_of_a_notice_is_no_identifier_of_a_procedure() -> None:
    assert (is_identifier("24-76932"), is_identifier("0a0a0a0a-1111-4222-8333-444444444444")) == (False, True)


@given(notices, notices)
def test_similarity_does_not_depend_on_the_order(one: Notice, other: Notice) -> None:
    assert score(one, other) == pytest.approx(score(other, one))


@given(notices)
def test_a_score_lies_between_nought_and_one(notice: Notice) -> None:
    assert 0 <= score(notice, notice) <= 1


@pytest.mark.parametrize(
    ("address", "consultation"),
    [
        ("https://www.marches-publics.gouv.fr/entreprise/consultation/2886751?orgAcronyme=x1y", "2886751"),
        (
            "https://www.marches-publics.gouv.fr/?page=Entreprise.EntrepriseAdvancedSearch&AllCons&id=2886751&orgAcronyme=x",
            "2886751",
        ),
        ("https://www.marches-publics.gouv.fr/?page=entreprise.EntrepriseHome", None),
        ("https://portail.example/entreprise/consultation/2886751", None),
        ("http://[broken", None),
    ],
)
def test_a_consultation_has_one_name_however_its_address_is_written(address: str, consultation: str | None) -> None:
    assert read_consultation(address) == (f"marches-publics.gouv.fr/{consultation}" if consultation else None)


def test_a_publication_workspace_is_a_certain_key() -> None:
    uuid = "0C0C0C0C-1111-4222-8333-444444444444"
    address = f"https://www.publicprocurement.be/publication-workspaces/{uuid}/documents"
    notice = a_notice(lots=(Lot("LOT-0001", (), documents=(address,)),))
    assert Key("workspace", uuid.lower()) in blocking_keys_of(notice)


def test_a_page_of_the_portal_itself_names_the_workspace_too() -> None:
    page = "https://www.publicprocurement.be/bda/publication-workspaces/0c0c0c0c-1111-4222-8333-444444444444/general"
    notice = a_notice(publication=Publication("be_bosa", "1", date(2026, 11, 2), page))
    assert [key.kind for key in blocking_keys_of(notice)][:1] == ["workspace"]


def test_capitals_accents_and_small_words_do_not_distinguish_titles() -> None:
    similarity = compare_titles(read_title("L'éclairage de la gare"), read_title("ECLAIRAGE GARE"))
    assert (similarity.ratio, similarity.replaced) == (1.0, 0)


def test_a_title_held_whole_by_a_longer_one_is_like_it() -> None:
    longer = f"{TITLE} : installation, raccordement et maintenance pendant quatre ans"
    assert compare_titles(read_title(TITLE), read_title(longer)).ratio >= 0.93


LINKS = st.lists(
    st.builds(
        Link,
        st.sampled_from("abcdef"),
        st.sampled_from("abcdef"),
        st.sampled_from(["workspace", "score"]),
        st.sampled_from([0.86, 0.9, 1.0]),
    ),
    max_size=12,
)
DAYS = {name: NameEvidence(date(2026, 11, 1 + at), is_identifier=name in "abc") for at, name in enumerate("fedcba")}


@given(LINKS, st.randoms())
def test_groups_do_not_depend_on_the_order_of_links(links: list[Link], chance: object) -> None:
    shuffled = list(links)
    chance.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    named: list[dict[str, str]] = []
    for some in (links, shuffled):
        groups = Groups(DAYS, [("a", "f")])
        groups.join(some)
        named.append(groups.named())
    assert named[0] == named[1]


@given(LINKS)
def test_what_was_separated_is_never_in_one_group(links: list[Link]) -> None:
    groups = Groups(DAYS, [("a", "f"), ("b", "c")])
    groups.join(links)
    named = groups.named()
    assert named.get("a", "a") != named.get("f", "f")
    assert named.get("b", "b") != named.get("c", "c")


@given(LINKS)
def test_similarity_alone_never_brings_two_stated_identifiers_together(links: list[Link]) -> None:
    groups = Groups(DAYS, [])
    groups.join(link for link in links if link.kind == "score")
    named = groups.named()
    assert len({named.get(name, name) for name in "abc"}) == 3


def test_a_group_is_named_after_its_oldest_notice_whatever_joined_it() -> None:
    groups = Groups(DAYS, [])
    groups.join([Link("a", "d", "workspace", 1.0), Link("d", "f", "score", 0.9)])
    assert groups.named() == {"a": "f", "d": "f", "f": "f"}
