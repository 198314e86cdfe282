"""Writes what a person or a program reads outside the project: flat files and a copy of the warehouse.

A file appears under its name only when it is complete. Parquet and JSON Lines hold texts unchanged. In a CSV file,
which people open with a spreadsheet, a text that would begin a formula there (= + - @, tab, carriage return; numbers
and offsets such as +02:00 do not) is preceded by an apostrophe, which `read_cell` removes.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb

from warehouse.atomic_files import complete, copy_held
from warehouse.database.schema import fetch_rows
from warehouse.export.data_dictionary import write_dictionary

_FORMATS = {
    "csv": "format csv, header",
    "jsonl": "format json, dateformat '%Y-%m-%d', timestampformat '%Y-%m-%dT%H:%M:%SZ'",
    "parquet": "format parquet, compression zstd",
}

_EXPORTS = {
    "notices": "select * from exported_notice where {published_on} order by uid",
    "lots": "select * from exported_lot where {published_on} order by lot_uid",
    "procedures": "select * from exported_procedure where {last_published_on} order by procedure",
    "buyers": "select * from exported_buyer where {published_on} order by notice, place",
    "awards": "select * from exported_award where {published_on} order by notice, award, party, place",
    "matches": "select * from exported_match where night = {night} order by lot_uid, score desc, member",
    "consortia": "select * from exported_consortium where night = {night} order by lot_uid, rank, member",
}

_NUMBER = r"[+-][0-9][0-9.:]*"
_GUARDED = re.compile(r"''*[=+\-@\t\r]")


def export(
    con: duckdb.DuckDBPyConnection, folder: Path, night: date | None = None, *, day: date | None = None
) -> dict[Path, int]:
    """Writes notices, lots, procedures, buyers, awards, matches and consortia as CSV, JSON Lines and Parquet, and the
    data dictionary beside them; returns the rows of each table's file.

    Args:
        con: with lots that are worked out.
        folder: where to write, made where there is none.
        night: whose matches and consortia; None for the last night with match results.
        day: only what was published on that day (procedures: last), None for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = night or fetch_rows(con, "select max(night) as night from matched_lot")[0]["night"]
    values = {
        "night": _literal(shown),
        **{
            column: f"{column} = {_literal(day)}" if day else "true" for column in ("published_on", "last_published_on")
        },
    }
    written: dict[Path, int] = {}
    for name, query in _EXPORTS.items():
        # Once for all formats: the views compute states of lots, which costs more than the writing.
        con.execute(f"create or replace temp table exported_rows as {query.format(**values)}")
        for extension, options in _FORMATS.items():
            path = folder / f"{name}.{extension}"
            rows_query = (
                _for_spreadsheets(con, "select * from exported_rows") if extension == "csv" else "from exported_rows"
            )
            with complete(path) as part:
                ((rows,),) = con.execute(f"copy ({rows_query}) to {_quoted(part)} ({options})").fetchall()
            written[path] = rows
    con.execute("drop table if exists exported_rows")
    with complete(folder / "data-dictionary.md") as part:
        part.write_text(write_dictionary(con), encoding="utf-8")
    return written


def read_cell(cell: str) -> str:
    """The original text of a cell of an exported CSV file."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _for_spreadsheets(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query with its texts guarded: those that begin as a formula does, and those that begin with apostrophes and
    then as one, so that every added apostrophe can be distinguished from a published one."""
    begins = "'^''*[=+\\-@' || chr(9) || chr(13) || ']'"
    texts = [row["column_name"] for row in fetch_rows(con, f"describe {query}") if row["column_type"] == "VARCHAR"]
    guarded = (
        f"if(regexp_matches({name}, {begins}) and not regexp_full_match({name}, '{_NUMBER}'), '''' || {name}, {name})"
        f" as {name}"
        for name in (f'"{text}"' for text in texts)
    )
    return f"select * replace ({', '.join(guarded)}) from ({query})"  # noqa: S608  our own views


def publish_copy(con: duckdb.DuckDBPyConnection, own: Path, path: Path) -> None:
    """Copies the warehouse's `own` file to `path` for readers, while the writer goes on. A reader with the old copy
    open continues to read it; a reader that opens the file afterwards gets the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute("checkpoint")  # nothing is beside the file then, and only this connection could write more
    with complete(path) as part:
        copy_held(own, part)


def _literal(day: date | None) -> str:
    return f"date '{day.isoformat()}'" if day else "null::date"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
