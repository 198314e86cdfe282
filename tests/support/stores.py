"""Warehouses for tests, as new as `Store.open` makes them and sooner there.

The tables and views of a new warehouse take 0.8 s of processor time. Here they are made once in each process, by
`Store.open`; every other new warehouse is a copy of that file (0.05 s). How a new one is made is tested in
warehouse/database/test_store_opening.py, without this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from warehouse.database.parts import StorePart
from warehouse.store import Store


@cache
def _new_file(part: StorePart) -> bytes:
    with TemporaryDirectory() as folder:
        path, facts = Path(folder) / "warehouse.duckdb", Path(folder) / "facts.duckdb"
        if part is StorePart.CLUSTER:
            facts.write_bytes(_new_file(StorePart.FACTS))
        Store.open(path, part=part, facts=facts if part is StorePart.CLUSTER else None).close()
        return path.read_bytes()


def _write_new(path: Path, part: StorePart) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_new_file(part))


def open_store(path: Path) -> Store:
    """The warehouse at `path`, a new one where there is none."""
    _write_new(path, StorePart.WHOLE)
    return Store.open(path)


def workspace_at(data: Path) -> Workspace:
    """The default cluster of a data folder."""
    return Workspace(Settings(data=data))


def open_facts(workspace: Workspace) -> Store:
    """The facts of a workspace, new ones where there are none."""
    _write_new(workspace.warehouse, StorePart.FACTS)
    return workspace.open_facts()


def open_cluster(workspace: Workspace) -> Store:
    """The store of a workspace's cluster, over the published facts."""
    _write_new(workspace.warehouse, StorePart.FACTS)
    _write_new(workspace.store, StorePart.CLUSTER)
    return workspace.open_cluster()


@contextmanager
def open_both(workspace: Workspace) -> Iterator[Store]:
    """What a workspace is to hold, facts and the data of its cluster, written into one store and taken apart at the end
    of the block. Only for a workspace that holds nothing yet."""
    assert not workspace.warehouse.exists()
    assert not workspace.store.exists()
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.duckdb"
        with open_store(whole) as store:
            yield store
        with open_facts(workspace) as facts:
            facts.take_part(whole)
            facts.publish_copy(workspace.facts_copy)
        with open_cluster(workspace) as cluster:
            cluster.take_part(whole)


@contextmanager
def passing_store() -> Iterator[Store]:
    """A new warehouse that is gone at the end."""
    with TemporaryDirectory() as folder, open_store(Path(folder) / "warehouse.duckdb") as store:
        yield store
