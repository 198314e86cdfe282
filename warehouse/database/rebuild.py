"""Rebuilds a warehouse: tables that do not follow from landing are carried over from the file before, the rest is
compared with it.

The list of tables that follow from landing is defined here, once. Reading landing is not part of this room.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database.parts import StorePart, tables_of
from warehouse.database.schema import fetch_rows, part_of, refusals_explained, transaction
from warehouse.errors import StoreTooOld

DERIVED = frozenset(
    {
        "notice", "publication", "lot", "buyer", "award", "tendering_party", "change", "set_aside", "backfill",
        "identity_key", "same_procedure", "merged_procedure", "current_lot", "current_lot_at",
    }
)  # fmt: skip
"""Tables that are read from landing again, or derived from that. Everything else is carried over: the cluster, match
results, vectors, labels, crawls and their watermarks, feedback and other input of persons."""

OF_THE_FILE = frozenset({"shape"})
_KEYS = {
    "notice": ("uid",),
    "publication": ("notice", "source", "number"),
    "lot": ("notice", "position"),
    "buyer": ("notice", "position"),
    "award": ("notice", "position"),
    "tendering_party": ("notice", "award", "position"),
    "change": ("notice", "position"),
    "set_aside": ("source", "identifier", "path"),
}
"""What names a row of a table that is compared."""
_LONGEST = 500
_BY_NIGHT = frozenset(
    {"identity_key", "same_procedure", "merged_procedure", "backfill", "current_lot", "current_lot_at"}
)


@dataclass(frozen=True, slots=True)
class Drift:
    """How a table differs between two warehouses: rows `before` and `after`, and rows that only one of them has."""

    table: str
    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One value that differs between two warehouses: the row by its `key`, its column, and the value in each file, as
    text of at most 500 characters. `column` is empty where one file alone has the row: `before` is then "-" (a new row)
    or `after` is (a row that is gone)."""

    table: str
    key: str
    column: str
    before: str
    after: str


def settle(path: Path) -> None:
    """Writes into the file itself what a killed writer left beside it. Raises StoreLocked, StoreUnreadable."""
    with refusals_explained(path):
        con = duckdb.connect(str(path))
        try:
            con.execute("checkpoint")
        finally:
            con.close()


def carry_over(con: duckdb.DuckDBPyConnection, before: Path) -> dict[str, int]:
    """Copies every table that does not follow from landing; returns its rows by table.

    Raises StoreTooOld when one has a shape that cannot be copied: nothing is copied then.
    """
    with _attached(con, before), transaction(con):
        return {table: _take(con, table) for table in _shared(con) if table not in DERIVED | OF_THE_FILE}


def take_part(con: duckdb.DuckDBPyConnection, whole: Path) -> dict[str, int]:
    """Copies the tables that a new file of one part holds from a whole file of the same version; returns the rows of
    each. Vectors go to the cluster: nothing says which of them are of its members' texts.

    Raises StoreTooOld where a table has a shape that cannot be copied: nothing is copied then.
    """
    part = part_of(con)
    left = OF_THE_FILE | ({"vector"} if part is StorePart.FACTS else frozenset[str]())
    with _attached(con, whole), transaction(con):
        return {table: _take(con, table) for table in _shared(con) if table in tables_of(part) - left}


def compare(con: duckdb.DuckDBPyConnection, before: Path) -> tuple[Drift, ...]:
    """Differences between the tables that follow from landing and those of the file before, by table; only columns of
    both are compared."""
    with _attached(con, before):
        return tuple(_drift(con, table) for table in _shared(con) if table in DERIVED - _BY_NIGHT)


def list_differences(con: duckdb.DuckDBPyConnection, before: Path) -> tuple[RowDifference, ...]:
    """Each value that differs in what follows from landing, by table, row and column; columns of both are compared."""
    with _attached(con, before):
        shared = set(_shared(con))
        return tuple(found for table in _KEYS if table in shared for found in _differences(con, table))


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, before: Path) -> Generator[None]:
    quoted = str(before).replace("'", "''")
    con.execute(f"attach '{quoted}' as before (read_only)")
    try:
        yield
    finally:
        con.execute("detach before")


def _shared(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables both files have."""
    rows = fetch_rows(
        con,
        """
        select table_name as name from duckdb_tables() where database_name = current_database()
        intersect
        select table_name from duckdb_tables() where database_name = 'before'
        order by name
        """,
    )
    return [row["name"] for row in rows]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The columns both have, in our order."""
    rows = fetch_rows(
        con,
        """
        select ours.column_name as name
        from duckdb_columns() as ours
        join duckdb_columns() as theirs on theirs.column_name = ours.column_name and theirs.table_name = ours.table_name
        where ours.table_name = $1 and ours.database_name = current_database() and theirs.database_name = 'before'
        order by ours.column_index
        """,
        [table],
    )
    return ", ".join(f'"{row["name"]}"' for row in rows)


def _take(con: duckdb.DuckDBPyConnection, table: str) -> int:
    columns = _columns(con, table)
    try:
        query = f"insert into {table} ({columns}) select {columns} from before.{table}"  # noqa: S608  our own tables
        ((rows,),) = con.execute(query).fetchall()
    except (duckdb.ConversionException, duckdb.ConstraintException, duckdb.BinderException) as error:
        raise StoreTooOld(
            f"the rows of {table} do not fit its columns of today ({error}); nothing was replaced"
        ) from error
    return int(rows)


def _drift(con: duckdb.DuckDBPyConnection, table: str) -> Drift:
    columns = _columns(con, table)
    row = fetch_rows(
        con,
        f"""
        select (select count(*) from before.{table}) as before, (select count(*) from {table}) as after,
            (select count(*) from (select {columns} from {table} except all select {columns} from before.{table}))
                as gained,
            (select count(*) from (select {columns} from before.{table} except all select {columns} from {table}))
                as lost
        """,  # noqa: S608  our own tables
    )[0]
    return Drift(table, **row)


def _differences(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[RowDifference]:
    columns = _columns(con, table)
    ours, theirs = table, f"before.{table}"
    found: list[dict[tuple[Any, ...], dict[str, Any]]] = []
    for first, second in ((theirs, ours), (ours, theirs)):
        query = f"select {columns} from {first} except all select {columns} from {second}"  # noqa: S608  our own tables
        found.append({tuple(row[key] for key in _KEYS[table]): row for row in fetch_rows(con, query)})
    earlier, later = found
    for key in sorted(earlier.keys() | later.keys(), key=str):
        named = " ".join(str(part) for part in key)
        if key not in earlier or key not in later:
            yield RowDifference(
                table, named, "", "-" if key not in earlier else "row", "-" if key not in later else "row"
            )
            continue
        for column, value in later[key].items():
            if value != earlier[key][column]:
                yield RowDifference(table, named, column, str(earlier[key][column])[:_LONGEST], str(value)[:_LONGEST])
