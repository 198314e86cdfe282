"""Opens the DuckDB file, creates its tables and views, and turns DuckDB's errors into this room's errors.

Tables, views and data checks are SQL files beside this module.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import (
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreRefused,
    StoreTooNew,
    StoreTooOld,
    StoreUnreadable,
    WarehouseError,
)
from warehouse.made_files import is_gone, mark_made

VERSION = 4
"""Version of the tables. Raise it when a table changes, and add migrations/from_<version before>.sql."""

_HERE = Path(__file__).parents[1]
_REMEDY = "run `pib rebuild`, which keeps what can be read, or bring it back with `pib restore`"
_DAMAGED = re.compile(
    "not a valid DuckDB|Corrupt database|checksum|Could not read|database has been invalidated|Is a directory"
    "|Failed to download extension|[Dd]eserializ|metadata|storage version",
)
"""Of DuckDB's reasons those of a file that is damaged, or of another kind (an SQLite file asks for an extension)."""
_FULL = re.compile(r"No space left|File too large|quota exceeded|not enough (disk )?space", re.IGNORECASE)


def open_file(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse at `path`, with tables and views in place. Its time zone is UTC.

    Raises StoreLocked, StoreTooNew, StoreTooOld, StoreUnreadable, StoreFull.
    """
    if is_gone(path):
        raise StoreDamaged(f"{path} is missing or empty, and it held the warehouse; {_REMEDY}")
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _connected(path, read_only=read_only) as con:
        _furnish(con, path, read_only=read_only)
        if not read_only and path.is_file():  # not one in memory
            mark_made(path)
    return con


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a file as it is, whichever version of the tables it holds up to this one.

    Raises StoreLocked, StoreTooNew, StoreUnreadable.
    """
    with _connected(path, read_only=True) as con:
        version, _ = _shape(con) or (0, "")
        _check_not_newer(version, path)
    return con


@contextmanager
def _connected(path: Path, *, read_only: bool) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection that stays open behind the block, and is closed where the block raises."""
    with refusals_explained(path), ExitStack() as closing_on_error:
        con = closing_on_error.enter_context(duckdb.connect(str(path), read_only=read_only))
        con.execute("set timezone = 'UTC'")
        yield con
        closing_on_error.pop_all()


@contextmanager
def refusals_explained(path: Path) -> Generator[None]:
    """Errors of DuckDB or of the disk inside the block are raised as this room's error where there is one."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        explained = _explained(error, path)
        if explained is error:
            raise
        raise explained from error


def _explained(error: Exception, path: Path) -> Exception:
    reason = str(error).splitlines()[0] if str(error) else ""
    if _FULL.search(str(error)):
        return StoreFull(f"{path}: the disk refused a write ({reason}); free some space and run again, nothing is lost")
    if "Could not set lock" in reason or "different configuration" in reason:
        holder = re.search(r"PID (\d+)", reason)
        who = f"process {holder[1]}" if holder else "this very process"
        return StoreLocked(f"{path} is held by {who}; wait until it ends, or read the published copy beside it")
    if "newer version" in reason:
        return StoreTooNew(f"{path} was written by a later version of DuckDB ({reason}); install the newer PIB")
    if "database does not exist" in reason or "Cannot open" in reason:
        return StoreUnreadable(
            f"{path} cannot be opened as a warehouse ({reason}); check the path, or run a night first"
        )
    if _DAMAGED.search(reason):
        return StoreDamaged(f"{path} cannot be read ({reason}); {_REMEDY}")
    if isinstance(error, duckdb.Error):
        return StoreRefused(
            f"{path}: the database refused this ({reason}); run `pib rebuild`, and report it if it comes again"
        )
    return error


def _furnish(con: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
    shape = _shape(con)
    if shape is None and read_only:
        raise StoreUnreadable(f"{path} holds no warehouse; check the path, or run a night first")
    version, views = shape or (0, "")
    _check_not_newer(version, path)
    steps = _migrations(version, path) if 0 < version < VERSION else []
    if read_only and steps:
        raise StoreTooOld(f"{path} holds tables of version {version}; the next command that writes makes them new")
    if read_only or (views == views_digest() and not steps and not _missing_tables(con)):
        return
    with transaction(con):
        for step in steps:
            con.execute(step)
        for statement in _missing_tables(con):  # a table added within a version; one that changes raises the version
            con.execute(statement.read_text(encoding="utf-8"))
        for text in _views_in_order():
            con.execute(text)
        con.execute("delete from shape")
        con.execute("insert into shape values (?, ?)", [VERSION, views_digest()])


def _check_not_newer(version: int, path: Path) -> None:
    if version > VERSION:
        raise StoreTooNew(
            f"{path} holds tables of version {version}, this PIB knows version {VERSION}; install the newer one"
        )


def _migrations(version: int, path: Path) -> list[str]:
    """What makes tables of `version` those of VERSION, in order. Where a step names a file of tables/ in a comment of
    its own, that file stands. Raises StoreTooOld where a step was never written."""
    steps: list[str] = []
    for step in range(version, VERSION):
        file = _HERE / "migrations" / f"from_{step}.sql"
        if not file.is_file():
            raise StoreTooOld(
                f"{path} holds tables of version {version}, this PIB keeps version {VERSION}; run `pib rebuild`, which "
                "reads everything again from landing and carries over what only the file knows"
            )
        text = file.read_text(encoding="utf-8")
        steps.append(
            re.sub(r"^-- (tables/\w+\.sql)$", lambda named: (_HERE / named[1]).read_text("utf-8"), text, flags=re.M)
        )
    return steps


def _shape(con: duckdb.DuckDBPyConnection) -> tuple[int, str] | None:
    known = fetch_rows(con, "select 1 as known from duckdb_tables() where table_name = 'shape' and not internal")
    rows = fetch_rows(con, "select version, views from shape") if known else []
    return (int(rows[0]["version"]), str(rows[0]["views"])) if rows else None


def _missing_tables(con: duckdb.DuckDBPyConnection) -> list[Path]:
    known = {
        row["name"] for row in fetch_rows(con, "select table_name as name from duckdb_tables() where not internal")
    }
    return [file for file in _files("tables") if file.stem not in known]


def _files(folder: str) -> list[Path]:
    return sorted((_HERE / folder).glob("*.sql"))


def data_checks() -> tuple[Path, ...]:
    """The data checks: one SQL file each, its name the sentence that must hold, its rows the violations."""
    return tuple(_files("checks"))


def views_digest() -> str:
    """Digest of the text of all views."""
    return hashlib.sha256("\0".join(file.read_text(encoding="utf-8") for file in _files("views")).encode()).hexdigest()


def _views_in_order() -> list[str]:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in _files("views")}
    needs = {
        name: {other for other in texts if other != name and re.search(rf"\b{other}\b", text)}
        for name, text in texts.items()
    }
    return [texts[name] for name in TopologicalSorter(needs).static_order()]


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """The block is one transaction: all of it is committed, or none."""
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        _roll_back(con)
        raise


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.execute("rollback")
    except duckdb.Error as error:
        # A commit that failed has ended its transaction, and a full disk may have closed the file: nothing is left
        # to undo, and the first error is the one to raise.
        if "no transaction is active" not in str(error) and "invalidated" not in str(error):
            raise WarehouseError(f"the transaction could not be undone ({error})") from error


@contextmanager
def registered(con: duckdb.DuckDBPyConnection, name: str, rows: object) -> Generator[None]:
    """`rows` (an Arrow table) as a table called `name` in the queries made inside."""
    con.register(name, rows)
    try:
        yield
    except BaseException:
        _forget(con, name)
        raise
    con.unregister(name)


def _forget(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Unregisters after a failure. DuckDB refuses that too within a transaction it has given up; the name is then
    released with the connection, and the first error is the one raised."""
    try:
        con.unregister(name)
    except duckdb.TransactionException:
        return


def shape_of(con: duckdb.DuckDBPyConnection, table: str) -> Any:
    """The columns of a table as Arrow has them."""
    return con.sql(f"select * from {table} limit 0").to_arrow_table().schema  # noqa: S608  our own tables


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Adds rows, by column name, in one statement. The types are the table's own; a column left out is null."""
    if rows:
        insert_table(con, table, pa.Table.from_pylist(rows, schema=shape_of(con, table)))


def insert_columns(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Any]) -> None:
    """Adds rows given column by column, a single value for all of them, in less than half the time of
    `insert_rows`. Every column of the table, in any order."""
    shape = shape_of(con, table)
    count = max(len(values) for values in columns.values() if isinstance(values, list))
    column_values = {
        name: columns[name] if isinstance(columns[name], list) else [columns[name]] * count for name in shape.names
    }
    if count:
        insert_table(con, table, pa.Table.from_pydict(column_values, schema=shape))


def insert_table(con: duckdb.DuckDBPyConnection, table: str, rows: object) -> None:
    """Adds rows (an Arrow table) that have the table's own columns, in its order."""
    with registered(con, "incoming", rows):
        con.execute(f"insert into {table} select * from incoming")  # noqa: S608  our own tables


def fetch_rows(con: duckdb.DuckDBPyConnection, query: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query by column name, all of them: DuckDB 2.0 refuses the next work on a connection that still
    has rows to fetch."""
    answer = con.execute(query, list(values))
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
