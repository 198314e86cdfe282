"""What is bought is shown in short, each need once, and requirements are none of it."""

from __future__ import annotations

from presentation.views.needs import needs_in
from warehouse.model.match_results import Facet, FacetKind

SERVERS = Facet(FacetKind.SENTENCE, "Le marché a pour objet la fourniture de serveurs.", 0.3, "fr", None, "serveurs")
TITLE = Facet(FacetKind.TITLE, "Salle serveurs", 0.2, "fr", None, "Salle serveurs")
CODE = Facet(FacetKind.CPV, "Serveurs", 0.3, "fr", "48820000")


def needs(*facets: Facet) -> list[str]:
    return [need.value for need in needs_in(facets)]


def sentence(need: str) -> Facet:
    return Facet(FacetKind.SENTENCE, f"{need}, etc.", 0.1, "fr", None, need)


def test_needs_of_sentences_come_before_the_title_and_codes_are_none() -> None:
    assert needs(TITLE, CODE, SERVERS) == ["serveurs"]
    assert needs(TITLE, CODE) == ["Salle serveurs"]


def test_a_need_that_another_contains_is_left_out_and_equals_are_shown_once() -> None:
    assert needs(sentence("serveurs"), sentence("serveurs et baies"), sentence("Serveurs et baies")) == [
        "serveurs et baies"
    ]


def test_criteria_are_no_needs() -> None:
    assert needs(Facet(FacetKind.CRITERION, "ISO 27001", 0.1, "fr", None, "ISO 27001")) == []
