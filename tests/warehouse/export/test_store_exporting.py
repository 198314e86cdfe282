"""Exports: the same rows in every format, in an order that does not change, complete or not there."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.notices.exported_call import a_call
from tests.support.stores import open_store, passing_store
from warehouse.model.match_results import (
    Consortium,
    Facet,
    FacetKind,
    Held,
    Joint,
    Match,
    MatchResult,
    Reason,
    ReasonKind,
    Remarks,
    Role,
)
from warehouse.model.night_reports import SourceCounts
from warehouse.model.notices import (
    Form,
)
from warehouse.store import Store

NIGHT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
NAMES = ("notices", "lots", "procedures", "buyers", "awards", "matches", "consortia")


REMARKS = Remarks(
    alone_lacks=("ISO 27001", "Une référence"),
    unverified=("A clearance",),
    silent_turnover=("aquila",),
    holds=(Held("cygnus", "ISO 27001"),),
    stages=("design", "operate"),
    countries=("BE", "FR"),
    joint=(Joint(("aquila", "cygnus"), "n-01", "LOT-0001"), Joint(("aquila", "cygnus"), "", "b:LOT-0002")),
)


def a_match_result(lot: str) -> MatchResult:
    roles = tuple(Role(name, (0,), (), 0.3, 0.4, ("capteurs",)) for name in ("borealis", "aquila"))
    reasons = (
        Reason(ReasonKind.WORDS, 0.5, "capteurs", "capteurs de niveau"),
        Reason(ReasonKind.CPV, 0.25, "72", "72"),
    )
    return MatchResult(
        lot,
        (Facet(FacetKind.TITLE, "Capteurs", 1.0),),
        (Match(lot, "aquila", 0.75, reasons),),
        (),
        (Consortium(lot, 1, 0.8, 0.8, roles, (0,), "aquila", 0.7, None, 0.0, remarks=REMARKS),),
    )


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with passing_store() as opened:
        opened.set_as_of(NIGHT)
        opened.save_notices([a_call("b"), a_call("a"), replace(a_call("c"), form=Form.PLANNING)])
        opened.save_match_results(date(2026, 11, 19), [a_match_result("old:LOT-0001")])
        opened.save_match_results(NIGHT.date(), [a_match_result("b:LOT-0001"), a_match_result("a:LOT-0001")])
        yield opened


@pytest.fixture(scope="module")
def exported(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "new" / "folder"
    store.export(folder)
    return folder


def rows_of(path: Path) -> int:
    with duckdb.connect() as con:
        return con.execute("select count(*) from read_parquet(?)", [str(path)]).fetchall()[0][0]


@pytest.mark.parametrize(("name", "rows"), [*zip(NAMES, (3, 2, 3, 3, 0, 2, 4), strict=True)])
def test_the_three_formats_agree(exported: Path, name: str, rows: int) -> None:
    with (exported / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        in_csv = len(list(csv.DictReader(lines)))
    in_lines = len([json.loads(line) for line in (exported / f"{name}.jsonl").read_text("utf-8").splitlines()])
    assert (in_csv, in_lines, rows_of(exported / f"{name}.parquet")) == (rows, rows, rows)


def test_the_rows_of_each_file_are_reported(store: Store, tmp_path: Path) -> None:
    rows_by_path = store.export(tmp_path)
    assert {path.name: rows for path, rows in rows_by_path.items() if path.suffix == ".csv"} == {
        "notices.csv": 3,
        "lots.csv": 2,
        "procedures.csv": 3,
        "buyers.csv": 3,
        "awards.csv": 0,
        "matches.csv": 2,
        "consortia.csv": 4,
    }


def test_an_export_made_again_is_the_same_to_the_byte(store: Store, exported: Path, tmp_path: Path) -> None:
    store.export(tmp_path)
    texts = [path.name for path in exported.iterdir() if path.suffix in {".csv", ".jsonl"}]
    assert {name: (tmp_path / name).read_bytes() for name in texts} == {
        name: (exported / name).read_bytes() for name in texts
    }


def test_nothing_half_written_is_left(exported: Path) -> None:
    assert {path.name for path in exported.iterdir()} == {
        f"{n}.{e}" for n in NAMES for e in ("csv", "jsonl", "parquet")
    } | {"data-dictionary.md"}


def test_a_notice_reads_like_a_line_of_a_spreadsheet(exported: Path) -> None:
    first = json.loads((exported / "notices.jsonl").read_text("utf-8").splitlines()[0])
    chosen = {key: first[key] for key in ("uid", "published_on", "cpv_main", "cpv_additional", "buyers", "estimate")}
    assert chosen == {
        "uid": "a-01",
        "published_on": "2026-11-02",
        "cpv_main": "32440000",
        "cpv_additional": "72000000",
        "buyers": "Ville imaginaire",
        "estimate": 125000.5,
    }


def test_a_deadline_is_written_as_an_instant(exported: Path) -> None:
    first = json.loads((exported / "lots.jsonl").read_text("utf-8").splitlines()[0])
    assert datetime.fromisoformat(first["deadline_at"]) == datetime(2026, 12, 1, 11, tzinfo=UTC)


def test_a_consortium_is_exported_with_what_stands_beside_it(exported: Path) -> None:
    with (exported / "consortia.csv").open(encoding="utf-8", newline="") as lines:
        row = next(csv.DictReader(lines))
    assert (row["alone_lacks"], row["unverified"]) == ("ISO 27001; Une référence", "A clearance")
    assert (row["silent_turnover"], row["holds"]) == ("aquila", "cygnus: ISO 27001")
    assert (row["stages"], row["countries"], row["joint_awards"]) == ("design operate", "BE FR", "1")


def test_a_match_is_exported_with_its_reasons(exported: Path) -> None:
    with (exported / "matches.csv").open(encoding="utf-8", newline="") as lines:
        row = next(csv.DictReader(lines))
    assert (row["lot_uid"], row["member"], row["reasons"]) == (
        "a:LOT-0001",
        "aquila",
        "words 0.500: capteurs / capteurs de niveau; cpv 0.250: 72 / 72",
    )


def test_the_night_requested_is_the_one_exported(store: Store, tmp_path: Path) -> None:
    store.export(tmp_path, date(2026, 11, 19))
    assert "old:LOT-0001" in (tmp_path / "matches.csv").read_text("utf-8")


def test_a_day_has_only_what_was_published_on_it(store: Store, tmp_path: Path) -> None:
    empty, whole = (store.export(tmp_path, day=date(2026, 11, day)) for day in (1, 2))
    assert [path.stem for path, rows in empty.items() if rows and path.suffix == ".csv"] == ["matches", "consortia"]
    assert [rows for path, rows in whole.items() if path.suffix == ".csv"] == [3, 2, 3, 3, 0, 2, 4]


def test_the_counts_of_a_night_are_those_of_its_tables(store: Store) -> None:
    counts = store.counts(NIGHT.date())
    assert (counts.notices, counts.open_lots, counts.judged, counts.matches, counts.consortia) == (3, 2, 2, 2, 2)


def test_the_counts_name_each_source(store: Store) -> None:
    assert store.counts(NIGHT.date()).sources == (SourceCounts("eu_ted", 3, 0, 0),)


def test_an_empty_warehouse_exports_empty_files(tmp_path: Path) -> None:
    with open_store(tmp_path / "pib.duckdb") as empty:
        assert set(empty.export(tmp_path / "out").values()) == {0}
