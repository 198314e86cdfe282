"""Codes in the readers' tables are those of the publishers' lists; what is outside is dropped, the notice kept."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from scrapers.readers.countries import COUNTRIES, has_nuts
from scrapers.readers.eforms.forms import SUBTYPES
from scrapers.readers.eforms.notice import read_eforms
from scrapers.readers.eforms.tree import nuts
from scrapers.readers.ted.export_codes import COUNTRIES as ALPHA_2
from tests.support.paths import RECORDINGS
from warehouse.model.notices import Form

CALL = (RECORDINGS / "eforms" / "call_two_languages.xml").read_text(encoding="utf-8")
LATER = {"1A0", "GLP", "GUF", "MTQ", "MYT", "REU"}
"""Kosovo as eForms wrote it before, and overseas departments that some write as countries."""


def codes_of(shared: Path, name: str) -> set[str]:
    path = shared / "codelists" / "eforms_codelists_en_fr_nl_de.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row[1] for row in csv.reader(file) if row[0] == name}


def test_the_countries_are_those_of_the_publishers(shared: Path):
    assert codes_of(shared, "country") <= COUNTRIES | LATER
    assert codes_of(shared, "country") >= COUNTRIES - LATER


def test_the_countries_with_regions_are_those_of_the_publishers(shared: Path):
    with_regions = {alpha_3 for alpha_2, alpha_3 in ALPHA_2.items() if has_nuts(alpha_2)}
    assert with_regions - {"1A0", "GBR"} == codes_of(shared, "country_nuts-country") - {"XKX"}


def test_every_region_of_our_countries_is_read(shared: Path):
    path = shared / "codelists" / "nuts_2021_2024_be_fr_lu_nl_de.csv"
    with path.open(encoding="utf-8", newline="") as file:
        listed = [row["code"] for row in csv.DictReader(file)]
    assert [code for code in listed if nuts(code) is None] == []


def test_every_form_type_and_subtype_of_the_publishers_has_a_form(shared: Path):
    assert codes_of(shared, "notice-subtype") - SUBTYPES.keys() == set()
    assert codes_of(shared, "form-type") - {form.value for form in Form} - {"change"} == set()


@pytest.mark.parametrize("place", ["00", "RWA", "COD", "USA", "US", "TN123", "ANYW", "B", "BE12345"])
def test_a_place_outside_the_nomenclature_costs_the_place_and_not_the_notice(place: str):
    start = CALL.index("<cbc:CountrySubentityCode", CALL.index("<cac:ProcurementProject>"))
    end = CALL.index("</cbc:CountrySubentityCode>", start)
    written = f'{CALL[:start]}<cbc:CountrySubentityCode listName="nuts-lvl3">{place}{CALL[end:]}'
    notice = read_eforms(written.encode())
    assert notice.titles
    assert place not in {code.code for code in notice.nuts}
