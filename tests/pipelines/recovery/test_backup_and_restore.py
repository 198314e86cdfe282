"""A drill: the data folder is destroyed and brought back; no opt-out is lost, nothing is sent twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from digests.delivery.outbox import Outbox
from matching.members_file.members import demo_members
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import NothingKept, RestoreRefused
from pipelines.nightly.mail import run_sending
from pipelines.recovery.backup import back_up
from pipelines.recovery.restore import restore
from portal.member_choices import Choices
from tests.support.letters.kept_letters import states

NIGHT = date(2026, 11, 29)
AT = datetime(2026, 11, 29, 12, tzinfo=ZONE)
EVERYBODY = frozenset({"m0", "m1", "m2"})
STOPPED = demo_members()[0].id
CLUSTER = Path("clusters/default")
MAIN = CLUSTER / "main"


def never(_: float) -> None:
    """Waiting would mean that somebody holds the warehouse."""
    raise AssertionError


@pytest.fixture
def workspace(tmp_path: Path, after_a_night: Path) -> Workspace:
    """A copy of the cluster, to be harmed."""
    shutil.copytree(after_a_night, tmp_path / "data")
    return Workspace(Settings(data=tmp_path / "data"))


@pytest.fixture
def kept(tmp_path: Path, backup: Path) -> Path:
    """A copy of the backup of the cluster, to be harmed."""
    return shutil.copytree(backup, tmp_path / "kept")


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory, after_a_night: Path) -> Path:
    """The backup of the cluster."""
    folder = tmp_path_factory.mktemp("backup")
    back_up(Workspace(Settings(data=after_a_night)), folder, at=AT, pause=never)
    return folder


def test_a_destroyed_data_folder_comes_back_with_all_answers(workspace: Workspace, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (workspace.link_secret, workspace.link_register)}
    interest = {p.relative_to(workspace.interest): p.read_bytes() for p in files_of(workspace.interest)}
    back_up(workspace, tmp_path / "kept", at=AT, pause=never)
    shutil.rmtree(workspace.data)
    restored = restore(workspace, tmp_path / "kept")
    assert restored.taken_at == AT.isoformat()
    assert any("links that were ended after the backup hold again" in remark for remark in restored.remarks)
    with workspace.reading() as store:
        assert store.load_members() == demo_members()
        assert [feedback.member for feedback in store.load_feedback()] == [STOPPED]
    assert Choices(workspace.choices).has_stopped(STOPPED)
    assert {path: path.read_bytes() for path in before} == before
    assert workspace.link_secret.stat().st_mode & 0o077 == workspace.link_register.stat().st_mode & 0o077 == 0
    assert {p.relative_to(workspace.interest): p.read_bytes() for p in files_of(workspace.interest)} == interest
    assert workspace.weights.read_text() == "fit = 1\n"
    assert (workspace.landing("eu_ted", NIGHT) / "1.xml").read_bytes() == b"<notice/>"


def files_of(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock"]


def test_no_letter_that_left_before_the_backup_leaves_again(workspace: Workspace, tmp_path: Path) -> None:
    letters = {path.name for path in (workspace.maildir / "new").iterdir()}
    back_up(workspace, tmp_path / "kept", at=AT, pause=never)
    shutil.rmtree(workspace.data)
    restore(workspace, tmp_path / "kept")
    with Outbox.open(workspace.outbox) as outbox:
        assert states(outbox) == ["sent"] * 3
        assert run_sending(workspace, outbox, EVERYBODY).sent == 0
    assert {path.name for path in (workspace.maildir / "new").iterdir()} == letters


def test_a_letter_that_was_waiting_may_have_left_since_and_is_reported(workspace: Workspace, tmp_path: Path) -> None:
    with Outbox.open(workspace.outbox) as outbox:
        outbox.connection.execute("update letter set state = 'rendered' where member = 'm1'")
    back_up(workspace, tmp_path / "kept", at=AT, pause=never)
    shutil.rmtree(workspace.data)
    assert restore(workspace, tmp_path / "kept").uncertain == 1
    with Outbox.open(workspace.outbox) as outbox:
        assert states(outbox) == ["sent", "unknown", "sent"]


def test_the_part_of_interest_can_be_kept_elsewhere(workspace: Workspace, tmp_path: Path) -> None:
    back_up(workspace, tmp_path / "kept", interest_to=tmp_path / "vault", at=AT, pause=never)
    assert not (tmp_path / "kept" / CLUSTER / "interest").exists()
    shutil.rmtree(workspace.data)
    restored = restore(workspace, tmp_path / "kept", interest_source=tmp_path / "vault")
    assert not any("interest" in remark for remark in restored.remarks)
    assert workspace.interest.stat().st_mode & 0o077 == 0
    shutil.rmtree(workspace.data)
    *_, without = restore(workspace, tmp_path / "kept").remarks
    assert "no part of interest" in without


def test_one_cluster_is_moved_alone_under_another_name(workspace: Workspace, tmp_path: Path) -> None:
    back_up(workspace, tmp_path / "kept", cluster=workspace.cluster, at=AT, pause=never)
    assert not (tmp_path / "kept" / "facts").exists()
    moved = Workspace(Settings(data=tmp_path / "there"), cluster="north")
    restore(moved, tmp_path / "kept", cluster=workspace.cluster)
    with moved.reading() as store, Outbox.open(moved.outbox) as outbox:
        assert store.load_members() == demo_members()
        assert states(outbox) == ["sent"] * 3
    assert Choices(moved.choices).has_stopped(STOPPED)
    assert len(files_of(moved.interest)) == len(files_of(workspace.interest))
    with pytest.raises(RestoreRefused, match="move it away first"):
        restore(moved, tmp_path / "kept", cluster=workspace.cluster)


def test_landed_files_are_copied_once(workspace: Workspace, tmp_path: Path) -> None:
    back_up(workspace, tmp_path / "kept", at=AT, pause=never)
    kept = tmp_path / "kept" / "facts" / "landing" / "eu_ted" / NIGHT.isoformat() / "1.xml"
    inode = kept.stat().st_ino
    (workspace.landing("eu_ted", NIGHT) / "2.xml").write_bytes(b"<new/>")
    back_up(workspace, tmp_path / "kept", at=AT, pause=never)
    assert kept.stat().st_ino == inode
    assert (kept.parent / "2.xml").read_bytes() == b"<new/>"


def break_a_byte(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))


def empty(path: Path) -> None:
    path.write_bytes(b"")


STORES = (
    "facts/warehouse.duckdb",
    *(f"{MAIN}/{name}.sqlite" for name in ("outbox", "choices")),
    f"{MAIN}/links.secret",
)


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("harm", [break_a_byte, empty, Path.unlink])
def test_a_backup_that_was_altered_is_refused_before_anything_is_written(
    tmp_path: Path, kept: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(kept / name)
    with pytest.raises(RestoreRefused, match=name):
        restore(Workspace(Settings(data=tmp_path / "new")), kept)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("harm", [empty, Path.unlink])
def test_a_backup_without_its_manifest_is_refused(tmp_path: Path, kept: Path, harm: Callable[[Path], None]) -> None:
    harm(kept / MAIN / "manifest.json")
    with pytest.raises(RestoreRefused, match=r"manifest\.json cannot be read"):
        restore(Workspace(Settings(data=tmp_path / "new")), kept)


def test_a_data_folder_in_use_is_never_overwritten(workspace: Workspace, kept: Path) -> None:
    with pytest.raises(RestoreRefused, match="move it away first"):
        restore(workspace, kept)


def test_a_manifest_that_names_a_path_outside_of_the_backup_is_refused(tmp_path: Path, kept: Path) -> None:
    manifest = kept / MAIN / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"links.secret"', '"../../links.secret"'))
    with pytest.raises(RestoreRefused, match="outside"):
        restore(Workspace(Settings(data=tmp_path / "new")), kept)


def test_what_is_written_while_a_backup_runs_is_in_it_whole_or_not_at_all(workspace: Workspace, tmp_path: Path) -> None:
    with Outbox.open(workspace.outbox) as outbox:
        outbox.connection.execute("begin immediate")
        outbox.connection.execute("update letter set state = 'failed'")
        back_up(workspace, tmp_path / "kept", at=AT, pause=never)
        outbox.connection.execute("rollback")
    with closing(Outbox.open(tmp_path / "kept" / MAIN / "outbox.sqlite").connection) as copy:
        assert copy.execute("select distinct state from letter").fetchall() == [("sent",)]


def test_what_people_stated_is_written_as_plain_files(workspace: Workspace) -> None:
    assert len((workspace.member_records / "members.jsonl").read_text().splitlines()) == len(demo_members())
    assert STOPPED in (workspace.member_records / "stopped.jsonl").read_text()
    assert "lot-1" in (workspace.member_records / "feedback.jsonl").read_text()


def test_before_the_first_night_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(NothingKept):
        back_up(Workspace(Settings(data=tmp_path / "none")), tmp_path / "kept", at=AT, pause=never)
