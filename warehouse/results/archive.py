"""Match results of nights long past: moved from the warehouse to compressed Parquet, two files a month.

`2026-11.lots.parquet` has the rows of matched_lot of that month's nights, `2026-11.results.parquet` the rows of
match_result that they refer to: a month can be read, and deleted, alone. Moving is safe to repeat: files are complete
before the rows leave the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb

from warehouse.atomic_files import complete
from warehouse.database.schema import fetch_rows, transaction
from warehouse.model.match_results import MatchResult
from warehouse.results.match_results import UNUSED, load_from

_LOTS, _RESULTS = "lots", "results"
_OPTIONS = "format parquet, compression zstd, row_group_size 2000"

_WITHOUT = {
    "matches": "list_filter(matches, lambda found: found.member <> {member})",
    "refusals": "list_filter(refusals, lambda found: found.member <> {member})",
    "consortia": """list_filter(
        consortia,
        lambda found: found.best_alone <> {member} and not list_contains(found.partner_only, {member})
            and not list_contains(list_transform(found.roles, lambda role: role.member), {member})
    )""",
    "past_groups": """list_filter(
        past_groups,
        lambda found: not list_contains(found.members, {member}) and not list_contains(found.partner_only, {member})
    )""",
}
"""The columns of match_result that name members, without one of them and the groups it is in."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many nights stay in the warehouse, and how many months of older ones stay in the archive; the month of the
    newest night counts."""

    nights: int
    months: int


def archive_results(con: duckdb.DuckDBPyConnection, folder: Path, retention: Retention) -> int:
    """Moves the nights beyond `retention` to the archive in `folder`, deletes the months beyond it; returns how many
    nights were moved."""
    nights = [row["night"] for row in fetch_rows(con, "select distinct night from matched_lot order by night desc")]
    moved = sorted(nights[retention.nights :])
    for month, of_month in groupby(moved, key=lambda night: night.strftime("%Y-%m")):
        folder.mkdir(parents=True, exist_ok=True)
        _write_month(con, folder, month, list(of_month))
    if moved:
        with transaction(con):
            con.execute("delete from matched_lot where list_contains($1, night)", [moved])
            con.execute(UNUSED)
    if nights:
        _delete_months(folder, nights[0], retention.months)
    return len(moved)


def _write_month(con: duckdb.DuckDBPyConnection, folder: Path, month: str, nights: list[date]) -> None:
    """Writes the files of a month anew, with these nights as the warehouse has them."""
    lots, results = _path(folder, month, _LOTS), _path(folder, month, _RESULTS)
    moved = f"list_contains([{', '.join(_literal(night) for night in nights)}], night)"
    new_lots = f"select * from matched_lot where {moved}"  # noqa: S608  our own table
    new_results = f"select * from match_result semi join ({new_lots}) using (digest)"  # noqa: S608
    if lots.is_file():
        new_lots += f" union all select * from {_read(lots)} where not {moved}"  # noqa: S608
        kept = f"select * from {_read(results)} anti join ({new_results}) using (digest)"  # noqa: S608
        new_results += f" union all {kept} semi join ({new_lots}) using (digest)"
    # The results first: a lot in the archive has its result there, whenever the process is killed.
    _copy(con, f"{new_results} order by digest", results)
    _copy(con, f"{new_lots} order by night, position", lots)


def _delete_months(folder: Path, newest: date, months: int) -> None:
    first = newest.year * 12 + newest.month - months
    for path in sorted(folder.glob("????-??.*.parquet")):
        year, month = int(path.name[:4]), int(path.name[5:7])
        if year * 12 + month <= first:
            path.unlink()


def load_archived_result(con: duckdb.DuckDBPyConnection, folder: Path, night: date, lot_uid: str) -> MatchResult | None:
    """The match result of the lot `lot_uid` in `night` from the archive in `folder`, None where it does not hold it;
    `con` is any connection."""
    lots, results = (_path(folder, night.strftime("%Y-%m"), kind) for kind in (_LOTS, _RESULTS))
    if not lots.is_file():
        return None
    found = load_from(con, (_read(lots), _read(results)), "night = ? and lot_uid = ?", [night, lot_uid])
    return found[0] if found else None


def erase_from_results(con: duckdb.DuckDBPyConnection, folder: Path, member: str) -> None:
    """Deletes a member (its id) from every stored and archived result: its matches and refusals, and each group it is
    in. Repeating it changes nothing."""
    quoted = "'" + member.replace("'", "''") + "'"
    without = {column: expression.format(member=quoted) for column, expression in _WITHOUT.items()}
    changes = ", ".join(f"{column} = {new}" for column, new in without.items())
    con.execute(f"update match_result set {changes}")  # noqa: S608  our own columns
    replaced = ", ".join(f"{new} as {column}" for column, new in without.items())
    for path in sorted(folder.glob(f"????-??.{_RESULTS}.parquet")):
        _copy(con, f"select * replace ({replaced}) from {_read(path)} order by digest", path)  # noqa: S608  our own files


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    with complete(path) as part:
        con.execute(f"copy ({query}) to {_quoted(part)} ({_OPTIONS})")


def _path(folder: Path, month: str, kind: str) -> Path:
    return folder / f"{month}.{kind}.parquet"


def _read(path: Path) -> str:
    return f"read_parquet({_quoted(path)})"


def _literal(night: date) -> str:
    return f"date '{night.isoformat()}'"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
