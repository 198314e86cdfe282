"""Labels of CPV codes: the shipped table, the fall-back to a parent."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import LANGUAGES, Label, label, shipped_labels
from warehouse.errors import BadFact


def test_every_division_has_a_label() -> None:
    assert sum(code.code.endswith("000000") for code in shipped_labels()) == 45


def test_every_shipped_code_has_a_label_in_every_language() -> None:
    assert [
        row.code for row in shipped_labels().values() if not all(row.text(language) for language in LANGUAGES)
    ] == []


def test_shipped_codes_are_in_order_so_that_a_difference_reads_well() -> None:
    assert list(shipped_labels()) == sorted(shipped_labels())


def test_a_code_has_its_own_label() -> None:
    assert label(Cpv("72000000"), "de") == Label(
        Cpv("72000000"),
        "IT-Dienste: Beratung, Software-Entwicklung, Internet und Hilfestellung",
        "de",
        is_exact=True,
    )


def test_a_code_without_a_label_has_that_of_its_nearest_parent_and_says_so() -> None:
    found = label(Cpv("72512999"), "fr")
    assert found is not None
    assert (found.code, found.is_exact) == (Cpv("72512000"), False)


@given(st.from_regex(r"[0-9]{8}", fullmatch=True).map(Cpv), st.sampled_from(LANGUAGES))
def test_a_label_is_always_that_of_a_code_it_lies_within(code: Cpv, language: str) -> None:
    found = label(code, language)
    assert found is None or (code.within(found.code) and found.is_exact == (found.code == code))


def test_a_code_of_no_division_has_no_label() -> None:
    assert label(Cpv("01000000"), "fr") is None


def test_a_language_without_labels_is_refused() -> None:
    with pytest.raises(BadFact, match="fr, nl, de, en"):
        label(Cpv("72000000"), "it")


def test_the_shipped_labels_are_those_of_the_official_list(shared: Path) -> None:
    with (shared / "codelists" / "cpv_2008_fr_nl_de_en.csv").open(encoding="utf-8", newline="") as lines:
        official = {
            row["code"]: tuple(row[f"label_{language}"].strip() for language in LANGUAGES)
            for row in csv.DictReader(lines)
        }
    shipped = {code.code: (row.fr, row.nl, row.de, row.en) for code, row in shipped_labels().items()}
    assert {code: words for code, words in shipped.items() if official.get(code) != words} == {}
