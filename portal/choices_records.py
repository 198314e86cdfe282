"""A damaged store of choices made anew: from what can be read of it, and from the plain files of the last night.

Who stopped its letters by either gets none: a letter too few is mended by the member, one too many is a breach.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.errors import ChoicesError, ChoicesTooNew
from portal.member_choices import Choices, create_tables
from warehouse.sqlite_salvage import read_rows, sqlite_damage_of

Record = Mapping[str, Any]

_COLUMNS = {
    "preference": (
        *("member", "frequency", "threshold", "maximum", "grappes", "channel", "quiet_days", "heartbeat", "at"),
    ),
    "stopped": ("member", "at"),
    "feedback": ("member", "lot_uid", "opinion", "objection", "at"),
}


@dataclass(frozen=True, slots=True)
class ChoicesRecovery:
    """What a store of choices was made anew from: rows readable in the file, and rows that the records alone know, by
    table; whether all of the file could be read."""

    readable: Mapping[str, int]
    from_records: Mapping[str, int]
    is_whole: bool


def choices_damage_of(path: Path) -> str | None:
    """Why the choices cannot be read whole, None for a file that can be, or never was. Raises ChoicesError for one of a
    later version, which is not damaged."""
    if damage := sqlite_damage_of(path):
        return damage
    choices = Choices(path)
    try:
        for load in (choices.load_preferences, choices.load_stopped, choices.load_feedback):
            load()
    except ChoicesTooNew:
        raise
    except ChoicesError as error:
        return str(error)
    return None


def recover_choices(
    damaged: Path, stopped: Iterable[Record] | None, preferences: Iterable[Record] | None, *, at: datetime
) -> ChoicesRecovery:
    """Puts a store made anew in the place of a damaged one.

    Args:
        damaged: the file as it is; it need not be there.
        stopped: lines of the last night with `member` and `at`, None where it was never written.
        preferences: lines of the last night with `member` and what it chose, None as above.
        at: zone-aware moment, of preferences whose own is lost.

    Raises ChoicesError when something cannot be read and there are no records: who unsubscribed would be written to.
    """
    found = {table: read_rows(damaged, table, columns) for table, columns in _COLUMNS.items()}
    is_whole = all(rows.is_whole for rows in found.values())
    if not is_whole and (stopped is None or preferences is None):
        raise ChoicesError(
            f"{damaged} cannot be made anew: no member-records say who stopped its letters, and they would be written "
            "to; bring the file back from a backup"
        )
    noted = {
        "stopped": [(line["member"], line["at"]) for line in stopped or ()],
        "preference": [_preference_row(line, at) for line in preferences or ()],
        "feedback": [],
    }
    new = damaged.with_name(f"{damaged.name}.rebuilding")
    new.unlink(missing_ok=True)
    readable: dict[str, int] = {}
    from_records: dict[str, int] = {}
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        create_tables(connection, new)
        for table, rows in found.items():
            readable[table] = _insert(connection, table, rows.rows)
            from_records[table] = 0 if is_whole else _insert(connection, table, noted[table])
    Choices(damaged).replace_file(new)
    return ChoicesRecovery(readable, from_records, is_whole)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """Rows kept of a table, those that its rules allow and that are not there yet."""
    marks = ", ".join("?" * len(_COLUMNS[table]))
    query = f"insert or ignore into {table} values ({marks})"  # noqa: S608 - names of our own tables
    return sum(connection.execute(query, row).rowcount for row in rows)


def _preference_row(line: Record, at: datetime) -> tuple[Any, ...]:
    chosen = {**line, "grappes": json.dumps(line["grappes"]), "quiet_days": json.dumps(line["quiet_days"])}
    return tuple(chosen.get(name, at.isoformat()) for name in _COLUMNS["preference"])
