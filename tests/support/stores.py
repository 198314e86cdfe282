"""Warehouses for tests, as new as `Store.open` makes them and sooner there.

The tables and views of a new warehouse take 0.6 s of processor time. Here they are made once in each process, by
`Store.open`; every other new warehouse is a copy of that file (0.05 s). How a new one is made is tested in
warehouse/database/test_store_opening.py, without this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from warehouse.store import Store


@cache
def _new_warehouse() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        Store.open(path).close()
        return path.read_bytes()


def open_store(path: Path) -> Store:
    """The warehouse at `path`, a new one where there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_new_warehouse())
    return Store.open(path)


@contextmanager
def passing_store() -> Iterator[Store]:
    """A new warehouse that is gone at the end."""
    with TemporaryDirectory() as folder, open_store(Path(folder) / "warehouse.duckdb") as store:
        yield store
