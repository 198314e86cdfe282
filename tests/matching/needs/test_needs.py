"""Which sentences hold a need: invented sentences of each kind in the four languages."""

from __future__ import annotations

import pytest

from matching.needs.classifier import is_need, need_probability
from matching.needs.short_form import short_need
from matching.requirements.facets import facets_of
from tests.support.matching_world import lot
from warehouse.model.match_results import FacetKind

NEEDS = [
    "Fourniture et installation de serveurs pour la médiathèque.",
    "Le logiciel doit permettre la gestion des abonnements.",
    "Levering en onderhoud van netwerkapparatuur voor de scholen.",
    "De oplossing moet rapporten in pdf kunnen maken.",
    "Lieferung und Wartung von Netzwerkkomponenten.",
    "Einführung und Betrieb einer Software für die Bibliothek.",
    "Supply and installation of network switches.",
    "The services shall include maintenance of the software.",
]
NO_NEEDS = [
    "Voir le règlement de la consultation.",
    "Un même opérateur peut remporter plusieurs lots.",
    "Le présent marché comporte 6 lots.",
    "https://achats.example/consultation/12",
    "Zie opdrachtdocument",
    "De inschrijver mag slechts voor één perceel een offerte indienen.",
    "Een verklaring betreffende de omzet van de laatste drie boekjaren.",
    "Siehe Vergabeunterlagen.",
    "Der Bieter hat die Eigenerklärung unterzeichnet abzugeben.",
    "Laufzeit: 42 Monate",
    "See the tender documents.",
    "Pumpwerk Nord, Beispielstraße 66",
    "12 rue des Exemples, 1000 Bruxelles",
    "Aan deze aantallen kunnen geen rechten worden ontleend.",
    "Best regards,",
    "Duration: 48 months",
]


@pytest.mark.parametrize("sentence", NEEDS)
def test_work_supplies_services_and_qualities_are_needs(sentence: str) -> None:
    assert is_need(sentence)


@pytest.mark.parametrize("sentence", NO_NEEDS)
def test_procedure_forms_addresses_and_clauses_are_none(sentence: str) -> None:
    assert not is_need(sentence)


@pytest.mark.parametrize("sentence", ["", " ", ":", "1 2 3", "é" * 50_000])
def test_any_text_has_a_probability(sentence: str) -> None:
    assert 0 <= need_probability(sentence) <= 1


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        ("Le présent marché a pour objet la fourniture de serveurs.", "la fourniture de serveurs"),
        ("De opdracht betreft de levering van laptops.", "de levering van laptops"),
        ("Gegenstand des Auftrags ist die Lieferung von Druckern.", "die Lieferung von Druckern"),
        ("The procurement includes the supply of printers.", "the supply of printers"),
    ],
)
def test_a_short_need_leaves_out_the_lead_in(sentence: str, short: str) -> None:
    assert short_need(sentence) == short


def test_a_sentence_facet_holds_its_need_in_short() -> None:
    long = "Fourniture et installation de serveurs, de baies, d'onduleurs et de commutateurs " * 3
    (facet,) = (facet for facet in facets_of(lot("Serveurs de calcul", long)) if facet.kind is FacetKind.SENTENCE)
    assert facet.need is not None
    assert len(facet.need) <= 91
    assert len(facet.text) > len(facet.need)


def test_a_code_has_no_need() -> None:
    codes = [facet for facet in facets_of(lot("Serveurs", "", cpv=["48820000"])) if facet.kind is FacetKind.CPV]
    assert [facet.need for facet in codes] == [None]
