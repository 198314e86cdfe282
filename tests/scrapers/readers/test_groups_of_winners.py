"""Names that hold a group become firms, each with how it was recognised; names that only sound like one stay."""

from __future__ import annotations

import pytest
from hypothesis import given

from scrapers.readers.normalise.winner_groups import split_group
from tests.support.notices.strategies import parties
from warehouse.model.notices import Organisation, TenderingParty, Text


def a_party(*names: str, called: str | None = None, number: str | None = "0999.000.112") -> TenderingParty:
    firms = tuple(
        Organisation(f"WIN-{at}", (Text(name, "FRA"),), number if at == 0 else None) for at, name in enumerate(names)
    )
    return TenderingParty("TPA-0001", firms, name=called)


def named(party: TenderingParty) -> list[tuple[str, str]]:
    return [(firm.names[0].value, firm.recognised) for firm in split_group(party).organisations]


SPLIT = {
    "Groupement Quaisol (mandataire) / Aquila ingénierie / Boreo": ["Quaisol", "Aquila ingénierie", "Boreo"],
    "Groupement conjoint Quaisol développement/Boreolabs": ["Quaisol développement", "Boreolabs"],
    "Quaisol & Associés (mandataire du groupement) — SCP Boreo — A+R Paysages": [
        "Quaisol & Associés",
        "SCP Boreo",
        "A+R Paysages",
    ],
    "Association momentanée Quaisol & Fils Sàrl — Boreo SA": ["Quaisol & Fils Sàrl", "Boreo SA"],
    "ARGE Quaisol AG / Boreo Elektro GmbH": ["Quaisol AG", "Boreo Elektro GmbH"],
    "Q&B Consortium (Quaisol S.A. and Boreo Consulting Sàrl)": ["Quaisol S.A.", "Boreo Consulting Sàrl"],
    "Quaisol (mandataire)/cotraitant 2 Boreo/cotraitant 3 Aquila": ["Quaisol", "Boreo", "Aquila"],
}


@pytest.mark.parametrize("written", SPLIT)
def test_a_name_that_holds_a_group_becomes_its_firms(written: str) -> None:
    assert named(a_party(written)) == [(name, "group-name") for name in SPLIT[written]]


@pytest.mark.parametrize("written", SPLIT)
def test_the_name_as_published_is_kept_beside_each(written: str) -> None:
    assert {firm.written for firm in split_group(a_party(written)).organisations} == {written}


@pytest.mark.parametrize(
    "written",
    [
        "Quaisol Group plc",
        "Groupe Quaisol Île-de-Boreo",
        "GROUPEMENT QUAISOL",
        "Quaisol / Boreo",
        "Quaisol — Immo services",
        "ARGE S-Bahn Q1 c/o. Quaisol Bauunternehmung GmbH",
        "Quaisol SARL ((architectes mandataire) co-traitants Boreo (78) et Aquila (59))",
    ],
)
def test_a_name_without_group_or_without_separator_stays_whole(written: str) -> None:
    assert named(a_party(written)) == [(written, "stated")]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Quaisol - mandataire", "Quaisol"),
        ("Quaisol -cotraitant", "Quaisol"),
        ("Quaisol (co-traitant)", "Quaisol"),
        ("Quaisol mandataire du groupement d'entreprises", "Quaisol"),
        ("Quaisol Bachy France - S.A.S. - cotraitant", "Quaisol Bachy France - S.A.S."),
    ],
)
def test_a_role_is_no_part_of_a_firms_name(written: str, name: str) -> None:
    (firm,) = split_group(a_party(written)).organisations
    assert (firm.names[0].value, firm.recognised, firm.written) == (name, "stated", written)


def test_the_lead_comes_first_and_keeps_the_number() -> None:
    first, second = split_group(a_party("Groupement Boreo / Quaisol (mandataire)")).organisations
    assert (first.names[0].value, first.company_number) == ("Quaisol", "0999.000.112")
    assert (second.names[0].value, second.company_number) == ("Boreo", None)


def test_a_firm_that_only_subcontracts_is_no_winner() -> None:
    party = split_group(a_party("Équipe Quaisol (mandataire) / Boreo / Aquila (sous-traitant)"))
    assert [firm.names[0].value for firm in party.subcontractors] == ["Aquila"]


def test_a_firm_stated_beside_the_group_it_is_in_is_one_firm() -> None:
    party = a_party("Quaisol Consortium (Quaisol S.A. and Boreo S.A.)", "Quaisol S.A. (group leader)")
    assert named(party) == [("Quaisol S.A.", "stated"), ("Boreo S.A.", "group-name")]


def test_the_partys_own_name_tells_who_stands_beside_its_only_firm() -> None:
    assert named(a_party("Quaisol", called="Groupement Quaisol / Boreo")) == [
        ("Quaisol", "stated"),
        ("Boreo", "group-name"),
    ]


def test_firms_stated_one_by_one_are_not_named_again_after_their_party() -> None:
    party = a_party("Quaisol", "Boreo", called="Groupement Quaisol/Boreo/Aquila")
    assert named(party) == [("Quaisol", "stated"), ("Boreo", "stated")]


@given(parties)
def test_taking_apart_twice_is_taking_apart_once(party: TenderingParty) -> None:
    once = split_group(party)
    assert split_group(once) == once
