"""What can still be read of a damaged warehouse is taken over, table by table, and what cannot is named.

DuckDB checks each block it reads, so a damaged one is noticed and never read as something else. A table that the file
cannot give whole is taken from the copy that the last night published for readers, else what is readable of it is kept.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database.parts import tables_of
from warehouse.database.rebuild import DERIVED, OF_THE_FILE
from warehouse.database.schema import fetch_rows, open_read_only, part_of, registered, transaction
from warehouse.errors import StoreLocked, StoreTooNew, StoreUnreadable
from warehouse.made_files import is_gone

_TOGETHER = (
    ("member", "wish"),
    ("matched_lot", "match_result"),
)
"""Tables that are taken from one file, all of them whole, or not at all: half of a conclusion is a wrong one."""
_ADDED_TO = frozenset({"feedback", "not_same_procedure", "vector", "crawl"})
"""Tables to which rows are only added: what is readable in the damaged file joins what the copy holds."""
_ROW_GROUP, _VECTOR = 122_880, 2048
"""Rows that DuckDB stores together, and rows that it reads at once."""


class Origin(StrEnum):
    """Where the rows of a table come from: the damaged file itself, the readers' copy, the copy with what the file
    still holds, a readable part of the file, or nowhere."""

    FILE = "file"
    COPY = "copy"
    COPY_AND_PART = "copy and part"
    PART = "part"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Recovered:
    """Tables that were taken over together, from where, and how many rows."""

    tables: tuple[str, ...]
    origin: Origin
    rows: int


class _Part(Exception):
    """A table could not be read to its end."""


def damage_of(path: Path) -> str | None:
    """Why the warehouse at `path` cannot be read whole, None for one that can be, or that never was. Reads every table
    to its end. Raises StoreLocked, StoreTooNew: neither is damage."""
    if is_gone(path):
        return "it is missing or empty"
    if not path.exists():
        return None
    try:
        with open_read_only(path) as con:
            for table in _tables(con):
                for _ in _chunks(con, table, "*"):
                    pass
    except (StoreLocked, StoreTooNew):
        raise
    except StoreUnreadable as error:
        return str(error)
    except (duckdb.Error, _Part) as error:
        return str(error).splitlines()[0]
    return None


def recover(con: duckdb.DuckDBPyConnection, damaged: Path, copy: Path) -> tuple[Recovered, ...]:
    """Takes over what landing cannot tell, from the damaged file and the readers' copy, into a new warehouse.

    Args:
        con: the new warehouse.
        damaged: the file that cannot be read whole; it need not be there.
        copy: the readers' copy; it need not be there, or be whole.

    Returns each table, or tables that belong together, with its origin.
    """
    known = tables_of(part_of(con))
    together = [tables for tables in _TOGETHER if tables[0] in known]
    alone = sorted(known - {table for tables in together for table in tables} - DERIVED - OF_THE_FILE)
    with _readable(damaged) as file, _readable(copy) as published:
        return tuple(_recover(con, tables, file, published) for tables in (*together, *((table,) for table in alone)))


@contextmanager
def _readable(path: Path) -> Generator[duckdb.DuckDBPyConnection | None]:
    """A connection to what can be opened at all, else None."""
    try:
        con = open_read_only(path)
    except StoreUnreadable:
        yield None
        return
    with con:
        yield con


def _recover(
    con: duckdb.DuckDBPyConnection,
    tables: tuple[str, ...],
    file: duckdb.DuckDBPyConnection | None,
    published: duckdb.DuckDBPyConnection | None,
) -> Recovered:
    for source, origin in ((file, Origin.FILE), (published, Origin.COPY)):
        rows = _take_whole(con, tables, source) if source else None
        if rows is None:
            continue
        added = 0
        if origin is Origin.COPY and file and tables[0] in _ADDED_TO:
            added = _take_part(con, tables[0], file)
        return Recovered(tables, Origin.COPY_AND_PART if added else origin, rows + added)
    if file and len(tables) == 1:
        rows = _take_part(con, tables[0], file)
        return Recovered(tables, Origin.PART if rows else Origin.NOWHERE, rows)
    return Recovered(tables, Origin.NOWHERE, 0)


def _take_whole(
    con: duckdb.DuckDBPyConnection, tables: tuple[str, ...], source: duckdb.DuckDBPyConnection
) -> int | None:
    """Rows of the tables taken over from a source, None and none of them where one cannot be read to its end."""
    try:
        with transaction(con):
            held = set(_tables(source))
            if tables[0] not in held:
                return None
            return sum(_insert(con, table, source, is_part=False) for table in tables if table in held)
    except (duckdb.Error, _Part):
        return None


def _take_part(con: duckdb.DuckDBPyConnection, table: str, source: duckdb.DuckDBPyConnection) -> int:
    """Rows of a table that can be read, and are not there yet, taken over from a source."""
    try:
        with transaction(con):
            return _insert(con, table, source, is_part=True)
    except duckdb.Error:
        return 0


def _insert(con: duckdb.DuckDBPyConnection, table: str, source: duckdb.DuckDBPyConnection, *, is_part: bool) -> int:
    shared = [name for name in _columns(con, table) if name in _columns(source, table)]
    columns = ", ".join(f'"{name}"' for name in shared)
    new = f"select {columns} from incoming"  # noqa: S608  our own tables
    if is_part:
        new += f" except select {columns} from {table}"  # noqa: S608
    count = 0
    for rows in _chunks(source, table, columns, is_part=is_part):
        with registered(con, "incoming", rows):
            ((added,),) = con.execute(f"insert into {table} ({columns}) {new}").fetchall()
        count += int(added)
    return count


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    query = "select table_name as name from duckdb_tables() where not internal order by name"
    return [row["name"] for row in fetch_rows(con, query)]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    query = """
        select column_name as name from duckdb_columns()
        where table_name = $1 and database_name = current_database() order by column_index
        """
    return [row["name"] for row in fetch_rows(con, query, [table])]


def _chunks(con: duckdb.DuckDBPyConnection, table: str, columns: str, *, is_part: bool = False) -> Iterator[Any]:
    """The rows of a table in the order kept, an Arrow table for each row group; of a damaged one the readable vectors,
    where a part will do. Raises _Part where it will not."""
    ((highest,),) = con.execute(f"select max(rowid) from {table}").fetchall()  # noqa: S608  our own tables
    last = -1 if highest is None else int(highest)
    for first in range(0, last + 1, _ROW_GROUP):
        rows = _read(con, table, columns, first, _ROW_GROUP)
        if rows is not None:
            yield rows
            continue
        if not is_part:
            raise _Part(f"table {table} cannot be read to its end")
        for start in range(first, min(first + _ROW_GROUP, last + 1), _VECTOR):
            part = _read(con, table, columns, start, _VECTOR)
            if part is not None:
                yield part


def _read(con: duckdb.DuckDBPyConnection, table: str, columns: str, first: int, count: int) -> Any:
    query = f"select {columns} from {table} where rowid >= $1 and rowid < $2"  # noqa: S608  our own tables
    try:
        return con.sql(query, params=[first, first + count]).to_arrow_table()
    except duckdb.Error:
        return None
