"""A card says what is bought in the notice's words, what each firm brings, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from presentation.digest_model import Digest, Item, Lowering
from presentation.i18n import Phrases
from presentation.views.cards import CardView, Detail, view_card, view_glance
from presentation.views.needs import sentences_in
from tests.support.letters.digest_examples import (
    FACETS,
    NIGHT,
    compose,
    make_consortium,
    make_lot,
    make_match_result,
)
from tests.support.letters.rendered_letters import PORTAL
from warehouse.model.match_results import Facet, FacetKind, GroupReason, GroupReasonKind, Held
from warehouse.model.notices import OpenLot, Text

LOT = make_lot("1", closes=NIGHT + timedelta(days=20))
NEED = Facet(FacetKind.SENTENCE, "Virtualisation de 120 baies du centre de calcul.", 0.5, "fr", None, "virtualisation…")


def digest_of(lot: OpenLot = LOT, **consortium: object) -> Digest:
    found = compose((lot, make_match_result(lot, 0.8, replace(make_consortium(lot), **consortium))))  # type: ignore[arg-type]
    assert found
    return found


def card(digest: Digest, language: str = "en", *, detail: Detail = Detail.FULL, **changes: object) -> CardView:
    item = replace(digest.items[0], **changes)  # type: ignore[arg-type]
    return view_card(item, 1, digest, Phrases(language), detail=detail, portal=PORTAL)


def described(sentences: tuple[Text, ...]) -> list[str]:
    return [sentence.text for sentence in card(digest_of(), sentences=sentences).described]


def test_one_or_two_whole_sentences_state_what_is_bought() -> None:
    short, other = Text("Fourniture de 40 serveurs.", "FRA"), Text("Pose et mise en service comprises.", "FRA")
    assert described((short, other)) == [short.value, other.value]
    assert described((short, Text("Très " + "long " * 60, "FRA"))) == [short.value]


def test_a_long_sentence_is_cut_at_a_word_with_an_ellipsis() -> None:
    (shown,) = described((Text("Exploitation et supervision " * 12, "FRA"),))
    assert len(shown) <= 160
    assert shown.endswith(("Exploitation…", "et…", "supervision…"))


def test_a_sentence_has_its_own_language_and_the_title_is_not_repeated() -> None:
    title = Text(f"{LOT.notice.titles[0].value}.", "FRA")
    (shown,) = card(digest_of(), sentences=(title, Text("Koeling en noodstroom voor de zalen.", "NLD"))).described
    assert (shown.text, shown.language) == ("Koeling en noodstroom voor de zalen.", "nl")


def test_a_notice_that_describes_nothing_is_named_by_its_code() -> None:
    assert described(()) == ["Internet services"]


def test_sentences_are_those_that_hold_a_need_in_the_readers_language_where_it_was_published() -> None:
    assert sentences_in(LOT, (*FACETS, NEED), ("fr",)) == (Text(NEED.text, "fr"),)
    dutch = Text("Levering van servers voor het rekencentrum. Zie bestek.", "NLD")
    both = replace(LOT, lot=replace(LOT.lot, descriptions=(*LOT.lot.descriptions, dutch)))
    assert sentences_in(both, (NEED,), ("nl", "fr")) == (Text("Levering van servers voor het rekencentrum.", "NLD"),)
    assert sentences_in(both, (NEED,), ("de",)) == (Text(NEED.text, "fr"),)
    assert sentences_in(replace(LOT, lot=replace(LOT.lot, descriptions=())), (), ("fr",)) == ()


def test_each_firm_brings_what_the_reasons_state_and_no_turnover_is_shown_to_others() -> None:
    reasons = (
        GroupReason(GroupReasonKind.TURNOVER, "5000000 EUR", (Held("froiduval", "4200000 EUR"),)),
        GroupReason(GroupReasonKind.CERTIFICATES, "", (Held("nuagera", "ISO 27001"), Held("froiduval", "ISO 20000-1"))),
    )
    group = card(digest_of(reasons=reasons)).group
    assert group
    brought = {firm.name: [thing.text for thing in firm.brings] for firm in group.firms}
    assert brought["Nuagera"][0] == "ISO 27001"
    assert brought["Froiduval"][0] == "ISO 20000-1"
    assert group.together == "Only together: a turnover of €5,000,000 and ISO 27001 + ISO 20000-1."
    assert "4200000" not in str(group)


def test_shares_that_hardly_differ_are_not_shown() -> None:
    assert (group := card(digest_of()).group)
    assert group.share == "93% together, 41% alone"
    reasons = (GroupReason(GroupReasonKind.NEED, "UPS", (Held("stroomwacht", "UPS"),)),)
    assert (same := card(digest_of(best_alone_coverage=0.91, reasons=reasons)).group)
    assert (same.share, same.together) == (None, "No firm here does all of this alone.")


def test_a_card_in_brief_names_the_firms_only() -> None:
    group = card(digest_of(), detail=Detail.BRIEF).group
    assert group
    assert (group.firms, group.names) == ((), "Froiduval and Stroomwacht")


def test_what_the_notice_leaves_out_is_named_once() -> None:
    bare = replace(LOT, lot=replace(LOT.lot, estimate=None, tender_languages=(), nuts=()))
    assert card(digest_of(bare)).unstated == "Not stated: the place, the value and the language of the tender."
    assert card(digest_of()).unstated is None


def test_a_turnover_that_is_not_known_weakens_no_single_call() -> None:
    item = digest_of().items[0]
    assert item.why
    unknown = replace(item.why, lowered_by=(Lowering.TURNOVER, Lowering.LANGUAGE))
    shown = card(digest_of(), why=unknown).why
    assert shown
    assert shown.lowered_by == "But: your first language is not accepted for the tender."


@pytest.mark.parametrize(
    ("days", "left", "is_urgent"), [(20, "20 days", False), (7, "7 days", True), (1, "tomorrow", True)]
)
def test_the_list_at_a_glance_says_days_title_value_and_buyer(days: int, left: str, is_urgent: bool) -> None:
    digest = digest_of(make_lot("1", closes=NIGHT + timedelta(days=days), buyer="Province de Sambre"))
    line = view_glance(digest.items[0], 3, digest, Phrases("en"))
    assert (line.number, line.time_left, line.is_urgent) == (3, left, is_urgent)
    assert [part.text for part in line.about] == ["€1,250,000", "Province de Sambre"]


def test_a_call_that_is_withdrawn_can_only_be_opened() -> None:
    gone: Item = replace(digest_of().items[0], is_withdrawn=True)
    links = view_card(gone, 1, digest_of(), Phrases("en"), portal=PORTAL).links
    assert links.page
    assert [link.label for link in links.others] == []
