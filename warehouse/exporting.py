"""Writes what a person or a program reads outside the house: flat files and a copy of the warehouse.

A file appears under its name only when it is complete.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from warehouse.schema import fetch_rows

_FORMATS = {
    "csv": "format csv, header",
    "jsonl": "format json, dateformat '%Y-%m-%d', timestampformat '%Y-%m-%dT%H:%M:%SZ'",
    "parquet": "format parquet, compression zstd",
}

_EXPORTS = {
    "notices": "select * from exported_notice order by uid",
    "lots": "select * from exported_lot order by lot_uid",
    "matches": "select * from exported_match where night = {night} order by lot_uid, score desc, member",
    "consortia": "select * from exported_consortium where night = {night} order by lot_uid, rank, member",
}


def export(con: duckdb.DuckDBPyConnection, folder: Path, night: date | None = None) -> dict[Path, int]:
    """Writes notices, lots, matches and consortia as CSV, JSON Lines and Parquet into `folder`; returns the rows of
    each file. Matches and consortia are those of `night`, or of the last night judged."""
    folder.mkdir(parents=True, exist_ok=True)
    day = night or fetch_rows(con, "select max(night) as night from verdict")[0]["night"]
    written: dict[Path, int] = {}
    for name, query in _EXPORTS.items():
        asked = query.format(night=f"date '{day.isoformat()}'" if day else "null::date")
        for extension, options in _FORMATS.items():
            path = folder / f"{name}.{extension}"
            with _complete(path) as part:
                ((rows,),) = con.execute(f"copy ({asked}) to {_quoted(part)} ({options})").fetchall()
            written[path] = rows
    return written


def publish_copy(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A copy of the warehouse at `path` for readers, while the writer keeps its own. Who has the old copy open keeps
    reading it; who opens after sees the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ((own,),) = con.execute("select current_database()").fetchall()
    with _complete(path) as part:
        con.execute(f"attach {_quoted(part)} as published")
        try:
            con.execute(f'copy from database "{own}" to published')
        finally:
            con.execute("detach published")


@contextmanager
def _complete(path: Path) -> Generator[Path]:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
