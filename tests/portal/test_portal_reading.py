"""The portal reads the published copy, a new one when a night replaces it, and never the writer's file."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from portal.errors import NothingPublished
from portal.snapshot import Snapshot, SnapshotCache, buyer_key
from tests.support.portals.portal_world import ALONE, DUTCH, GONE, TOGETHER, write_copy
from tests.support.stores import open_store


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after one night, and beside it the copy that another night publishes."""
    folder = tmp_path_factory.mktemp("nights")
    write_copy(folder, (ALONE, TOGETHER, GONE))
    write_copy(folder / "later", (ALONE, DUTCH))
    return folder


@pytest.fixture
def data(nights: Path, tmp_path: Path) -> Path:
    shutil.copy(nights / "published.duckdb", tmp_path)
    return tmp_path


def wait_for(snapshots: SnapshotCache, uids: set[str]) -> Snapshot:
    """Requests until another thread has read the new copy; at most ten seconds."""
    until = monotonic() + 10
    while (snapshot := snapshots.current()).lots.keys() != uids:
        assert monotonic() < until, snapshot.lots.keys()
        with snapshots._reading:  # held by the thread that reads
            pass
    return snapshot


def test_a_copy_that_a_night_replaced_is_read_while_the_old_one_is_answered_from(nights: Path, data: Path) -> None:
    snapshots = SnapshotCache(data / "published.duckdb")
    assert snapshots.current().lots.keys() == {ALONE.uid, TOGETHER.uid}
    shutil.copy(nights / "later" / "published.duckdb", data / "part")
    (data / "part").replace(data / "published.duckdb")
    assert snapshots.current().lots.keys() in ({ALONE.uid, TOGETHER.uid}, {ALONE.uid, DUTCH.uid})
    wait_for(snapshots, {ALONE.uid, DUTCH.uid})


def test_the_portal_answers_while_a_writer_holds_its_own_file(nights: Path) -> None:
    snapshots = SnapshotCache(nights / "published.duckdb")
    with open_store(nights / "warehouse.duckdb"):
        assert snapshots.current().lots.keys() == {ALONE.uid, TOGETHER.uid}
        found = snapshots.load_closed(GONE.uid)
    assert found is not None
    assert found.lot.lot.titles == GONE.lot.titles


def test_a_copy_that_cannot_be_read_leaves_the_last_answer_standing(data: Path) -> None:
    snapshots = SnapshotCache(data / "published.duckdb")
    before = snapshots.current()
    (data / "published.duckdb").unlink()
    assert snapshots.current() is before
    (data / "published.duckdb").write_bytes(b"no warehouse at all" * 400)
    assert [snapshots.current() for _ in range(20)] == [before] * 20


def test_a_closed_lot_is_found_by_its_whole_name_only(nights: Path) -> None:
    snapshots = SnapshotCache(nights / "published.duckdb")
    assert snapshots.load_closed(GONE.uid[:-1]) is None
    assert snapshots.load_closed("nowhere") is None


def test_before_the_first_night_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="pib night"):
        SnapshotCache(tmp_path / "published.duckdb").current()


def test_many_requests_at_once_read_one_copy(nights: Path) -> None:
    snapshots = SnapshotCache(nights / "published.duckdb")
    seen: list[Snapshot] = []
    threads = [Thread(target=lambda: seen.append(snapshots.current())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(snapshot) for snapshot in seen}) == 1


def test_a_buyer_has_one_key_however_its_lots_are_called() -> None:
    assert buyer_key(ALONE) == buyer_key(TOGETHER)
