"""What a lot requires of tenderers: invented sentences in four languages, hostile ones, and real notices."""

from __future__ import annotations

import math
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.requirements.certificates import certificates_in, meets
from matching.requirements.clauses import clauses, lots_named
from matching.requirements.extraction import requirements_of
from matching.requirements.number_parsing import amounts, least_counts
from matching.requirements.passages import Passage, PassagePlace
from matching.requirements.patterns import demands
from scrapers.read import read_path
from tests.support.matching_world import lot
from warehouse.codes.classifications import Cpv
from warehouse.model.notices import Criterion, Form, Lot, Money, Notice, OpenLot, Publication, Text
from warehouse.model.requirements import Requirement, RequirementKind, RequirementSource, Rule

KINDS = {kind.value: kind for kind in RequirementKind}


def requirements_in(*sentences: str, language: str = "FRA", title: str = "Objet") -> list[Requirement]:
    """The requirements of selection criteria in these words."""
    return list(requirements_of(lot(title, criteria=sentences, language=language)))


def values(found: list[Requirement], kind: str) -> list[str]:
    return [requirement.value for requirement in found if requirement.kind == KINDS[kind]]


@pytest.mark.parametrize(
    ("sentence", "language", "amount", "currency"),
    [
        ("Un chiffre d'affaires annuel d'au moins 750 000 EUR est exigé.", "FRA", 750_000, "EUR"),
        ("De gemiddelde jaaromzet moet minimaal € 1.200.000,00 bedragen.", "NLD", 1_200_000, "EUR"),
        ("Der Jahresumsatz muss mindestens 2,5 Mio. EUR betragen.", "DEU", 2_500_000, "EUR"),
        ("The minimum annual turnover shall be GBP 200 000.00.", "ENG", 200_000, "GBP"),
        ("CA annuel minimum : 300 k€", "FRA", 300_000, "EUR"),
        ("Mindestumsatz von 300.000 € im Jahr", "DEU", 300_000, "EUR"),
        ("Average yearly turnover of at least EUR 1,500,000 over two years.", "ENG", 1_500_000, "EUR"),
        ("CA annuel moyen d'au moins 40 000,50 EUR, cumulé entre les membres.", "FRA", "40000.50", "EUR"),
        ("Le chiffre d'affaires doit atteindre 2 millions d'euros.", "FRA", 2_000_000, "EUR"),
        ("Der Umsatz muss mindestens vier (4) Millionen Euro betragen.", "DEU", 4_000_000, "EUR"),
        ("Le chiffre d'affaires doit atteindre deux millions d'euros.", "FRA", 2_000_000, "EUR"),
    ],
)
def test_a_least_turnover_is_read_with_its_currency(
    sentence: str, language: str, amount: int | str, currency: str
) -> None:
    (found,) = requirements_in(sentence, language=language)
    assert found.money == Money(Decimal(amount), currency)
    assert (found.rule, found.years, found.is_hard) == (Rule.SUM, 1, True)


def test_the_value_of_the_contract_is_no_turnover() -> None:
    sentence = (
        "CA minimum: le marché étant estimé à 6 000 000 EUR sur dix ans, le chiffre d'affaires cumulé sur 3 ans "
        "doit atteindre 450 000 EUR au minimum."
    )
    (found,) = requirements_in(sentence)
    assert (found.value, found.years) == ("450000", 3)


@pytest.mark.parametrize(
    "sentence",
    [
        "Déclaration concernant le chiffre d'affaires global des trois derniers exercices.",
        "Le chiffre d'affaires annuel est au moins égal à deux fois la valeur estimée du marché.",
        "Erklärung über den Gesamtumsatz der letzten drei Geschäftsjahre.",
        "Verklaring betreffende de totale omzet van de laatste drie boekjaren.",
    ],
)
def test_a_turnover_without_amount_is_required_and_has_no_value(sentence: str) -> None:
    assert values(requirements_in(sentence), "turnover") == [""]


def test_a_tax_on_turnover_is_no_turnover() -> None:
    assert requirements_in("Alle Preise ohne Umsatzsteuer.", language="DEU") == []


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("certificats ISO 9001, 14001 et 27001 ou équivalents", ("ISO 9001", "ISO 14001", "ISO 27001")),
        ("NBN EN ISO/IEC 27001:2022", ("ISO 27001",)),
        ("Zertifizierung nach DIN EN ISO 9001:2015 und ISO 14001", ("ISO 9001", "ISO 14001")),
        ("Agréation requise : catégorie D, classe 7", ("agréation D 7",)),
        ("een erkenning in ondercategorie P1 (elektriciteit), klasse 3", ("agréation P1 3",)),
        ("Agréation et enregistrement des entrepreneurs", ("agréation",)),
        ("De inschrijver heeft het label “Veilig Werk®”.", ("Veilig Werk",)),
        ("un certificat de qualification professionnelle", ("",)),
        ("een geldig kwaliteitscertificaat", ("",)),
        ("prestataire de réponse aux incidents de sécurité qualifié par l'agence", ("PRIS",)),
        ("Zertifikat auf Basis von IT-Grundschutz", ("IT-Grundschutz",)),
        ("certification en matière de management de la sécurité", ("",)),
        ("een geldig keurmerk", ("",)),
        ("des certificats de bonne exécution", ()),
        ("papier au format ISO 216", ()),
        ("l'attestation de l'administration fiscale", ()),
    ],
)
def test_certificates_have_one_name(sentence: str, names: tuple[str, ...]) -> None:
    assert certificates_in(sentence) == names


def test_the_certificates_that_a_certifier_is_hired_to_give_are_not_required_of_it() -> None:
    hired = lot("Certification", "The contractor is a certification body that certifies the sites to ISO 9001.")
    assert values([*requirements_of(hired)], "certificate") == []


def test_a_newer_or_higher_certificate_counts_for_the_required_one() -> None:
    assert meets("ISO/IEC 27001:2022", "ISO 27001")
    assert meets("ISO 45001", "OHSAS 18001")
    assert meets("agréation D 8", "agréation D 7")
    assert not meets("agréation D 6", "agréation D 7")
    assert not meets("agréation D1 8", "agréation D 7")
    assert not meets("ISO 9001", "ISO 27001")


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("Au minimum trois (3) références similaires", ["3"]),
        ("minstens twee gelijkaardige opdrachten", ["2"]),
        ("in den letzten drei Jahren mindestens ein Referenzprojekt", ["1"]),
        ("At least two similar contracts", ["2"]),
        ("Au moins 4 commandes de pavés réalisées au cours des 3 dernières années", ["4"]),
        ("minstens 5 bestellingen, uitgevoerd in de loop van de laatste 3 jaar", ["5"]),
        ("ten minste een attest van goede uitvoering", ["1"]),
        ("De inschrijver heeft ervaring met kaaimuren.", [""]),
        ("The tenderer has proven experience in harbour works.", [""]),
        ("minstens drie leveringen in de afgelopen vijf jaar", ["3"]),
        ("In den letzten fünf Jahren mindestens zwei Bauvorhaben", ["2"]),
        ("at least three deliveries in the last three years", ["3"]),
        ("Les trois principaux marchés exécutés", ["3"]),
        ("La commande est livrée en au moins 4 fois", []),
        ("3 à 5 références", ["3"]),
        ("au plus 5 références", [""]),
        ("Une référence peut répondre à plusieurs critères.", [""]),
        ("3 références dont une référence en milieu hospitalier", ["3"]),
        ("Liste des principaux services des trois dernières années", [""]),
        ("mindestens 8 Punkte durch Referenzprojekte", [""]),
        ("Les offres portent la référence : 2026-118", []),
        ("pas de références bancaires", []),
    ],
)
def test_references_are_counted_where_a_least_number_is_required(sentence: str, numbers: list[str]) -> None:
    assert values(requirements_in(sentence), "reference") == numbers


@pytest.mark.parametrize(
    ("sentence", "language", "codes", "level"),
    [
        ("Le chef de projet maîtrise le néerlandais (niveau C1).", "FRA", ["nl"], "C1"),
        ("De medewerkers beheersen het Frans en het Engels.", "NLD", ["fr", "en"], None),
        ("De kandidaat kan in het Frans communiceren.", "NLD", ["fr"], None),
        ("Alle Unterlagen sind in deutscher Sprache einzureichen.", "DEU", ["de"], None),
        ("The lead expert must be able to speak fluent German.", "ENG", ["de"], None),
        ("Le droit français est applicable.", "FRA", [], None),
        ("Fourniture sur le territoire français.", "FRA", [], None),
    ],
)
def test_languages_are_required_by_what_people_do_with_them(
    sentence: str, language: str, codes: list[str], level: str | None
) -> None:
    found = [
        requirement
        for requirement in requirements_in(sentence, language=language)
        if requirement.kind == RequirementKind.LANGUAGE
    ]
    assert sorted(requirement.name for requirement in found) == sorted(codes)
    assert all(requirement.level == level for requirement in found)


def test_a_language_that_is_taught_is_not_required() -> None:
    taught = lot("Cours", "Formations en langue néerlandaise au niveau B1 pour les demandeurs d'emploi.")
    assert requirements_of(taught) == ()


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("une équipe d'au moins 4 ingénieurs", ["4"]),
        ("mindestens drei Mitarbeiter in Vollzeit", ["3"]),
        ("minimum 5 medewerkers met ervaring", ["5"]),
        ("Effectifs moyens annuels du candidat", [""]),
        ("Moyens en personnel du candidat", [""]),
        ("Une note décrivant l'équipe", [""]),
        ("de samenstelling van het team", [""]),
        ("de menselijke middelen", [""]),
        ("Angaben zur personellen Ausstattung", [""]),
        ("qualifications of the proposed experts", [""]),
        ("chez un client de taille similaire (1200 salariés)", []),
        ("la protection des données à caractère personnel", []),
    ],
)
def test_staff_is_counted_where_a_least_number_is_required(sentence: str, numbers: list[str]) -> None:
    assert values(requirements_in(sentence), "staff") == numbers


def test_what_is_required_for_another_lot_is_not_required_here() -> None:
    criteria = (
        "Pour le lot 1:\n— chiffre d'affaires annuel minimum de 900 000 EUR,\n— 3 références.\n"
        "Pour le lot 2:\n— chiffre d'affaires annuel minimum de 100 000 EUR,\n— 1 référence."
    )
    first = requirements_of(lot("Lot 1: nettoyage", criteria=[criteria]))
    second = requirements_of(lot("Lot 2: contrôle", criteria=[criteria]))
    assert [requirement.value for requirement in first] == ["900000", "3"]
    assert [requirement.value for requirement in second] == ["100000"] + [
        requirement.value for requirement in second[1:]
    ]
    assert "900000" not in {requirement.value for requirement in second}


def test_lots_are_named_one_by_one_and_in_ranges() -> None:
    assert lots_named("Pour les lots 1, 2 et 5") == {1, 2, 5}
    assert lots_named("Lose 3 bis 6") == {3, 4, 5, 6}
    assert lots_named("perceel 7") == {7}
    assert lots_named("un lotissement de 12 maisons") == frozenset()


def test_a_heading_lends_its_kind_to_the_amounts_under_it() -> None:
    found = requirements_in("Le chiffre d'affaires minimal annuel exigé est de:\n— 30 000 000 EUR HT pour le lot 1")
    assert values(found, "turnover") == ["30000000"]


def test_the_rule_says_who_must_have_it() -> None:
    rules = {
        "Chaque membre du groupement est certifié ISO 9001.": Rule.ALL,
        "Elk lid van de combinatie is gecertificeerd volgens ISO 9001.": Rule.ALL,
        "Degene die de werkzaamheden verricht is gecertificeerd volgens ISO 9001.": Rule.PERFORMER,
        "Le soumissionnaire est certifié ISO 9001.": Rule.ANY,
        "Nur ein Mitglied der Bietergemeinschaft hat das Zertifikat ISO 9001 zu erbringen.": Rule.ANY,
    }
    assert {sentence: requirements_in(sentence)[0].rule for sentence in rules} == rules


def test_what_is_shown_only_if_there_is_any_is_not_hard_and_weighs_half() -> None:
    found = requirements_in("Le cas échéant, le certificat ISO 14001.", "Le certificat ISO 27001 est exigé.")
    soft, hard = (
        next(requirement for requirement in found if requirement.name == name) for name in ("ISO 14001", "ISO 27001")
    )
    assert (soft.is_hard, hard.is_hard) == (False, True)
    assert math.isclose(hard.weight, 2 * soft.weight)


def test_fields_come_first_and_codes_count_where_words_do_not() -> None:
    part = Lot(
        "LOT-0001",
        (Text("Réseau", "FRA"),),
        criteria=(
            Criterion("selection", "slc-abil-ref-services", (Text("Voir le règlement.", "FRA"),)),
            Criterion("execution", "curricula-t-requ", ()),
            Criterion("award", "quality", (Text("Chiffre d'affaires minimum de 5 000 EUR", "FRA"),)),
        ),
        tender_languages=("FRA", "NLD"),
    )
    found = requirements_of(OpenLot("u", part, _notice(), ()))
    assert [(requirement.kind, requirement.name, requirement.source) for requirement in found] == [
        (RequirementKind.LANGUAGE, "fr/nl", RequirementSource.FIELD),
        (RequirementKind.REFERENCE, "", RequirementSource.FIELD),
        (RequirementKind.STAFF, "", RequirementSource.FIELD),
    ]


def test_a_clearance_is_a_certificate_of_whoever_performs(shared: Path) -> None:
    (reading,) = read_path(shared / "notices/eforms/published/FRA/433676-2024.xml")
    assert reading.notice is not None
    found = requirements_of(OpenLot("u", reading.notice.lots[0], reading.notice, ()))
    assert ("security clearance", RequirementSource.FIELD) in {
        (requirement.name, requirement.source) for requirement in found
    }


def test_staff_that_must_be_named_in_the_tender_is_read_from_its_field(shared: Path) -> None:
    (reading,) = read_path(shared / "notices/eforms/published/other/NLD/578180-2024.xml")
    assert reading.notice is not None
    assert Criterion("execution", "curricula-t-requ", ()) in reading.notice.lots[0].criteria


def test_contradictory_demands_are_both_kept() -> None:
    found = requirements_in(
        "Chiffre d'affaires minimum de 500 000 EUR.", "Chiffre d'affaires minimum de 2 000 000 EUR."
    )
    assert values(found, "turnover") == ["500000", "2000000"]


def test_a_lot_without_text_or_with_a_code_that_does_not_exist_requires_nothing() -> None:
    assert requirements_of(lot()) == ()
    assert requirements_of(lot(cpv=["01234567"])) == ()


pieces = st.sampled_from(
    [
        *("chiffre d'affaires ", "omzet", "Umsatz ", "minimum ", "mindestens ", "3 ", "drei ", "un ", "1 000 ", "EUR "),
        *("références ", "Referenz", "lot 1, 2 ", "Los 3:\n", "ISO 9001, ", "agréation D ", "classe 7", "certificat «"),
        *(
            "néerlandais ",
            "rédigé ",
            "C1",
            "équipe ",
            "personnes ",
            "\n",
            " ",
            ". ",
            ": ",
            "- ",
            "(",
            ")",
            "“",
            ";",
            "a. ",
        ),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(pieces, st.text(max_size=8)), max_size=60).map("".join))
def test_whatever_is_written_the_weights_sum_to_one_and_each_value_comes_once(text: str) -> None:
    found = requirements_of(lot("Objet", text, criteria=[text]))
    assert not found or math.isclose(sum(requirement.weight for requirement in found), 1)
    keys = [
        (requirement.kind, requirement.value, requirement.level, requirement.source == RequirementSource.FIELD)
        for requirement in found
    ]
    assert len(keys) == len(set(keys))
    assert all(0 < requirement.weight <= 1 for requirement in found)


@settings(max_examples=12, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=3).map("".join))
def test_hostile_repetition_takes_time_in_proportion(unit: str) -> None:
    text = unit * (6_000 // len(unit))
    started = time.process_time()
    for sentence in clauses(Passage(PassagePlace.SELECTION, Text(text)), 1):
        certificates_in(sentence.text)
        amounts(sentence.text)
        least_counts(sentence.text, demands().reference.nouns)
    requirements_of(lot("Objet", criteria=[text]))
    assert time.process_time() - started < 3  # a backtracking pattern takes minutes


def test_200_kilobytes_cost_in_proportion_to_50() -> None:
    demand = "Le candidat fournit au moins 3 références et un chiffre d'affaires annuel minimum de 500 000 EUR. "
    sentence = demand + "La dalle est coulée sur place et reçoit un revêtement de sol souple. " * 15

    def cost(size: int) -> float:
        described = lot("Objet", sentence * (size // len(sentence)))
        started = time.process_time()
        assert len(requirements_of(described)) == 2
        return time.process_time() - started

    cost(2_000)
    assert cost(200_000) < 3 * 4 * cost(50_000)


def _notice() -> Notice:
    return Notice("n", 1, Form.COMPETITION, Publication("s", "1", None), cpv=(Cpv("72000000"),))
