"""What can still be read of a damaged SQLite file: the rows of a table, one by one where a scan fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.made_files import is_gone

_BEYOND = 10_000
"""Row ids tried after the last readable one, where the end of the table cannot be read."""


@dataclass(frozen=True, slots=True)
class ReadableRows:
    """The rows of a table that can be read, and whether those are all."""

    rows: tuple[tuple[Any, ...], ...]
    is_whole: bool


def sqlite_damage_of(path: Path) -> str | None:
    """Why an SQLite file cannot be read whole, None for one that can be, or that never was. It reads every page."""
    if is_gone(path):
        return "it is missing or empty"
    if not path.exists():
        return None
    try:
        with closing(_opened(path)) as connection:
            (found,) = connection.execute("pragma quick_check(1)").fetchone()
    except (sqlite3.Error, OSError) as error:
        return str(error)
    return None if found == "ok" else str(found).replace("\n", " ")


def read_rows(path: Path, table: str, columns: tuple[str, ...]) -> ReadableRows:
    """The readable rows of a table with row ids, in their order; none where not even the file can be opened."""
    rows: list[tuple[Any, ...]] = []
    query = f"select rowid, {', '.join(columns)} from {table}"  # noqa: S608 - names of our own tables
    try:
        with closing(_opened(path)) as connection:
            try:
                for row in connection.execute(f"{query} order by rowid"):
                    rows.append(row)  # noqa: PERF402 - what was read before the error is kept
            except sqlite3.DatabaseError:
                last = rows[-1][0] if rows else 0
                rows += _one_by_one(connection, query, table, last + 1)
                return ReadableRows(tuple(row[1:] for row in rows), is_whole=False)
    except (sqlite3.Error, OSError):
        return ReadableRows((), is_whole=False)
    return ReadableRows(tuple(row[1:] for row in rows), is_whole=True)


def _one_by_one(connection: sqlite3.Connection, query: str, table: str, first: int) -> Iterator[tuple[Any, ...]]:
    try:
        ((last,),) = connection.execute(f"select max(rowid) from {table}").fetchall()  # noqa: S608
    except sqlite3.DatabaseError:
        last = first + _BEYOND
    for number in range(first, (last or 0) + 1):
        try:
            yield from connection.execute(f"{query} where rowid = ?", (number,)).fetchall()
        except sqlite3.DatabaseError:
            continue


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
