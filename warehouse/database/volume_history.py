"""History of each source's volume by day of publication, and the alarms of each night."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta

import duckdb

from warehouse.database.schema import fetch_rows, insert_rows, transaction
from warehouse.model.alarms import Alarm, AlarmKind, Volume


def save_alarms(con: duckdb.DuckDBPyConnection, source: str, night: date, alarms: Iterable[Alarm]) -> int:
    """Replaces the alarms of a `source` and `night` in the warehouse open as `con`; each sentence is stored once.
    Returns how many."""
    rows = [asdict(alarm) for alarm in dict.fromkeys(alarms)]
    with transaction(con):
        con.execute("delete from alarm where source = ? and night = ?", [source, night])
        insert_rows(con, "alarm", rows)
    return len(rows)


def load_alarms(con: duckdb.DuckDBPyConnection, night: date) -> tuple[Alarm, ...]:
    """The alarms of a night, by source and kind."""
    rows = fetch_rows(con, "select * from alarm where night = ? order by source, kind, sentence", [night])
    return tuple(Alarm(row["source"], row["night"], AlarmKind(row["kind"]), row["sentence"]) for row in rows)


def count_volumes(
    con: duckdb.DuckDBPyConnection, source: str, night: date, since: date, until: date
) -> tuple[Volume, ...]:
    """Counts the stored notices of `source` by day of publication and saves the counts under `night`.

    `con` is open for writing; the window is from `since` to `until`, both included. Every day of it has a row, days
    without notices too.
    """
    rows = fetch_rows(
        con,
        "select day, count(*) as notices from publication where source = ? and day between ? and ? group by day",
        [source, since, until],
    )
    counted: Mapping[date, int] = {row["day"]: row["notices"] for row in rows}
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    volumes = tuple(Volume(source, night, day, counted.get(day, 0)) for day in days)
    with transaction(con):
        con.execute("delete from volume where source = ? and night = ?", [source, night])
        insert_rows(con, "volume", [asdict(volume) for volume in volumes])
    return volumes


def load_volumes(con: duckdb.DuckDBPyConnection, source: str, before: date, since: date) -> tuple[Volume, ...]:
    """Volumes of `source` counted in nights before `before`, of days from `since` on, the newest day first; `con` may
    be read-only."""
    rows = fetch_rows(
        con,
        "select * from volume where source = ? and night < ? and day >= ? order by day desc, night desc",
        [source, before, since],
    )
    return tuple(Volume(**row) for row in rows)
