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

from warehouse.database.parts import StorePart, has_check, has_view, part_holding, tables_of
from warehouse.errors import (
    FactsTooOld,
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


def open_file(
    path: Path, *, read_only: bool, part: StorePart = StorePart.WHOLE, facts: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse at `path`, with tables and views in place. Its time zone is UTC.

    Args:
        path: the file, made where there is none (and not `read_only`).
        read_only: whether nothing can be written.
        part: what a new file holds; one that is there holds what it holds.
        facts: the file of facts that a cluster's store reads, attached read-only as `facts`; other stores take none.

    Raises StoreLocked, StoreTooNew, StoreTooOld, StoreUnreadable, StoreFull.
    """
    if is_gone(path):
        raise StoreDamaged(f"{path} is missing or empty, and it held the warehouse; {_REMEDY}")
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _connected(path, read_only=read_only) as con:
        held = part_holding(_tables(con)) or part
        if held is StorePart.CLUSTER:
            _attach_facts(con, path, facts)
        _furnish(con, path, held, read_only=read_only)
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


def part_of(con: duckdb.DuckDBPyConnection) -> StorePart:
    """What the file of a connection holds."""
    return part_holding(_tables(con)) or StorePart.WHOLE


def has_facts_attached(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a connection reads a file of facts beside its own file."""
    return bool(fetch_rows(con, "select 1 from duckdb_databases() where database_name = 'facts' and readonly"))


def _attach_facts(con: duckdb.DuckDBPyConnection, path: Path, facts: Path | None) -> None:
    """Tables that a cluster's store does not hold are read from the facts. Nothing can be written there."""
    if facts is None:
        raise StoreUnreadable(f"{path} holds the data of one cluster; open it with the facts it was written over")
    own = fetch_rows(con, "select current_database() as name")[0]["name"]
    with refusals_explained(facts):
        # Connections of one process to one file share its databases: another may have attached the facts already.
        con.execute(f"attach if not exists '{_escaped(facts)}' as facts (read_only)")
        version = fetch_rows(con, "select version from facts.main.shape")[0]["version"]
        _check_not_newer(version, facts)
        if version < VERSION:
            raise FactsTooOld(f"{facts} holds tables of version {version}; the facts must be published again")
        con.execute(f"set search_path = '\"{own}\".main,facts.main'")


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


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


def _furnish(con: duckdb.DuckDBPyConnection, path: Path, part: StorePart, *, read_only: bool) -> None:
    shape = _shape(con)
    if shape is None and read_only:
        raise StoreUnreadable(f"{path} holds no warehouse; check the path, or run a night first")
    version, views = shape or (0, "")
    _check_not_newer(version, path)
    steps = _migrations(version, path) if 0 < version < VERSION else []
    if read_only and steps:
        raise StoreTooOld(f"{path} holds tables of version {version}; the next command that writes makes them new")
    if read_only or (views == views_digest(part) and not steps and not _missing_tables(con, part)):
        return
    with transaction(con):
        for step in steps:
            con.execute(step)
        for statement in _missing_tables(
            con, part
        ):  # a table added within a version; one that changes raises the version
            con.execute(statement.read_text(encoding="utf-8"))
        for text in _views_in_order(part):
            con.execute(text)
        con.execute("delete from shape")
        con.execute("insert into shape values (?, ?)", [VERSION, views_digest(part)])


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
    rows = fetch_rows(con, "select version, views from shape") if "shape" in _tables(con) else []
    return (int(rows[0]["version"]), str(rows[0]["views"])) if rows else None


def _missing_tables(con: duckdb.DuckDBPyConnection, part: StorePart) -> list[Path]:
    missing = tables_of(part) - _tables(con)
    return [file for file in _files("tables") if file.stem in missing]


def _tables(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The tables of the connection's own file."""
    query = "select table_name as name from duckdb_tables() where database_name = current_database() and not internal"
    return frozenset(row["name"] for row in fetch_rows(con, query))


def _files(folder: str) -> list[Path]:
    return sorted((_HERE / folder).glob("*.sql"))


def data_checks(part: StorePart = StorePart.WHOLE) -> tuple[Path, ...]:
    """The data checks of a part: one SQL file each, its name the sentence that must hold, its rows the violations."""
    return tuple(file for file in _files("checks") if has_check(part, file.stem))


def views_digest(part: StorePart = StorePart.WHOLE) -> str:
    """Digest of the text of all views of a part."""
    return hashlib.sha256("\0".join(_view_texts(part).values()).encode()).hexdigest()


def _view_texts(part: StorePart) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in _files("views") if has_view(part, file.stem)}


def _views_in_order(part: StorePart) -> list[str]:
    texts = _view_texts(part)
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
