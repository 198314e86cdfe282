"""A data folder of before facts and clusters were apart is moved whole, whenever the move is killed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digests.delivery.outbox import Outbox
from pipelines.config.layout import bring_to_layout
from pipelines.config.write_lock import LOCK_FILES
from pipelines.errors import LayoutMixed
from portal.member_choices import Choices
from tests.support.letters.kept_letters import make_letters, states
from tests.support.matching_world import member
from tests.support.paths import ROOT
from tests.support.stores import open_store, workspace_at
from warehouse.database.parts import CLUSTER_TABLES
from warehouse.model.notices import Form, Notice, Publication

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
MOVE = """
import os, sys
from pathlib import Path
left = int(sys.argv[2])
def stop(event, _):
    global left
    if event == "os.rename":
        left -= 1
        if left < 0:
            os._exit(9)
from tests.support.stores import workspace_at
from pipelines.config.layout import bring_to_layout
sys.addaudithook(stop)
bring_to_layout(workspace_at(Path(sys.argv[1])))
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder where all lies together: a notice, a member, a letter, an opt-out, landed bytes, published copies."""
    data = tmp_path / "data"
    with open_store(data / "warehouse.duckdb") as store:
        store.save_notices([Notice("n", 1, Form.PLANNING, Publication("eu_ted", "1-2026", AT.date()))])
        store.save_members([member("aquila")])
        store.set_as_of(AT)
        store.publish_copy(data / "published.duckdb")
    with Outbox.open(data / "outbox.sqlite") as outbox:
        outbox.save_letter(make_letters(1)[0], at=AT)
    Choices(data / "choices.sqlite").stop("aquila", at=AT)
    (data / "landing" / "eu_ted").mkdir(parents=True)
    (data / "landing" / "eu_ted" / "1.xml").write_bytes(b"<notice/>")
    return data


def is_moved(data: Path) -> bool:
    """Whether all of it is in its place of today, once, and nothing is elsewhere."""
    workspace = workspace_at(data)
    with workspace.reading() as store, Outbox.open(workspace.outbox) as outbox:
        assert [notice.uid for notice in store.load_notices()] == ["n-01"]
        assert [kept.id for kept in store.load_members()] == ["aquila"]
        assert store.load_as_of() == AT
        assert states(outbox) == ["rendered"]
    assert Choices(workspace.choices).has_stopped("aquila")
    assert (workspace.facts / "landing" / "eu_ted" / "1.xml").is_file()
    with workspace.open_facts() as store:
        tables = store._con.execute("select table_name from duckdb_tables()").fetchall()
        assert not {name for (name,) in tables} & CLUSTER_TABLES
    return {path.name for path in data.iterdir()} <= {"facts", "clusters", *LOCK_FILES}


@pytest.mark.parametrize("renames", [0, 4, 9])
def test_a_move_that_was_killed_is_finished_by_the_next_command(data: Path, renames: int) -> None:
    words = [sys.executable, "-c", MOVE, str(data), str(renames)]
    assert subprocess.run(words, cwd=ROOT, check=False, capture_output=True).returncode == 9
    bring_to_layout(workspace_at(data))
    assert is_moved(data)


def test_what_an_earlier_version_wrote_after_the_move_is_not_overwritten(data: Path) -> None:
    bring_to_layout(workspace_at(data))
    assert is_moved(data)
    (data / "outbox.sqlite").write_bytes(b"written by an earlier version")
    with pytest.raises(LayoutMixed, match=r"outbox\.sqlite and .* are both there"):
        bring_to_layout(workspace_at(data))


def test_a_folder_of_today_is_not_locked(tmp_path: Path) -> None:
    bring_to_layout(workspace_at(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_process_reads_a_cluster_twice_at_once(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    with workspace.open_cluster() as store:
        store.save_members([member("nuagera")])
    with workspace.reading() as first, workspace.reading() as second:
        assert first.load_members() == second.load_members() == (member("nuagera"),)
        assert list(second.load_notices()) == []
