"""Compares the version of a lot that a reader was notified of with the newest one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb
import pyarrow as pa

from warehouse.database.notice_queries import notices_of
from warehouse.database.schema import fetch_rows, registered
from warehouse.model.changes import Difference, compare_notices


def load_differences(
    con: duckdb.DuckDBPyConnection, notified_at: Mapping[str, datetime]
) -> dict[str, tuple[Difference, ...]]:
    """What changed in each lot since a moment, by lot; lots without change are left out.

    The version then known is the newest of the same procedure published up to that day (in Brussels). Versions of
    different portals are not compared: they word one fact in two ways.
    """
    if not notified_at:
        return {}
    notified_lots = pa.table(
        {
            "lot_uid": pa.array(list(notified_at), pa.string()),
            "told_at": pa.array(list(notified_at.values()), pa.timestamp("us", tz="UTC")),
        }
    )
    with registered(con, "asked", notified_lots):
        rows = fetch_rows(
            con,
            """
            select asked.lot_uid, current_lot.lot, current_lot.notice as newest, called_lot.notice as earlier
            from asked
            join current_lot using (lot_uid)
            join known_notice as newest on newest.uid = current_lot.notice
            join called_lot on called_lot.uid = asked.lot_uid and called_lot.stated = newest.stated
            where called_lot.day <= cast(asked.told_at at time zone 'Europe/Brussels' as date)
            qualify row_number() over (
                partition by asked.lot_uid
                order by called_lot.day desc, called_lot.version desc, called_lot.notice desc) = 1
            order by asked.lot_uid
            """,
        )
    rows = [row for row in rows if row["earlier"] != row["newest"]]
    wanted = sorted({row[end] for row in rows for end in ("newest", "earlier")})
    notices = {notice.uid: notice for notice in notices_of(con, wanted)}
    found = {
        row["lot_uid"]: tuple(
            difference
            for difference in compare_notices(notices[row["earlier"]], notices[row["newest"]])
            if difference.concerns(row["lot"])
        )
        for row in rows
    }
    return {lot: differences for lot, differences in found.items() if differences}
