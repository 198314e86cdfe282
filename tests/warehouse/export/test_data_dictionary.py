"""What analysts read beside the tables: every column worded, the page in step, and texts that no spreadsheet runs."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.notices.exported_call import a_call
from tests.support.notices.ocds_notices import NIGHT, a_result
from tests.support.paths import ROOT
from tests.support.stores import passing_store
from warehouse.export.tables import read_cell
from warehouse.model.notices import Text

PAGE = ROOT / "docs" / "data-dictionary.md"
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "'=1", "''@x", "plain", "+02:00", "'quoted'", "-5")


@pytest.fixture(scope="module")
def empty() -> str:
    with passing_store() as store:
        return store.describe_columns()


def test_the_page_is_what_the_warehouse_says(empty: str) -> None:
    assert PAGE.read_text("utf-8") == empty, "write it again: pib export --dictionary > docs/data-dictionary.md"


def test_every_exported_column_has_a_meaning(empty: str) -> None:
    assert [line for line in empty.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


def test_the_dictionary_lies_beside_the_tables(tmp_path: Path, empty: str) -> None:
    with passing_store() as store:
        store.export(tmp_path)
    assert (tmp_path / "data-dictionary.md").read_text("utf-8") == empty


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    with passing_store() as store:
        store.set_as_of(NIGHT)
        store.save_notices(
            replace(a_call(f"n{at:02d}"), titles=(Text(words, "FRA"),)) for at, words in enumerate(HOSTILE)
        )
        store.save_notices([a_result()])
        store.export(folder)
    return folder


def titles_in_csv(folder: Path) -> list[str]:
    with (folder / "notices.csv").open(encoding="utf-8", newline="") as lines:
        return [row["title"] for row in csv.DictReader(lines)][: len(HOSTILE)]


def test_no_cell_of_a_spreadsheet_begins_a_formula(hostile: Path) -> None:
    begins = [cell for cell in titles_in_csv(hostile) if cell[0] in "=+-@\t\r"]
    assert begins == ["+02:00", "-5"]


def test_a_guarded_cell_is_read_back_as_published(hostile: Path) -> None:
    guarded = [cell if cell in {"+02:00", "-5"} else read_cell(cell) for cell in titles_in_csv(hostile)]
    assert guarded == list(HOSTILE)


def test_json_lines_and_parquet_hold_texts_as_published(hostile: Path) -> None:
    lines = [json.loads(line)["title"] for line in (hostile / "notices.jsonl").read_text("utf-8").splitlines()]
    columns = pq.read_table(hostile / "notices.parquet")["title"].to_pylist()
    assert lines[: len(HOSTILE)] == columns[: len(HOSTILE)] == list(HOSTILE)


@pytest.mark.parametrize(
    ("table", "types"),
    [
        ("awards", {"value": "decimal128(24, 2)", "decided_on": "date32[day]", "tenders_received": "int32"}),
        ("lots", {"deadline_at": "timestamp[us, tz=UTC]", "is_open": "bool"}),
        ("procedures", {"first_published_on": "date32[day]", "lots": "int64"}),
        ("buyers", {"number_valid": "bool", "name": "string"}),
    ],
)
def test_parquet_keeps_the_types(hostile: Path, table: str, types: dict[str, str]) -> None:
    schema = pq.read_schema(hostile / f"{table}.parquet")
    assert {name: str(schema.field(name).type) for name in types} == types


def test_an_award_has_a_row_for_each_winner(hostile: Path) -> None:
    rows = pq.read_table(hostile / "awards.parquet").to_pylist()
    assert [(r["notice"], r["party"], r["place"], r["winner"]) for r in rows] == [
        ("r-01", 1, 1, "Aquila"),
        ("r-01", 1, 2, "Boréal"),
    ]
