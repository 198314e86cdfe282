"""The SQLite files of the room: their version, their absence, and SQLite's errors as this room's.

A store that was made and is gone is never made anew: a member could declare, or be signed for, twice. Beside it lies a
mark, `<name>.made`, that says nothing but that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from interest.atomic_files import write_undated
from interest.errors import RoomDamaged

VERSION = 1
"""Version of the tables of both stores; 0 is the first, which stated none and had the same."""
_REMEDY = "bring the part of interest back with `pib restore`, the store and its keys together"


@contextmanager
def errors_as_damage(path: Path) -> Generator[None]:
    """SQLite's errors inside are raised as RoomDamaged, with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise RoomDamaged(f"{path} cannot be used ({error}); {_REMEDY}") from error


def check_present(path: Path) -> None:
    """Raises RoomDamaged for a store that was made, and is missing or empty now."""
    if _mark(path).is_file() and not (path.is_file() and path.stat().st_size):
        raise RoomDamaged(f"{path} is missing or empty; {_REMEDY}")


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """States the version in a file that states none. Raises RoomDamaged for a later one."""
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > VERSION:
        raise RoomDamaged(
            f"{path} was written by a later version ({version}, this is {VERSION}); install the newer PIB"
        )
    if version < VERSION:
        connection.execute(f"pragma user_version = {VERSION}")


def mark_made(path: Path) -> None:
    """Remembers that a store was made."""
    if not _mark(path).is_file():
        write_undated(_mark(path), b"", private=True)


def check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Reads every page once. Raises RoomDamaged."""
    (found,) = connection.execute("pragma quick_check(1)").fetchone()
    if found != "ok":
        raise RoomDamaged(f"{path} is damaged; {_REMEDY}")


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.made")
