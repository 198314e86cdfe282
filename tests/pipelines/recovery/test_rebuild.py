"""Claims about `pib rebuild`: the same warehouse from the same bytes, another from other rules, or none at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from matching.members_file.members import demo_members
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.plain_files import write_fact_records, write_plain_files
from pipelines.recovery.rebuild import run_rebuild
from pipelines.recovery.stores import mend_stores
from tests.support.commands.nights import pib
from tests.support.damage import DAMAGES, cut_in_half, flip_blocks
from tests.support.paths import ROOT
from tests.support.stores import open_facts, open_store, workspace_at
from warehouse.database.salvage import Origin, damage_of
from warehouse.errors import StoreTooNew
from warehouse.model.feedback import Answer, Feedback
from warehouse.model.match_results import MatchResult
from warehouse.model.night_reports import Crawl
from warehouse.model.notices import Form, Notice, Publication, SetAside

FEEDBACK = Feedback("nuagera", "lot-1", Answer.TOO_BIG, datetime(2026, 11, 19, 12, tzinfo=ZONE), "pib", "words")
BACKFILL = ("--from", "2026-11-16", "--to", "2026-11-19", "--on", "2026-11-20", "--json")


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose data folder has a past of two sources, members, and what a night concludes."""
    folder = tmp_path_factory.mktemp("landed")
    for source in ("eu_ted", "fr_boamp"):
        assert pib(folder, "backfill", "--source", source, *BACKFILL).returncode == 0
    assert pib(folder, "members", "import", "--demo").returncode == 0
    with open_facts(at(folder)) as store:
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


def at(folder: Path) -> Workspace:
    return workspace_at(folder / "data" / "embedded")


def warehouse(folder: Path) -> Path:
    return at(folder).warehouse


def rebuild(folder: Path, *more: str) -> dict[str, Any]:
    done = pib(folder, "rebuild", "--json", *(more or ("--processes", "1")))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def drifts(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {d["table"]: (d["gained"], d["lost"]) for d in report["drifts"] if d["gained"] or d["lost"]}


def test_the_same_bytes_make_the_same_warehouse(folder: Path):
    assert drifts(rebuild(folder)) == {}


def test_one_reader_or_several_make_the_same_warehouse(folder: Path):
    assert drifts(rebuild(folder, "--processes", "2")) == {}


def test_what_landing_does_not_hold_is_carried_over(folder: Path):
    rebuild(folder)
    with open_facts(at(folder)) as store:
        assert store.load_vectors("model", ["digest"]) == {"digest": b"\0\0\0\0"}
        assert store.load_watermark("eu_ted") == date(2026, 11, 19)
        assert store.load_as_of() is not None
        assert [b.window_to for b in store.load_backfilled("eu_ted")] == [date(2026, 11, 19)]


def test_what_landing_does_not_hold_goes_and_is_counted(folder: Path):
    with open_facts(at(folder)) as store:
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
    lines = (at(folder).facts / "rebuild-differences.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:3] for line in lines] == [["table", "key", "column"], ["notice", uid, "nature"]]


def test_another_choice_of_countries_needs_no_new_crawl(folder: Path):
    (folder / "pib.toml").write_text('countries = ["ESP"]\n', encoding="utf-8")
    assert "notice" in drifts(rebuild(folder))
    with open_facts(at(folder)) as store:
        countries = {c for n in store.load_notices() if n.publication.source == "eu_ted" for c in n.buyer_countries}
    assert "BEL" not in countries


def test_bytes_changed_since_landing_are_set_aside(folder: Path):
    package = max((folder / "data").rglob("package-*.tar.gz"), key=lambda path: path.stat().st_size)
    package.write_bytes(package.read_bytes()[:-1])
    rebuild(folder)
    with open_facts(at(folder)) as store:
        (aside,) = store.load_set_aside()
    assert "manifest" in aside.reason
    assert (at(folder).facts / aside.path) == package


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
    assert pib(folder, "identity", "undo", "x").returncode == 1
    rebuild(folder)
    with open_facts(at(folder)) as store:
        assert store.load_vectors("model", ["digest"])


def test_what_a_cluster_holds_stays_as_it_is(folder: Path):
    before = at(folder).store.read_bytes()
    rebuild(folder)
    assert at(folder).store.read_bytes() == before


def test_nothing_landed_is_nothing_to_rebuild_from(tmp_path: Path):
    done = pib(tmp_path, "rebuild")
    assert done.returncode == 1
    assert "nothing was landed" in done.stderr


@pytest.fixture(scope="module")
def published(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with what a night leaves besides: a copy for readers, plain files, feedback, an undone merge."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(landed, folder, dirs_exist_ok=True)
    workspace = at(folder)
    with workspace.open_facts() as store:
        store.save_separations([("one", "two")], date(2026, 11, 19))
        store.publish_copy(workspace.facts_copy)
        write_fact_records(workspace, store)
    with workspace.open_cluster() as store:
        store.save_feedback(FEEDBACK)
        store.save_match_results(date(2026, 11, 18), [MatchResult("lot-1", (), (), (), ())])
        workspace.publish_cluster(store)
        write_plain_files(workspace, store)
    return folder


IN_PART = (cut_in_half, flip_blocks)
"""Damages that leave some tables readable."""


def what_people_stated(workspace: Workspace) -> tuple[object, ...]:
    with workspace.reading() as store:
        return store.load_members(), store.load_feedback(), store.load_separations()


@pytest.mark.parametrize("has_copy", [True, False], ids=["copy", "records"])
@pytest.mark.parametrize("harm", DAMAGES)
def test_broken_facts_and_a_broken_cluster_are_made_anew_with_what_people_stated(
    published: Path, tmp_path: Path, harm: Callable[[Path], None], *, has_copy: bool
) -> None:
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    workspace = at(tmp_path)
    before = what_people_stated(workspace)
    for store, copy in ((workspace.warehouse, workspace.facts_copy), (workspace.store, workspace.reading_copy)):
        harm(store)
        if not has_copy:
            copy.unlink()
    rebuilt = run_rebuild(workspace, processes=1, anyway=False, on=date(2026, 11, 20), on_done=lambda *_: None)
    (mended,) = mend_stores(workspace, at=FEEDBACK.at)
    assert rebuilt.damage
    assert mended.is_mended
    assert any(loss.startswith("members: as of") for loss in mended.losses) or harm in IN_PART
    assert what_people_stated(workspace) == before
    assert {damage_of(path) for path in (workspace.warehouse, workspace.facts_copy, workspace.store)} == {None}
    with workspace.reading() as store:
        assert len(list(store.load_notices())) > 10
        assert bool(store.load_match_results(date(2026, 11, 18))) or any("judges again" in s for s in mended.losses)


def test_of_a_table_in_part_damaged_the_rest_is_kept_and_what_is_lost_is_named(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_store(path) as store:
        store.save_members(demo_members())
        store.save_vectors("model", {str(number): bytes(1600) + number.to_bytes(4, "big") for number in range(4000)})
    body = bytearray(path.read_bytes())
    for at in range(len(body) - 1_000_000, len(body) - 900_000):
        body[at] ^= 0xFF
    path.write_bytes(bytes(body))
    with open_store(tmp_path / "new.duckdb") as store:
        found = {recovered.tables[0]: recovered for recovered in store.recover(path, tmp_path / "no-copy")}
        assert store.load_members() == demo_members()
    assert found["member"].origin is Origin.FILE
    assert found["vector"].origin is Origin.PART
    assert 0 < found["vector"].rows < 4000


def test_a_warehouse_of_a_later_version_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_store(path) as store:
        store._con.execute("update shape set version = version + 1")
    with pytest.raises(StoreTooNew, match="install the newer"):
        damage_of(path)


def test_what_is_written_during_a_rebuild_waits_for_it_and_is_kept(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    workspace = at(tmp_path)
    with workspace.open_facts() as store:
        store.save_notices([Notice("made-up", 1, Form.PLANNING, Publication("eu_ted", "1-2026", date(2026, 1, 1)))])
    waiting: list[subprocess.Popen[str]] = []

    def reread(*_: object) -> None:
        if waiting:
            return
        words = [sys.executable, "-m", "pipelines.cli.main", "codes", "update"]
        waiting.append(
            subprocess.Popen([*words, "--data", str(workspace.data)], stderr=subprocess.PIPE, text=True, cwd=ROOT)
        )
        assert waiting[0].stderr is not None
        assert f"waiting until pib rebuild (process {os.getpid()}, since" in waiting[0].stderr.readline()

    run_rebuild(workspace, processes=1, anyway=False, on=date(2026, 11, 20), on_done=reread)
    waiting[0].communicate()
    with workspace.reading_facts() as store:
        assert store.load_codes("cpv")
