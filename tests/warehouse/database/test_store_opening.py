"""Opening: who holds the file, what it is, its version, copies, a disk that refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.paths import ROOT
from warehouse.database.schema import VERSION, refusals_explained
from warehouse.errors import StoreFull, StoreLocked, StoreTooNew, StoreUnreadable
from warehouse.model.notices import Form, Notice, Publication
from warehouse.store import Store

HOLD = """
import sys
from pathlib import Path
from warehouse.store import Store
with Store.open(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

FILL = """
import resource, sys
from pathlib import Path
from warehouse.errors import StoreFull
from warehouse.store import Store
store = Store.open(Path(sys.argv[1]))
store.save_vectors("small", {"a": bytes(400)})
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    store.save_vectors("large", {str(n): n.to_bytes(4, "big") * 1000 for n in range(4000)})
except StoreFull as error:
    print(error)
"""


def a_notice() -> Notice:
    return Notice("n", 1, Form.PLANNING, Publication("eu_ted", "1-2026", date(2026, 11, 2)))


@contextmanager
def held_elsewhere(path: Path) -> Iterator[int]:
    """Another process holds the warehouse at `path` for writing while inside."""
    root = ROOT
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
        holder.communicate()


def test_a_warehouse_held_by_another_process_says_by_which_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "pib.duckdb"
    with held_elsewhere(path) as pid, pytest.raises(StoreLocked, match=rf"held by process {pid}; wait until it ends"):
        Store.open(path)


def test_a_warehouse_held_by_another_process_cannot_even_be_read(tmp_path: Path) -> None:
    path = tmp_path / "pib.duckdb"
    with held_elsewhere(path), pytest.raises(StoreLocked):
        Store.open(path, read_only=True)


def test_the_copy_is_read_while_the_writer_is_open(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as writer:
        writer.save_notices([a_notice()])
        writer.publish_copy(tmp_path / "copy.duckdb")
        with Store.open(tmp_path / "copy.duckdb", read_only=True) as reader:
            assert reader.load_notice("n-01") == a_notice()


def test_the_writer_still_holds_the_file_after_publishing(tmp_path: Path) -> None:
    path, opens = tmp_path / "pib.duckdb", "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)"
    with Store.open(path) as writer:
        writer.publish_copy(tmp_path / "copy.duckdb")
        other = subprocess.run([sys.executable, "-c", opens, str(path)], capture_output=True, text=True, check=False)
    assert "Could not set lock" in other.stderr


def test_a_copy_is_replaced_while_a_reader_has_the_old_one_open(tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    with Store.open(tmp_path / "pib.duckdb") as writer:
        writer.publish_copy(copy)
        with Store.open(copy, read_only=True) as early:
            writer.save_notices([a_notice()])
            writer.publish_copy(copy)
            seen_early = list(early.load_notices())
        with Store.open(copy, read_only=True) as late:
            assert (seen_early, list(late.load_notices())) == ([], [a_notice()])


def test_a_copy_leaves_no_half_file_behind(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as writer:
        writer.publish_copy(tmp_path / "copies" / "copy.duckdb")
    assert [file.name for file in (tmp_path / "copies").iterdir()] == ["copy.duckdb"]


def test_a_copy_works_out_open_lots_and_keeps_its_comments(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as writer:
        writer.set_as_of(datetime(2026, 11, 20, tzinfo=UTC))
        writer.publish_copy(tmp_path / "copy.duckdb")
    with Store.open(tmp_path / "copy.duckdb", read_only=True) as reader:
        assert reader.load_open_lots() == []
        assert without_comment(reader) == []


def test_what_was_kept_is_there_when_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as store:
        store.save_notices([a_notice()])
    with Store.open(tmp_path / "pib.duckdb") as store:
        assert list(store.load_notices()) == [a_notice()]


def test_a_file_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "pib.duckdb"
    with Store.open(path) as store:
        store._con.execute("update shape set version = version + 1")
    with pytest.raises(StoreTooNew, match=f"version {VERSION + 1}, this PIB knows version {VERSION}"):
        Store.open(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pib.duckdb"
    path.write_text("hello, I am a letter, not a warehouse\n" * 200)
    with pytest.raises(StoreUnreadable, match="pib rebuild"):
        Store.open(path)


def test_a_database_that_is_no_warehouse_is_refused_to_readers(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(StoreUnreadable, match="holds no warehouse"):
        Store.open(tmp_path / "other.duckdb", read_only=True)


def test_a_missing_file_is_not_made_by_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "pib.duckdb"
    with pytest.raises(StoreUnreadable, match="run a night first"):
        Store.open(path, read_only=True)
    assert not path.exists()


def test_a_view_that_changed_is_renewed_at_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "pib.duckdb"
    with Store.open(path) as store:
        store._con.execute("create or replace view exported_notice as select 1 as old")
        store._con.execute("update shape set views = 'of an older house'")
    with Store.open(path) as store:
        columns = [column[0] for column in store._con.execute("select * from exported_notice").description or ()]
        assert "published_on" in columns


def test_a_disk_that_refuses_is_one_clear_sentence_and_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    path = tmp_path / "pib.duckdb"
    root = ROOT
    process = subprocess.run(
        [sys.executable, "-c", FILL, str(path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert "the disk refused a write" in process.stdout, process.stderr
    with Store.open(path) as store:
        assert (len(store.load_vectors("small", ["a"])), store.load_vectors("large", ["1"])) == (1, {})


def test_a_full_disk_is_reported_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreFull, match="free some space"), refusals_explained(tmp_path):
        raise OSError(28, "No space left on device")


def without_comment(store: Store) -> list[tuple[str, str]]:
    query = """
        select table_name, column_name from duckdb_columns()
        where not internal and coalesce(comment, '') = ''
            and table_name in (select table_name from duckdb_tables() where not internal)
        """
    return store._con.execute(query).fetchall()


def test_every_column_says_what_it_holds(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as store:
        assert without_comment(store) == []


@pytest.mark.parametrize("kind", ["table", "view"])
def test_every_table_and_view_says_what_it_holds(tmp_path: Path, kind: str) -> None:
    with Store.open(tmp_path / "pib.duckdb") as store:
        query = f"select {kind}_name from duckdb_{kind}s() where not internal and coalesce(comment, '') = ''"  # noqa: S608
        assert store._con.execute(query).fetchall() == []


def test_there_is_one_table_and_one_view_for_each_file(tmp_path: Path) -> None:
    folder = ROOT / "warehouse"
    with Store.open(tmp_path / "pib.duckdb") as store:
        for kind in ("table", "view"):
            rows = store._con.execute(f"select {kind}_name from duckdb_{kind}s() where not internal")  # noqa: S608
            assert {row[0] for row in rows.fetchall()} == {file.stem for file in (folder / f"{kind}s").glob("*.sql")}
