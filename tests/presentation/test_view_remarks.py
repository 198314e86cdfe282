"""The remarks of a coalition in its reader's words: what decides, what one alone lacks, what to verify, and further
facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from presentation.i18n import Phrases
from presentation.views.consortium_summary import covers_more_together, summarise_consortium
from presentation.views.notes import describe_remarks
from tests.support.letters.digest_examples import FACETS, FROIDUVAL, MEMBERS, make_consortium, make_lot
from warehouse.model.match_results import Held, Joint, Remarks

PROPOSED = make_consortium(make_lot("1"))


def translate(remarks: Remarks, language: str = "en", *, reader: str = "nuagera") -> list[str]:
    proposed = replace(PROPOSED, remarks=remarks)
    return list(describe_remarks(summarise_consortium(proposed, FACETS, MEMBERS[reader], MEMBERS), Phrases(language)))


def test_a_coalition_of_which_nothing_more_is_known_says_nothing_more() -> None:
    assert translate(Remarks()) == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "By yourself you are not shown to meet: the turnover that is asked."),
        ("fr", "Seul, rien ne montre que vous remplissez : le chiffre d'affaires demandé."),
        ("nl", "Alleen is niet aangetoond dat u voldoet aan: de gevraagde omzet."),
        ("de", "Allein ist nicht belegt, dass Sie erfüllen: der geforderte Umsatz."),
    ],
)
def test_what_the_reader_lacks_alone_is_shown_in_its_language(language: str, sentence: str) -> None:
    assert translate(Remarks(alone_lacks=("turnover",)), language) == [sentence]


def test_what_another_firm_lacks_alone_is_shown_for_that_firm() -> None:
    notified = translate(Remarks(alone_lacks=("ISO 27001.",)), reader=FROIDUVAL.id)
    assert notified == ["By itself Nuagera is not shown to meet: “ISO 27001”."]


def test_who_alone_holds_a_condition_is_named() -> None:
    assert translate(Remarks(holds=(Held("froiduval", "ISO 27001"), Held("froiduval", "VCA")))) == [
        "Only Froiduval is shown to meet: “ISO 27001” and “VCA”."
    ]


def test_the_binding_constraint_is_shown_with_what_it_costs() -> None:
    assert translate(Remarks(bound_by="size", bound_gain=0.08)) == [
        "What decides this choice: the number of firms, five at most. Without it, 8% more could be covered."
    ]


def test_a_constraint_that_costs_nothing_is_not_named() -> None:
    assert translate(Remarks(bound_by="turnover", bound_gain=0.004)) == []


def test_what_must_be_verified_and_who_is_silent_are_shown() -> None:
    notified = translate(Remarks(unverified=("Twee referenties.",), silent_turnover=("stroomwacht",)), "nl")
    assert "“Twee referenties”" in notified[0]
    assert notified[1] == "Omzet ons niet bekend en dus voor niets geteld: Stroomwacht."


def test_stages_border_and_common_past_are_shown_beside_the_coverage() -> None:
    remarks = Remarks(
        stages=("design", "operate"),
        countries=("BE", "FR"),
        joint=(Joint(("froiduval", "nuagera"), "n-1", "LOT-1"), Joint(("froiduval", "nuagera"), "n-2", "LOT-1")),
    )
    assert translate(remarks, "fr") == [
        "Étapes couvertes : conception et exploitation.",
        "Par-delà une frontière : Belgique et France.",
        "Froiduval et Nuagera ont déjà remporté ensemble 2 marchés.",
    ]


def test_one_country_is_no_border() -> None:
    assert translate(Remarks(countries=("BE",))) == []


def test_a_firm_that_covers_all_and_lacks_a_condition_needs_others() -> None:
    near = make_consortium(make_lot("1"), alone=0.9, together=0.93)
    assert not covers_more_together(near)
    assert covers_more_together(replace(near, remarks=Remarks(alone_lacks=("turnover",))))
