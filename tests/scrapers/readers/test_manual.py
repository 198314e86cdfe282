"""Claims about calls an operator writes down: right as a whole, or not used, with every fault by line and column."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import SourceChanged
from scrapers.readers.manual import read_manual
from scrapers.readers.manual_sheet import COLUMNS
from tests.support.notices.manual_calls import CSV, TOML
from tests.support.stores import open_store
from warehouse.model.notices import DeadlineKind, Form, Money, Notice


def read(kind: str, text: str) -> list[Notice]:
    return [notice for _, notice in read_manual(kind, text.encode(), "calls") if isinstance(notice, Notice)]


def faults(kind: str, text: str) -> str:
    with pytest.raises(SourceChanged) as raised:
        list(read_manual(kind, text.encode(), "calls"))
    return str(raised.value)


def test_a_call_in_toml_is_a_notice():
    survey, order = read("toml", TOML)
    assert (survey.uid, survey.form, survey.publication.source) == (
        "manual-iepna-ms-4832-02",
        Form.COMPETITION,
        "manual",
    )
    assert survey.publication.day == date(2026, 11, 19)
    assert survey.publication.url == "https://procurement.iepna.example/ms-4832"
    lot = survey.lots[0]
    assert lot.deadline is not None
    assert lot.deadline.kind is DeadlineKind.INTEREST
    assert lot.deadline.at == datetime(2026, 12, 15, 12, tzinfo=ZoneInfo("Europe/Zurich"))
    assert lot.estimate == Money(Decimal("250000.5"), "CHF")
    assert [str(code) for code in lot.cpv] == ["42512000", "31682530"]
    assert (order.form, order.lots[0].deadline, order.version) == (Form.PLANNING, None, 1)


def test_a_call_in_csv_keeps_a_separator_in_quotes_and_its_own_zone():
    first, second = read("csv", CSV)
    assert first.titles[0].value == "Sondage; fibre"
    deadlines = [notice.lots[0].deadline for notice in (first, second)]
    assert [d and d.zone for d in deadlines] == ["Europe/Paris", "Europe/London"]
    assert [d and d.hour_stated for d in deadlines] == [False, True]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("un;", "Un Deux;", "line 2, id: 'Un Deux' is not a short name"),
        ("deux;", "un;", "line 3, id: 'un' stands on line 2 already"),
        (";nl;", ";klingon;", "line 3, language: 'klingon' is none of"),
        (";FRA;", ";France;", "line 2, country: 'France' is not a country of three letters"),
        ("2026-11-19;2026-12-15;", "19/11/2026;2026-12-15;", "line 2, published:"),
        ("2026-12-15;\n", "15 décembre;\n", "line 2, deadline: '15 décembre' is not a day"),
        ("2026-12-15;\n", "2026-02-30;\n", "line 2, deadline:"),
        ("Europe/London", "Mars/Olympus", "line 3, zone: 'Mars/Olympus' is no zone"),
        ("Enquête", "", "line 3, title: is empty; it is compulsory"),
        ("title;", "titre;", "line 1, titre: is not known"),
        ("title;", "id;", "line 1, id: occurs twice"),
        (";Institut;", ";Institut;x;", "line 2, number 9: has 9 cells under 8 columns"),
        ('"Sondage', 'x"Sond"age"', "line 2"),
    ],
)
def test_a_fault_is_reported_by_line_and_column_and_nothing_of_the_file_is_used(before: str, after: str, words: str):
    assert words in faults("csv", CSV.replace(before, after, 1))


def test_every_fault_of_a_file_is_reported_at_once():
    message = faults("toml", TOML.replace('"en"', '"xx"').replace('"BEL"', '"be"').replace("2026-12-15", "2026-13-15"))
    assert "has 3 faults" in message
    places = [line.strip().partition(":")[0] for line in message.splitlines()[1:]]
    assert places == ["line 7, language", "line 11, deadline", "line 24, country"]


def test_a_key_nobody_knows_and_broken_toml_are_reported_by_their_line():
    assert "line 6, colour: 'colour' is not known" in faults("toml", TOML.replace("description", "colour"))
    assert "line 8, -: is not TOML" in faults("toml", TOML.replace('"European', "European"))


def test_bytes_that_are_not_utf_8_are_reported_by_their_line():
    with pytest.raises(SourceChanged, match="line 2, -: byte 0xea is not UTF-8"):
        list(read_manual("csv", b"id,title\nx,Enqu\xeate\n", "calls.csv"))


def test_an_empty_file_is_a_fault():
    assert "holds no call" in faults("toml", "")


def test_a_call_is_kept_once_and_again_when_its_version_is_raised(tmp_path: Path):
    with open_store(tmp_path / "w.duckdb") as store:
        assert store.save_notices(read("toml", TOML)).new == 2
        assert store.save_notices(read("toml", TOML)).same == 2
        assert store.save_notices(read("toml", TOML.replace("version = 2", "version = 3"))).new == 1


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=9), max_size=5), st.sampled_from(",;\t"))
def test_whatever_a_sheet_holds_it_is_read_or_refused(rows: list[list[str]], separator: str):
    text = separator.join(COLUMNS[:8]) + "\n" + "\n".join(separator.join(row) for row in rows)
    with suppress(SourceChanged):
        assert all(isinstance(notice, Notice) for _, notice in read_manual("csv", text.encode(), "x"))
