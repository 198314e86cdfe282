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
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.recovery.stores import mend_stores
from portal.errors import ChoicesTooNew
from portal.member_choices import Choices
from tests.support.paths import ROOT
from warehouse.errors import StoreRefused, StoreTooNew, StoreTooOld
from warehouse.model.feedback import Answer
from warehouse.store import Store

OLD = ROOT / "tests" / "support" / "old_stores"
NIGHT = date(2026, 11, 21)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A data folder of November 2026."""
    workspace = Workspace(Settings(data=tmp_path / "data"))
    (workspace.interest / "collector").mkdir(parents=True)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute((OLD / "warehouse_2.sql").read_text(encoding="utf-8"))
    for path, name in (
        (workspace.outbox, "outbox_2"),
        (workspace.choices, "choices_1"),
        (workspace.interest / "collector" / "sealed.sqlite", "sealed_0"),
    ):
        with closing(sqlite3.connect(path)) as store:
            store.executescript((OLD / f"{name}.sql").read_text(encoding="utf-8"))
    return workspace


def columns(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        query = "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
        return connection.execute(f"{query} where not internal order by 1, column_index").fetchall()


def test_an_earlier_warehouse_has_the_columns_of_a_new_one_and_keeps_everything(workspace: Workspace) -> None:
    with Store.open(workspace.warehouse) as store:
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
    new = workspace.data / "new.duckdb"
    Store.open(new).close()
    assert columns(workspace.warehouse) == columns(new)


def test_nothing_that_was_notified_before_is_notified_again(workspace: Workspace) -> None:
    with Store.open(workspace.warehouse) as store, Outbox.open(workspace.outbox) as outbox:
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


def test_earlier_choices_and_declarations_are_kept_and_written_on(workspace: Workspace) -> None:
    choices = Choices(workspace.choices)
    assert choices.has_stopped("ampere")
    assert choices.load_preferences()["nuagera"].maximum == 3
    assert [answer.lot_uid for answer in choices.load_feedback()] == ["p1:LOT-0001"]
    sealed = SealedStore(workspace.interest / "collector")
    sealed.spend(SealedRow(bytes([1]) * 32, bytes([1]) * 32, bytes(4096)))
    assert len(sealed.rows()) == 2
    with closing(sqlite3.connect(workspace.interest / "collector" / "sealed.sqlite")) as store:
        assert store.execute("pragma user_version").fetchone() == (1,)


def test_an_earlier_warehouse_that_is_only_read_is_made_new_first(workspace: Workspace) -> None:
    with pytest.raises(StoreTooOld, match="version 2"):
        Store.open(workspace.warehouse, read_only=True)
    with workspace.reading() as store:
        assert store.load_members()
    Store.open(workspace.warehouse, read_only=True).close()


def test_a_migration_that_fails_leaves_the_earlier_warehouse_as_it_was(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("create table lot_before (a integer)")
    before = columns(workspace.warehouse)
    with pytest.raises(StoreRefused, match="lot_before"):
        Store.open(workspace.warehouse)
    assert columns(workspace.warehouse) == before


def test_a_store_of_a_later_version_is_refused_with_a_sentence_and_is_no_damage(workspace: Workspace) -> None:
    Store.open(workspace.warehouse).close()
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("update shape set version = 99")
    for path in (workspace.outbox, workspace.choices, workspace.interest / "collector" / "sealed.sqlite"):
        with closing(sqlite3.connect(path)) as store:
            store.execute("pragma user_version = 99")
    with pytest.raises(StoreTooNew, match="install the newer"):
        Store.open(workspace.warehouse)
    with pytest.raises(OutboxTooNew, match="install the newer"):
        Outbox.open(workspace.outbox)
    with pytest.raises(ChoicesTooNew, match="install the newer"):
        Choices(workspace.choices).load_stopped()
    with pytest.raises(RoomDamaged, match="install the newer"):
        SealedStore(workspace.interest / "collector").rows()
    with pytest.raises(OutboxTooNew):
        mend_stores(workspace, at=as_of(NIGHT))
