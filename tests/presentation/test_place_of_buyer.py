"""No reason about a place contradicts the fact beside it: where none is named, the buyer's place is named as such."""

from __future__ import annotations

from dataclasses import replace

from digests.rendering.mime import render_text
from tests.support.letters.digest_examples import compose, make_lot, make_match, make_match_result
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import Reason, ReasonKind
from warehouse.model.notices import OpenLot


def without_place(lot: OpenLot) -> OpenLot:
    """The lot performed nowhere that is named, bought by a buyer of Liège."""
    buyers = tuple(
        replace(buyer, organisation=replace(buyer.organisation, nuts=Nuts("BE332"))) for buyer in lot.notice.buyers
    )
    about = replace(lot.lot, nuts=(), countries=())
    return replace(lot, lot=about, notice=replace(lot.notice, nuts=(), buyers=buyers))


def letter_of(lot: OpenLot) -> str:
    match = replace(make_match(lot), reasons=(Reason(ReasonKind.PLACE, 0.3, "BE332", "BE32B"),))
    digest = compose((lot, replace(make_match_result(lot), matches=(match,))))
    assert digest
    return render_text(digest)


def test_a_place_taken_from_the_buyer_is_named_so_in_the_fact_and_in_the_reason() -> None:
    text = letter_of(without_place(make_lot("1")))
    assert "siège de l'acheteur : Liège ·" in " ".join(text.split())
    assert "- Siège de l'acheteur\xa0: Liège" in text
    assert "- Lieu\xa0: Liège" not in text


def test_a_place_the_notice_names_is_no_address_of_the_buyer() -> None:
    text = letter_of(make_lot("1"))
    assert "- Lieu\xa0: Liège" in text
    assert "iège de l'acheteur" not in text
