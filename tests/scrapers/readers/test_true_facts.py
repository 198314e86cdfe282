"""Amounts with their level, company numbers checked and junk kept, languages declared or detected: end to end."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from scrapers.notice_json import notice_line
from scrapers.readers.normalise.language_detection import name_language
from scrapers.readers.normalise.normalise import finish
from tests.support.notices.linked_notices import a_notice
from tests.support.stores import passing_store
from warehouse.codes.company_numbers import check_company_number
from warehouse.model.notices import Lot, Money, Notice, Text, ValueLevel, stated_value

NIGHT = datetime(2026, 11, 20, 9, tzinfo=UTC)
PLACEHOLDERS = ("0", "0.01", "1", "-1")


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def a_call(*, lot: str, most: str = "0", whole: str = "0", whole_most: str = "0") -> Notice:
    """A call whose amounts are, from the nearest to the lot to the furthest, these."""
    notice = a_notice(estimate=euros(whole), framework_maximum=euros(whole_most), procedure="purchase")
    return replace(notice, lots=(replace(notice.lots[0], estimate=euros(lot), framework_maximum=euros(most)),))


LEVELS = {
    ValueLevel.LOT: a_call(lot="90000", most="95000", whole="200000", whole_most="300000"),
    ValueLevel.LOT_FRAMEWORK: a_call(lot="0.01", most="90000", whole="200000"),
    ValueLevel.PROCEDURE: a_call(lot="1", most="-1", whole="90000", whole_most="300000"),
    ValueLevel.PROCEDURE_FRAMEWORK: a_call(lot="1", whole="0", whole_most="90000"),
}


@pytest.mark.parametrize("level", LEVELS)
def test_an_amount_comes_with_what_it_is_the_value_of(level: ValueLevel) -> None:
    value = stated_value(LEVELS[level].lots[0], LEVELS[level])
    assert value
    assert (value.money, value.level) == (euros("90000"), level)


@pytest.mark.parametrize("level", LEVELS)
def test_the_warehouse_tells_the_same_value_and_level(level: ValueLevel) -> None:
    with passing_store() as store:
        store.set_as_of(NIGHT)
        store.save_notices([LEVELS[level]])
        store.refresh_lots()
        assert store._con.execute("select value, value_level from open_lot").fetchall() == [(90000, level)]


@pytest.mark.parametrize("amount", PLACEHOLDERS)
def test_a_placeholder_is_not_stated_in_any_export(amount: str, tmp_path: Path) -> None:
    with passing_store() as store:
        store.set_as_of(NIGHT)
        store.save_notices([a_call(lot=amount, most=amount, whole=amount, whole_most=amount)])
        store.export(tmp_path)
    columns = {"lots": ("value", "currency", "value_level"), "notices": ("estimate", "currency")}
    for table, column_names in columns.items():
        with (tmp_path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
        assert [row[column] for column in column_names] == [""] * len(column_names)


def test_a_lot_of_placeholders_has_no_value() -> None:
    assert stated_value(Lot("LOT-0001", (), estimate=euros("1")), a_notice()) is None


@pytest.mark.parametrize(
    ("written", "country", "number", "is_valid"),
    [
        ("0203.963.680", "BEL", "BE0203963680", True),
        ("0203963680_780", "BEL", "BE0203963680", True),
        ("0203.963.681", "BEL", "BE0203963681", False),
        ("552 049 447", "FRA", "FR552049447", True),
        ("552049448", "FRA", "FR552049448", False),
        ("35600000000048", "FRA", "FR356000000", True),
        ("LU15446550", "LUX", "LU15446550", None),
        ("B 26127", "LUX", "LUB26127", None),
        ("BE001", "BEL", None, False),
        ("ORG-0003", "FRA", None, False),
        ("0", "FRA", None, False),
        ("DE811569869", "DEU", None, None),
        (None, "BEL", None, None),
        ("  ", "BEL", None, None),
    ],
)
def test_a_number_is_checked_and_junk_is_kept_and_marked(
    written: str | None, country: str, number: str | None, is_valid: bool | None
) -> None:
    checked = check_company_number(written, country)
    assert (checked.written, checked.number) == (written, number)
    if is_valid is not None or number is None or number.startswith("LUB"):
        assert checked.is_valid is is_valid


def test_an_establishment_whose_own_digits_fail_is_not_valid_though_its_firm_is() -> None:
    assert check_company_number("55204944700011", "FRA").is_valid is False


def test_the_warehouse_keeps_the_number_as_written_and_whether_it_holds() -> None:
    with passing_store() as store:
        buyers = a_notice().buyers
        junk = replace(buyers[0], organisation=replace(buyers[0].organisation, id="ORG-0002", company_number="BE001"))
        store.save_notices([a_notice(buyers=(*buyers, junk))])
        rows = store._con.execute("select company_number, number, number_valid from buyer order by position").fetchall()
    assert rows == [("0999.000.112", "BE0999000112", False), ("BE001", None, False)]


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Hébergement et supervision de la plateforme des quais", "FRA"),
        ("Onderhoud van het netwerk van de kaaien", "NLD"),
        ("Wartung der Server des Hafens", "DEU"),
        ("Supply of servers and storage for the quays", "ENG"),
        ("Dostawa urządzeń i sprzętu podwodnego dla nurków", None),
        ("LOT 2", None),
        ("", None),
    ],
)
def test_an_undeclared_language_is_detected_from_the_words_and_marked(words: str, language: str | None) -> None:
    assert name_language(Text(words)) == Text(words, language, detected=language is not None)


def test_a_declared_language_is_believed() -> None:
    text = Text("Supply of servers and storage", "FRA")
    assert name_language(text) is text


def test_every_text_of_a_notice_is_named_and_pib_read_says_so() -> None:
    lot = Lot("LOT-0001", (Text("Wartung der Server des Hafens"),))
    notice = finish(a_notice(titles=(Text("Onderhoud van het netwerk van de kaaien"),), lots=(lot,)))
    line = notice_line(notice)
    assert notice.lots[0].titles[0].language == "DEU"
    assert line["titles"] == [{"language": "NLD", "value": "Onderhoud van het netwerk van de kaaien", "detected": True}]


def test_a_notice_that_needs_nothing_comes_back_as_it_is() -> None:
    notice = a_notice()
    assert finish(notice) is notice


def test_a_detected_language_is_kept_as_detected() -> None:
    notice = finish(a_notice(titles=(Text("Onderhoud van het netwerk van de kaaien"),)))
    with passing_store() as store:
        store.save_notices([notice])
        assert store.load_notice(notice.uid).titles[0].detected
    assert notice.publication.day == date(2026, 11, 2)
