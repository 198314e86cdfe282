"""Stores of November 2026 open under this PIB, keep everything, and nothing is written to anybody twice.

The stores are made from tests/support/old_stores, whose tables are those that PIB made then (commit 5edcedd), and the
fingerprint of the lot is the one that PIB computed then. A store of a later version is refused with a sentence.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pytest

from digests.composing.change_fingerprint import fingerprint_facts
from digests.composing.compose import compose_digest
from digests.delivery.outbox import Outbox
from digests.errors import OutboxTooNew
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.errors import RoomDamaged
from pipelines.config.layout import bring_to_layout
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.config.write_lock import LOCK_FILES
from pipelines.recovery.stores import mend_stores
from portal.errors import ChoicesTooNew
from portal.member_choices import Choices
from tests.support.paths import ROOT
from warehouse.database.parts import CLUSTER_TABLES
from warehouse.errors import StoreRefused, StoreTooNew
from warehouse.model.feedback import Answer
from warehouse.store import Store

OLD = ROOT / "tests" / "support" / "old_stores"
NIGHT = date(2026, 11, 21)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A data folder of November 2026."""
    workspace = Workspace(Settings(data=tmp_path / "data"))
    (workspace.data / "interest" / "collector").mkdir(parents=True)
    with duckdb.connect(str(earlier(workspace))) as connection:
        connection.execute((OLD / "warehouse_2.sql").read_text(encoding="utf-8"))
    for path, name in (
        (workspace.data / "outbox.sqlite", "outbox_2"),
        (workspace.data / "choices.sqlite", "choices_1"),
        (workspace.data / "interest" / "collector" / "sealed.sqlite", "sealed_0"),
    ):
        with closing(sqlite3.connect(path)) as store:
            store.executescript((OLD / f"{name}.sql").read_text(encoding="utf-8"))
    return workspace


def earlier(workspace: Workspace) -> Path:
    """The warehouse of before facts and clusters were apart."""
    return workspace.data / "warehouse.duckdb"


@pytest.fixture
def moved(workspace: Workspace) -> Workspace:
    """The same, brought to the layout of today."""
    bring_to_layout(workspace)
    return workspace


def columns(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        query = "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
        return connection.execute(f"{query} where not internal order by 1, column_index").fetchall()


def test_an_earlier_warehouse_has_the_columns_of_a_new_one_and_keeps_everything(moved: Workspace) -> None:
    with moved.open_cluster() as store:
        assert [member.id for member in store.load_members()] == ["nuagera"]
        assert [answer.answer for answer in store.load_feedback()] == [Answer.RELEVANT]
        assert store.load_separations() == (("p1", "p2"),)
        assert store.load_watermark("eu_ted") == date(2026, 11, 20)
        assert store.load_vectors("model", ["digest"]) == {"digest": b"abcd"}
        (result,) = store.load_match_results(date(2026, 11, 20))
        assert (result.matches[0].member, result.facets[0].need) == ("nuagera", None)
        notice = store.load_notice("n1-01")
        assert notice.lots[0].criteria[0].weight is None
        assert notice.changes[0].sections == ()
        assert notice.awards[0].tenders_received == 3
    new = Workspace(Settings(data=moved.data / "new"))
    with new.open_facts() as store:
        store.publish_copy(new.facts_copy)
    new.open_cluster().close()
    assert (columns(moved.warehouse), columns(moved.store)) == (columns(new.warehouse), columns(new.store))
    assert not {name for name, *_ in columns(moved.warehouse)} & CLUSTER_TABLES
    assert {path.name for path in moved.data.iterdir()} <= {"facts", "clusters", "new", *LOCK_FILES}


def test_nothing_that_was_notified_before_is_notified_again(moved: Workspace) -> None:
    with moved.open_cluster() as store, Outbox.open(moved.outbox) as outbox:
        store.set_as_of(as_of(NIGHT))
        lots = {lot.uid: lot for lot in store.load_open_lots()}
        members = {member.id: member for member in store.load_members()}
        notified = outbox.load_notified("nuagera")
        assert [lot.fingerprint for lot in notified] == [fingerprint_facts(lots["p1:LOT-0001"])]
        results = store.load_match_results(date(2026, 11, 20))
        digest = compose_digest(
            members["nuagera"], lots, results, as_of=as_of(NIGHT), members=members, notified=notified
        )
        assert digest is None


def test_earlier_choices_and_declarations_are_kept_and_written_on(moved: Workspace) -> None:
    choices = Choices(moved.choices)
    assert choices.has_stopped("ampere")
    assert choices.load_preferences()["nuagera"].maximum == 3
    assert [answer.lot_uid for answer in choices.load_feedback()] == ["p1:LOT-0001"]
    sealed = SealedStore(moved.interest / "collector")
    sealed.spend(SealedRow(bytes([1]) * 32, bytes([1]) * 32, bytes(4096)))
    assert len(sealed.rows()) == 2
    with closing(sqlite3.connect(moved.interest / "collector" / "sealed.sqlite")) as store:
        assert store.execute("pragma user_version").fetchone() == (1,)


def test_a_store_of_an_earlier_version_that_is_only_read_is_made_new_first(moved: Workspace) -> None:
    moved.open_cluster().close()
    with duckdb.connect(str(moved.store)) as connection:
        connection.execute("update shape set views = 'of before'")
    with moved.reading() as store:
        assert store.load_members()


def test_a_migration_that_fails_leaves_the_earlier_warehouse_as_it_was(workspace: Workspace) -> None:
    with duckdb.connect(str(earlier(workspace))) as connection:
        connection.execute("create table lot_before (a integer)")
    before = columns(earlier(workspace))
    with pytest.raises(StoreRefused, match="lot_before"):
        Store.open(earlier(workspace))
    assert columns(earlier(workspace)) == before


def test_a_store_of_a_later_version_is_refused_with_a_sentence_and_is_no_damage(moved: Workspace) -> None:
    moved.open_cluster().close()
    with duckdb.connect(str(moved.store)) as connection:
        connection.execute("update shape set version = 99")
    for path in (moved.outbox, moved.choices, moved.interest / "collector" / "sealed.sqlite"):
        with closing(sqlite3.connect(path)) as store:
            store.execute("pragma user_version = 99")
    with pytest.raises(StoreTooNew, match="install the newer"):
        moved.open_cluster()
    with pytest.raises(OutboxTooNew, match="install the newer"):
        Outbox.open(moved.outbox)
    with pytest.raises(ChoicesTooNew, match="install the newer"):
        Choices(moved.choices).load_stopped()
    with pytest.raises(RoomDamaged, match="install the newer"):
        SealedStore(moved.interest / "collector").rows()
    with pytest.raises(StoreTooNew):
        mend_stores(moved, at=as_of(NIGHT))
