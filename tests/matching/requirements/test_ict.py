"""ICT inside lots that buy something else: invented ones in four languages, and real notices."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.requirements.facets import facets_of
from matching.requirements.ict import ict_of, theme_of
from scrapers.read import read_path
from tests.support.matching_world import lot
from tests.support.notices.strategies import cpvs, texts
from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import FacetKind
from warehouse.model.notices import Form, Lot, Notice, OpenLot, Publication
from warehouse.model.requirements import IctRelevance

MAIN, PART, NONE = IctRelevance.MAIN, IctRelevance.PART, IctRelevance.NONE


@pytest.mark.parametrize(
    ("title", "description", "cpv", "language", "themes"),
    [
        (
            "Construction d'un hôpital de jour",
            "Le gros œuvre compte trois niveaux. Le bâtiment reçoit le câblage structuré et le wifi de tous les "
            "étages. Un dossier patient informatisé est fourni avec les lits.",
            "45215100",
            "FRA",
            {"network", "e-health"},
        ),
        (
            "Exploitatie van een magazijn",
            "De opdrachtnemer beheert de voorraad. Bestellingen komen binnen via een bestelportaal. Elke poort krijgt "
            "toegangscontrole.",
            "63120000",
            "NLD",
            {"web", "network"},
        ),
        (
            "Neubau einer Feuerwache",
            "Die Halle hat sechs Stellplätze. Die Gebäudeautomation wird auf die Leittechnik aufgeschaltet. "
            "Im Keller entsteht ein Serverraum.",
            "45216121",
            "DEU",
            {"sensors", "hosting"},
        ),
        (
            "Operation of a bus depot",
            "The contractor cleans and fuels the buses. A building management system reports the use of energy. "
            "Passenger data processing is part of the service.",
            "60112000",
            "ENG",
            {"sensors", "data"},
        ),
    ],
)
def test_the_ict_of_a_lot_that_buys_something_else_is_named(
    title: str, description: str, cpv: str, language: str, themes: set[str]
) -> None:
    found = ict_of(lot(title, description, cpv=[cpv], language=language))
    assert found.standing == PART
    assert set(found.themes) == themes
    assert all(part.text in description for part in found.parts)


def test_a_further_code_of_ict_makes_an_ict_part() -> None:
    found = ict_of(lot("Aménagement d'une école", cpv=["45214200", "48820000"]))
    assert (found.standing, found.parts[0].code, found.themes) == (PART, "48820000", ("hosting",))


def test_a_main_code_or_an_own_title_of_ict_makes_an_ict_lot() -> None:
    assert ict_of(lot("Marché 2026-4", cpv=["72413000"])).standing == MAIN
    assert ict_of(lot("Fourniture d'un logiciel de paie", cpv=["79631000"])).standing == MAIN


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Entretien du réseau radio", ["50000000", "50334400"]),  # the division says nothing, the next code does
        ("Courants faibles et détection", ["45310000"]),
        ("Diffusion dans les salles", ["32321200"]),
        ("Raamovereenkomst kopieertoestellen", ["30121100"]),
    ],
)
def test_what_the_first_code_that_says_something_or_the_head_of_a_title_names_is_the_main_object(
    title: str, codes: list[str]
) -> None:
    assert ict_of(lot(title, cpv=codes)).standing == MAIN


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Plomberie, chauffage, ventilation et courants faibles", ["45300000"]),  # named last among the trades
        ("Courants faibles et éclairage des salles", ["45311000"]),
        ("Vidéosurveillance et gardiennage d'un dépôt", ["79713000"]),
        ("Elektro- und Nachrichtentechnik der Turnhalle", ["45311200"]),
        ("Software en meubilair voor de bibliotheek", ["39130000"]),
        ("Cartes d'inondation", ["71354100"]),
        ("Studies over de haven", ["79000000", "72000000"]),
    ],
)
def test_ict_that_serves_another_trade_is_a_part(title: str, codes: list[str]) -> None:
    assert ict_of(lot(title, cpv=codes)).standing == PART


def test_a_title_of_the_notice_speaks_for_a_lot_without_a_title_of_its_own_alone() -> None:
    whole = "Logiciels pour la maison communale"
    assert ict_of(lot("Lot 2", cpv=["39130000"], notice_title=whole)).standing == MAIN
    assert ict_of(lot("Mobilier", cpv=["39130000"], notice_title=whole)).standing == PART


def test_a_further_code_of_consultancy_or_of_a_computer_course_says_nothing() -> None:
    assert ict_of(lot("Conseil en énergie", cpv=["71314300", "72220000", "80533100"])).standing == NONE
    assert ict_of(lot("Conseil en systèmes", cpv=["72220000"])).standing == MAIN


@pytest.mark.parametrize(
    ("sentence", "language", "theme"),
    [
        ("Les salles reçoivent un équipement audiovisuel.", "FRA", "hardware"),
        ("Chaque quai est surveillé par vidéoprotection.", "FRA", "network"),
        ("Le prestataire fournit un outil digital de suivi.", "FRA", "software"),
        ("Les automates programmables commandent les pompes.", "FRA", "sensors"),
        ("LES AGENTS RECOIVENT LA TELEPHONIE MOBILE", "FRA", "communication"),
        ("Une solution de gestion du temps de travail est fournie.", "FRA", "software"),
        ("De aannemer levert de telefooncentrale.", "NLD", "communication"),
        ("Een patiëntenadministratiesysteem wordt gekoppeld.", "NLD", "software"),
        ("Het gebouw krijgt netwerkkabels en camerabewaking.", "NLD", "network"),
        ("Der Auftragnehmer betreibt die Webserver.", "DEU", "hosting"),
        ("Construction d'un datacenter.", "FRA", "hosting"),
        ("De opdrachtnemer bouwt een website.", "NLD", "web"),
        ("Lieferung von Personalcomputern für die Klassen.", "DEU", "software"),
        ("Im Graben wird ein LWL mitverlegt.", "DEU", "network"),
        ("Die Zeiterfassung der Helfer ist inbegriffen.", "DEU", "software"),
        ("The hall gets audio-visual equipment.", "ENG", "hardware"),
        ("The depot is fitted with a warehouse management system.", "ENG", "software"),
        ("Two satellite communications terminals are delivered.", "ENG", "communication"),
    ],
)
def test_each_family_of_words_names_ict_in_its_language(sentence: str, language: str, theme: str) -> None:
    found = ict_of(lot("2026-7", sentence, cpv=["45000000"], language=language))
    assert (found.standing, found.themes) == (PART, (theme,))


@pytest.mark.parametrize(
    ("sentence", "cpv"),
    [
        ("Tour à commande numérique pour l'atelier.", "42621000"),
        ("Lecteur d'empreinte digitale.", "38000000"),
        ("Mise aux normes d'un ERP de troisième catégorie.", "45000000"),
        ("Consommables pour imprimantes.", "30125000"),
        ("Lüftungsanlage nach VDI 6022.", "45331210"),
        ("Die Wartung wird in vom Auftraggeber gestellten iPads erfasst.", "50712000"),
        ("Inscription sur le site internet de la ville.", "92000000"),
        ("The menu is published on the website.", "55300000"),
        ("Traitement des données à caractère personnel.", "79000000"),
        ("La transition numérique est un des défis du territoire.", "79410000"),
        ("Climatisation du datacenter.", "45331220"),
        ("Ravalement d'une école de Saint-Cloud.", "45443000"),
        ("Rohre aus glasfaserverstärktem Kunststoff.", "44163000"),
        ("Briques de lait Tetra Pak.", "15511000"),
        ("Cloud seeding against hail.", "60441000"),
        ("Le personnel doit observer et préserver le site.", "90910000"),
        ("Paracetamol, 500 tablets a box.", "33600000"),
        ("Conseil sur les contrats de logiciels.", "79111000"),
        ("Assurance contre les cyberattaques.", "66510000"),
        ("Formation de caristes avec un module de gestion informatique des stocks.", "80530000"),
        ("A cryostat for circuits of quantum computing.", "38000000"),
    ],
)
def test_what_only_sounds_like_ict_is_none(sentence: str, cpv: str) -> None:
    assert ict_of(lot("2026-8", sentence, cpv=[cpv])).standing == NONE


def test_the_platform_of_a_course_is_bought_with_it() -> None:
    found = ict_of(lot("Cours d'orthographe", "Les cours sont suivis par e-learning.", cpv=["80530000"]))
    assert (found.standing, found.themes) == (PART, ("e-learning",))


@pytest.mark.parametrize(
    "description",
    [
        "Les documents sont téléchargeables sur la plateforme de dématérialisation https://achat.example.",
        "Les offres sont remises par voie électronique, au format informatique.",
        "Die Vergabeunterlagen stehen auf einem Sharepoint zum Download bereit.",
        "Het bestek staat op het aanbestedingsplatform; inschrijven gebeurt elektronisch via het portaal TenderNed.",
        "Les prestations ci-dessous sont hors marché :\n— les courants faibles,\n— les serveurs.",
        "Nettoyage de bureaux, d'escaliers et de vitres.",
        "Informations sur le chantier : le conducteur de travaux.",
    ],
)
def test_the_way_to_tender_is_no_ict_that_is_bought(description: str) -> None:
    assert ict_of(lot("Nettoyage", description, cpv=["90910000"])).standing == NONE


def test_the_longest_beginning_of_a_code_decides() -> None:
    assert theme_of(Cpv("72415000")) == "hosting"
    assert theme_of(Cpv("48180000")) == "e-health"
    assert theme_of(Cpv("32330000")) == ""
    assert theme_of(Cpv("45000000")) == ""


def test_a_sentence_of_ict_at_the_end_of_a_long_description_becomes_a_facet() -> None:
    filler = " ".join(f"La pièce {n} reçoit un sol souple et deux fenêtres hautes." for n in range(200))
    named = "Chaque salle d'opération est raccordée par fibre optique au réseau informatique."
    facets = facets_of(lot("Construction d'un hôpital", f"{filler} {named}", cpv=["45215140"]))
    assert named in {facet.text for facet in facets if facet.kind == FacetKind.SENTENCE}
    assert abs(sum(facet.weight for facet in facets) - 1) < 1e-9


@pytest.mark.parametrize(
    ("file", "standing", "themes"),
    [
        ("eforms/published/BEL/656028-2024.xml", PART, {"software"}),  # uniforms, with a tool to order them
        ("ted_r209/BE/2881-2018.xml", PART, {"sensors"}),  # buried waste containers, opened by badge
        ("eforms/published/other/DEU/586429-2024.xml", PART, {"sensors", "network"}),  # workshops for a navy
        ("eforms/published/BEL/583568-2023.xml", PART, {"network"}),  # trenches, pipes and blown fibre
        ("ted_r209/FR/448211-2016.xml", NONE, set[str]()),  # buses and a tramway
        ("eforms/published/BEL/559215-2023.xml", MAIN, {"software"}),
    ],
)
def test_real_notices_are_classified_as_a_reader_would(
    shared: Path, file: str, standing: IctRelevance, themes: set[str]
) -> None:
    (reading,) = read_path(shared / "notices" / file)
    assert reading.notice is not None
    found = ict_of(OpenLot("u", reading.notice.lots[0], reading.notice, ()))
    assert (found.standing, set(found.themes) >= themes) == (standing, True)


@given(texts, texts, cpvs)
def test_parts_are_few_and_a_lot_without_parts_holds_no_ict(
    titles: object, descriptions: object, codes: object
) -> None:
    part = Lot("L", titles, descriptions, cpv=codes)  # pyright: ignore[reportArgumentType]
    found = ict_of(OpenLot("u", part, Notice("n", 1, Form.COMPETITION, Publication("s", "1", None)), ()))
    assert len(found.parts) <= 12
    assert (found.standing == NONE) == (not found.parts)


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(["réseau ", "web", "a. ", "- ", "informatique,", "\n ", "Glas", "x", "; ", "1 "]),
    st.text(max_size=2),
)
def test_hostile_repetition_takes_time_in_proportion(unit: str, end: str) -> None:
    described = lot("Objet", (unit + end) * (6_000 // len(unit + end)))
    started = time.process_time()
    ict_of(described)
    facets_of(described)
    assert time.process_time() - started < 3  # a backtracking pattern takes minutes
