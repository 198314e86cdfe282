"""Writes the data dictionary of the exports: what each column means, from the comments of the views. No row is read."""

from __future__ import annotations

import duckdb

from warehouse.database.schema import fetch_rows

_TABLES = {
    "notices": "exported_notice",
    "lots": "exported_lot",
    "procedures": "exported_procedure",
    "buyers": "exported_buyer",
    "awards": "exported_award",
    "matches": "exported_match",
    "consortia": "exported_consortium",
}

_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "true or false",
    "DATE": "day",
    "TIMESTAMP WITH TIME ZONE": "instant, in UTC",
    "INTEGER": "whole number",
    "BIGINT": "whole number",
    "DOUBLE": "number",
    "DECIMAL(24,2)": "amount, two decimals",
}

_HEAD = """# The tables that analysts open

This page is written by `pib export --dictionary` from the comments of the warehouse; a test fails when it is stale.

`pib export` writes each table three times: `.csv`, `.jsonl` (one JSON object a line) and `.parquet`, in UTF-8, the rows
in an order that does not change. Days are written 2026-11-20, instants 2026-11-20T09:00:00Z (in CSV files
2026-11-20 09:00:00+00). What a notice does not state is empty, null in JSON Lines and Parquet. BT and OPP numbers are
the fields of eForms (Regulation (EU) 2019/1780) that a column is taken from.

In CSV files a text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return, and
is no number) is preceded by an apostrophe, and so is one of apostrophes followed by such a sign: take the first
apostrophe away to have the text as published. The other two formats hold it unchanged.
"""


def write_dictionary(con: duckdb.DuckDBPyConnection) -> str:
    """The page, in Markdown: every exported table with its columns, their types and what they mean."""
    return "\n".join([_HEAD, *(_section(con, table, view) for table, view in _TABLES.items())])


def _section(con: duckdb.DuckDBPyConnection, table: str, view: str) -> str:
    own = "database_name = current_database()"
    (about,) = fetch_rows(con, f"select comment from duckdb_views() where view_name = ? and {own}", [view])  # noqa: S608
    query = f"""
        select column_name, data_type, comment from duckdb_columns() where table_name = ? and {own}
        order by column_index
        """  # noqa: S608
    lines = [
        f"| `{row['column_name']}` | {_TYPES.get(row['data_type'], row['data_type'])} | {_cell(row['comment'])} |"
        for row in fetch_rows(con, query, [view])
    ]
    return "\n".join(
        [f"## {table}", "", about["comment"], "", "| column | type | meaning |", "|---|---|---|", *lines, ""]
    )


def _cell(words: str | None) -> str:
    return (words or "").replace("|", "\\|")
