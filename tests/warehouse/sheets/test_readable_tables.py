"""Tables that people open: their spreadsheet reads numbers, days and hours as such, and runs nothing."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from warehouse.sheets.readable_tables import ReadableTable, write_csv, write_workbook

CLOSES = datetime(2026, 12, 25, 11, 0, tzinfo=UTC)
ROW = ("Réseau « Wi-Fi »", Decimal("98500.50"), date(2026, 11, 12), CLOSES, None, 7)
HOSTILE = ("=HYPERLINK(1)", "+1", "-2+3", "@SUM(A1)", " =1", "\t=1", "|cmd", "%x", "\u202e=1", "\x1b[31m")


def table(language: str, *rows: tuple[object, ...]) -> ReadableTable:
    columns = ("Titre", "Valeur", "Jour", "Clôture", "Vide", "Nombre")[: len(rows[0])]
    return ReadableTable("Appels", language, columns, rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "separator", "amount"), [("fr", ";", "98500,50"), ("nl", ";", "98500,50"), ("en", ",", "98500.50")]
)
def test_csv_is_written_as_the_readers_spreadsheet_reads_it(language: str, separator: str, amount: str) -> None:
    body = write_csv(table(language, ROW))
    assert body.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=separator)
    assert header[0] == "Titre"
    assert row == ["Réseau « Wi-Fi »", amount, "2026-11-12", "2026-12-25 12:00", "", "7"]


def test_a_workbook_holds_numbers_and_hours_of_brussels() -> None:
    sheet = load_workbook(io.BytesIO(write_workbook(table("fr", ROW)))).worksheets[0]
    row = [cell.value for cell in sheet[2]]
    assert row[:2] == ["Réseau « Wi-Fi »", 98500.5]
    assert [str(value) for value in row[2:4]] == ["2026-11-12 00:00:00", "2026-12-25 12:00:00"]
    assert row[4:] == [None, 7]
    assert (sheet.title, sheet.freeze_panes, sheet["A1"].font.bold) == ("Appels", "A2", True)


def test_no_cell_is_run_as_a_formula() -> None:
    rows = tuple((words,) for words in HOSTILE)
    sheet = load_workbook(io.BytesIO(write_workbook(table("fr", *rows)))).worksheets[0]
    assert {cell.data_type for (cell,) in sheet.iter_rows(min_row=2)} == {"s"}
    lines = list(csv.reader(io.StringIO(write_csv(table("fr", *rows)).decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [line[0] for line in lines[1:] if not line[0].startswith(("'", "["))] == []


def test_the_same_table_gives_the_same_bytes() -> None:
    assert write_workbook(table("fr", ROW)) == write_workbook(table("fr", ROW))
    assert b"2026" not in write_workbook(table("fr", ("x",)))[:400]
