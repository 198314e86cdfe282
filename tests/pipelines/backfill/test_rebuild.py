"""Claims about `pib rebuild`: the same warehouse from the same bytes, another from other rules, or none at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config.workspace import ZONE
from tests.support.commands.nights import pib
from tests.support.stores import open_store
from warehouse.model.match_results import MatchResult
from warehouse.model.night_reports import Crawl
from warehouse.model.notices import Form, Notice, Publication, SetAside

BACKFILL = ("--from", "2026-11-09", "--to", "2026-11-19", "--on", "2026-11-20", "--json")


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose data folder has a past of two sources, members, and what a night concludes."""
    folder = tmp_path_factory.mktemp("landed")
    for source in ("eu_ted", "fr_boamp"):
        assert pib(folder, "backfill", "--source", source, *BACKFILL).returncode == 0
    assert pib(folder, "members", "import", "--demo").returncode == 0
    with open_store(warehouse(folder)) as store:
        store.set_as_of(datetime(2026, 11, 19, 10, tzinfo=ZONE))
        store.join_procedures(date(2026, 11, 19))
        store.save_vectors("model", {"digest": b"\0\0\0\0"})
        store.save_crawl(Crawl("eu_ted", *[date(2026, 11, 19)] * 3, complete=True))
    assert pib(folder, "rebuild", "--json").returncode == 0
    return folder


@pytest.fixture
def folder(landed: Path, tmp_path: Path) -> Path:
    """One's own copy of it."""
    shutil.copytree(landed, tmp_path, dirs_exist_ok=True)
    return tmp_path


def warehouse(folder: Path) -> Path:
    return folder / "data" / "embedded" / "warehouse.duckdb"


def rebuild(folder: Path, *more: str) -> dict[str, Any]:
    done = pib(folder, "rebuild", "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def drifts(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {d["table"]: (d["gained"], d["lost"]) for d in report["drifts"] if d["gained"] or d["lost"]}


def test_the_same_bytes_make_the_same_warehouse(folder: Path):
    assert drifts(rebuild(folder)) == {}


def test_one_reader_or_several_make_the_same_warehouse(folder: Path):
    assert drifts(rebuild(folder, "--processes", "1")) == {}


def test_what_landing_does_not_hold_is_carried_over(folder: Path):
    rebuild(folder)
    with open_store(warehouse(folder)) as store:
        assert len(store.load_members()) == 24
        assert store.load_vectors("model", ["digest"]) == {"digest": b"\0\0\0\0"}
        assert store.load_watermark("eu_ted") == date(2026, 11, 19)
        assert store.load_as_of() is not None
        assert [b.window_to for b in store.load_backfilled("eu_ted")] == [date(2026, 11, 19)]


def test_what_landing_does_not_hold_goes_and_is_counted(folder: Path):
    with open_store(warehouse(folder)) as store:
        store.save_notices([Notice("made-up", 1, Form.PLANNING, Publication("eu_ted", "1-2026", date(2026, 1, 1)))])
        store.save_set_aside([SetAside("eu_ted", "1-2026", "an old reader's reason", "landing/x", date(2026, 1, 1))])
    assert drifts(rebuild(folder)) == {"notice": (0, 1), "publication": (0, 1), "set_aside": (0, 1)}


def test_each_value_that_differs_is_listed_and_written_beside_the_warehouse(folder: Path):
    con = duckdb.connect(str(warehouse(folder)))
    ((uid,),) = con.execute("select uid from notice order by uid limit 1").fetchall()
    con.execute("update notice set nature = 'of an old reader' where uid = $1", [uid])
    con.close()
    (difference,) = rebuild(folder)["differences"]
    assert (difference["table"], difference["key"], difference["column"]) == ("notice", uid, "nature")
    assert difference["before"] == "of an old reader"
    lines = (folder / "data" / "embedded" / "rebuild-differences.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:3] for line in lines] == [["table", "key", "column"], ["notice", uid, "nature"]]


def test_another_choice_of_countries_needs_no_new_crawl(folder: Path):
    (folder / "pib.toml").write_text('countries = ["ESP"]\n', encoding="utf-8")
    assert "notice" in drifts(rebuild(folder))
    with open_store(warehouse(folder)) as store:
        countries = {c for n in store.load_notices() if n.publication.source == "eu_ted" for c in n.buyer_countries}
    assert "BEL" not in countries


def test_bytes_changed_since_landing_are_set_aside(folder: Path):
    package = max((folder / "data").rglob("package-*.tar.gz"), key=lambda path: path.stat().st_size)
    package.write_bytes(package.read_bytes()[:-1])
    rebuild(folder)
    with open_store(warehouse(folder)) as store:
        (aside,) = store.load_set_aside()
    assert "manifest" in aside.reason
    assert (folder / "data" / "embedded" / aside.path) == package


def test_a_structure_nobody_knows_leaves_the_warehouse_as_it_is(folder: Path):
    records = next(path for path in (folder / "data").rglob("records-*.json") if path.stat().st_size > 1000)
    body = records.read_bytes().replace(b'"idweb"', b'"brand_new": 1, "idweb"')
    manifest = records.parent / "manifest.jsonl"
    old = hashlib.sha256(records.read_bytes()).hexdigest()
    records.write_bytes(body)
    manifest.write_text(manifest.read_text().replace(old, hashlib.sha256(body).hexdigest()))
    before = warehouse(folder).read_bytes()
    done = pib(folder, "rebuild")
    assert done.returncode == 1
    assert "brand_new" in done.stderr
    assert warehouse(folder).read_bytes() == before
    assert pib(folder, "rebuild", "--anyway", "--json").returncode == 3


def test_a_rebuild_half_done_before_is_begun_anew(folder: Path):
    part = warehouse(folder).with_name("warehouse.duckdb.rebuilding")
    part.write_bytes(b"half a file")
    assert drifts(rebuild(folder)) == {}
    assert not part.exists()


def test_a_warehouse_of_an_earlier_version_is_made_anew_with_what_only_it_knows(folder: Path):
    con = duckdb.connect(str(warehouse(folder)))
    con.execute("update shape set version = 1")
    con.execute("alter table notice drop column subtype")
    con.close()
    assert pib(folder, "members", "list").returncode == 1
    rebuild(folder)
    with open_store(warehouse(folder)) as store:
        assert len(store.load_members()) == 24


def test_match_results_of_past_nights_stay(folder: Path):
    with open_store(warehouse(folder)) as store:
        store.save_match_results(date(2026, 11, 18), [MatchResult("lot-1", (), (), (), ())])
        earlier_results = store.load_match_results(date(2026, 11, 18))
    rebuild(folder)
    with open_store(warehouse(folder)) as store:
        assert store.load_match_results(date(2026, 11, 18)) == earlier_results != ()


def test_nothing_landed_is_nothing_to_rebuild_from(tmp_path: Path):
    done = pib(tmp_path, "rebuild")
    assert done.returncode == 1
    assert "nothing was landed" in done.stderr
