"""Claims about BOAMP's national forms: links inside donnees, lot numbers in words, awards lot by lot."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.readers.boamp.links import distinct, find_links, lot_id
from scrapers.readers.boamp.records import read_records
from tests.support.paths import RECORDINGS
from warehouse.model.notices import Award, Form, Money, Notice

PAGE = json.loads((RECORDINGS / "boamp" / "records.json").read_bytes())


def read(content: object, *, as_text: bool = True, **changed: object) -> Notice:
    """The first record, with other donnees."""
    row: dict[str, Any] = {**PAGE["results"][0], **changed}
    row["donnees"] = json.dumps(content) if as_text else content
    body = json.dumps({"total_count": 1, "results": [row]}).encode()
    ((_, result),) = read_records(body)
    assert isinstance(result, Notice), result
    return result


def awarded(section: object, family: str = "FNSimple", **changed: object) -> Notice:
    return read({family: {"attribution": section}}, nature="ATTRIBUTION", **changed)


def outline(award: Award) -> tuple[str, str, list[str], Decimal | None]:
    names = [firm.names[0].value for party in award.winners for firm in party.organisations]
    return award.lot, award.outcome, names, award.value.amount if award.value else None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("1", "LOT-0001"),
        ("01", "LOT-0001"),
        ("Lot 2", "LOT-0002"),
        ("lot n° 3", "LOT-0003"),
        ("LOT N\u00ba4", "LOT-0004"),
        ("1 bis", "LOT-0001-BIS"),
        ("Lot 1bis", "LOT-0001-BIS"),
        ("A", "LOT-A"),
        ("lot B", "LOT-B"),
        ("2.1", "LOT-0002-1"),
        (None, "LOT-0007"),
        ("", "LOT-0007"),
        ("Lot", "LOT-0007"),
    ],
)
def test_a_lot_keeps_its_number_however_it_is_spelled(written: str | None, name: str):
    assert lot_id(written, 7) == name


@given(st.lists(st.sampled_from(["1", "1 bis", "Lot 1", "A", "", "2"]), max_size=6))
def test_lots_of_one_notice_never_share_a_name_by_chance(written: list[str]):
    names = distinct([lot_id(number, place) for place, number in enumerate(written, 1)])
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "place",
    [
        {"rectificatif": {"avisInitial": {"idWeb": "26-900010"}}},
        {"rectificatif": {"avisInitial": [{"idWeb": {"#text": "26-900010"}}]}},
        {"MARCHE": {"ANNONCE_ANTERIEUR": {"REFERENCE": {"IDWEB": "26-900010"}}}},
        {"annonces_anterieures": ["26-900010"]},
        {"annonces_anterieures": [{"idweb": "26-900010"}, {"idweb": "26-900001"}]},
    ],
)
def test_the_notice_followed_is_found_wherever_it_is_named(place: object):
    assert find_links("26-900001", place) == ("26-900010",)


def test_a_number_outside_a_frame_of_links_is_no_link():
    assert find_links("26-900001", {"description": {"objet": "26-900010"}, "idWeb": "26-900011"}) == ()


def test_a_correction_that_names_its_notice_inside_changes_it():
    content = {"MAPA": {"rectificatif": {"avisInitial": {"idWeb": "26-900010"}, "infosRectif": {"texte": "Lire B"}}}}
    notice = read(content, nature="RECTIFICATIF", etat="RECTIFICATIF")
    assert [(change.notice, change.reason) for change in notice.changes] == [("26-900010", None)]
    assert notice.procedure == "26-900010"


def test_a_cancellation_that_names_its_notice_inside_cancels_it():
    content = {"MAPA": {"annulation": {"avisInitial": {"idWeb": "26-900010"}}}}
    notice = read(content, nature="ANNULATION", etat="ANNULATION")
    assert [(change.notice, change.cancels) for change in notice.changes] == [("26-900010", True)]


def test_a_call_and_its_correction_both_named_are_one_purchase_under_the_call():
    content = {"MAPA": {"rectificatif": {"avisInitial": {"idWeb": "26-900010"}}}}
    notice = read(content, nature="RECTIFICATIF", annonce_lie=["26-900012"])
    assert notice.procedure == "26-900010"
    assert {change.notice for change in notice.changes} == {"26-900010", "26-900012"}


def test_a_mapa_award_has_amount_tenders_and_winner():
    result = {
        "resultat": {"attribue": {"titulaire": {"PersonneMorale": "Alpha SAS"}, "montant": {"valeur": "1 200,50"}}}
    }
    notice = awarded({"attribution": result, "autresInformations": {"nbOffresRecues": "5"}}, "MAPA")
    (award,) = notice.awards
    assert notice.form is Form.RESULT
    assert award.value == Money(Decimal("1200.50"), "EUR")
    assert (award.tenders_received, outline(award)[2]) == (5, ["Alpha SAS"])


def test_several_lots_of_one_award_have_each_their_winner_and_amount():
    lots = [
        {"numLot": "1", "titulaire": {"denomination": "Alpha SAS"}, "montant": "1000", "nbOffresRecues": "3"},
        {"numLot": "1 bis", "titulaire": {"denomination": "Beta"}, "montant": {"@devise": "EUR", "#text": "2000"}},
        {"numLot": "2", "infructueux": ""},
    ]
    notice = awarded({"resultats": {"lot": lots}, "montant": "9999"}, titulaire=["Alpha SAS", "Beta"])
    assert [outline(award) for award in notice.awards] == [
        ("LOT-0001", "selec-w", ["Alpha SAS"], Decimal(1000)),
        ("LOT-0001-BIS", "selec-w", ["Beta"], Decimal(2000)),
        ("LOT-0002", "clos-nw", [], None),
    ]
    assert [award.tenders_received for award in notice.awards] == [3, None, None]
    assert {award.lot for award in notice.awards} <= {lot.id for lot in notice.lots}


@pytest.mark.parametrize("word", ["infructueux", "sansSuite"])
def test_a_purchase_without_winner_is_an_outcome(word: str):
    (award,) = awarded({"attribution": {"resultat": {word: ""}}}, "MAPA").awards
    assert outline(award)[1:3] == ("clos-nw", [])


def test_infructueux_that_says_no_is_none():
    section = {"attribution": {"resultat": {"infructueux": "non", "titulaire": {"denomination": "Alpha"}}}}
    (award,) = awarded(section, "MAPA").awards
    assert outline(award)[1:3] == ("selec-w", ["Alpha"])


def test_winners_that_the_record_alone_names_are_kept():
    (award,) = awarded({"description": {"objet": "Portail"}}, titulaire=["Alpha SAS"]).awards
    assert outline(award)[1:3] == ("selec-w", ["Alpha SAS"])


def test_donnees_and_gestion_may_be_objects():
    content = {"FNSimple": {"initial": {"lots": {"lot": [{"numLot": "1"}, {"numLot": "2"}]}}}}
    gestion = json.loads(PAGE["results"][0]["gestion"])
    assert read(content, as_text=False, gestion=gestion).lots == read(content).lots


def test_words_escaped_twice_are_words():
    content = {"MAPA": {"initial": {"description": {"objet": "L&amp;#039;eau &amp;amp; l&#039;air"}}}}
    assert read(content).titles[0].value == "L'eau & l'air"
