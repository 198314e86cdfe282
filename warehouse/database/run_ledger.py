"""Records of the runs: the moment of the night, crawls and watermarks, failed data checks, counts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

import duckdb

from warehouse.database.parts import StorePart
from warehouse.database.row_mapping import instant_from
from warehouse.database.schema import data_checks, fetch_rows, has_facts_attached, insert_rows, part_of, transaction
from warehouse.model.night_reports import Backfilled, Counts, Crawl, FailedCheck, SourceCounts

SAMPLE = 5
"""Rows shown of a failed data check."""


def set_as_of(con: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """Replaces the one row of night. A cluster looks at the facts at their moment; at another (an older night) for as
    long as the connection is open."""
    if has_facts_attached(con):
        for table in ("night", "current_lot", "current_lot_at"):
            con.execute(f"drop table if exists temp.main.{table}")
        if load_as_of(con) != moment:
            con.execute("create temp table night as select $1::timestamptz as as_of", [moment])
        return
    with transaction(con):
        con.execute("delete from night")
        insert_rows(con, "night", [{"as_of": moment}])


def load_as_of(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """The moment set last."""
    rows = fetch_rows(con, "select epoch_us(as_of) as as_of from night")
    return instant_from(rows[0]["as_of"]) if rows else None


def save_crawl(con: duckdb.DuckDBPyConnection, crawl: Crawl) -> None:
    """Replaces the row of this source and night by that of its last attempt."""
    with transaction(con):
        con.execute("delete from crawl where source = ? and night = ?", [crawl.source, crawl.night])
        insert_rows(con, "crawl", [{**asdict(crawl), "watermark": crawl.watermark}])


def load_crawls(con: duckdb.DuckDBPyConnection, night: date) -> tuple[Crawl, ...]:
    """The crawls of a night, by source."""
    rows = fetch_rows(con, "select * exclude (watermark) from crawl where night = ? order by source", [night])
    return tuple(Crawl(**row) for row in rows)


def load_crawls_since(con: duckdb.DuckDBPyConnection, night: date) -> tuple[Crawl, ...]:
    """The crawls of a night and those after it, by night and source."""
    rows = fetch_rows(con, "select * exclude (watermark) from crawl where night >= ? order by night, source", [night])
    return tuple(Crawl(**row) for row in rows)


def load_last_night(con: duckdb.DuckDBPyConnection) -> date | None:
    """The newest night whose notices were read."""
    return fetch_rows(con, "select max(night) as night from crawl")[0]["night"]


def load_watermark(con: duckdb.DuckDBPyConnection, source: str) -> date | None:
    """The highest watermark of a source."""
    return fetch_rows(con, "select max(watermark) as day from crawl where source = ?", [source])[0]["day"]


def save_backfilled(con: duckdb.DuckDBPyConnection, backfilled: Backfilled) -> None:
    """Replaces the row of this source and stretch."""
    stretch = [backfilled.source, backfilled.window_from, backfilled.window_to]
    with transaction(con):
        con.execute("delete from backfill where source = ? and window_from = ? and window_to = ?", stretch)
        insert_rows(con, "backfill", [asdict(backfilled)])


def load_backfilled(con: duckdb.DuckDBPyConnection, source: str) -> tuple[Backfilled, ...]:
    """The stretches of the past that were read from a source, oldest first."""
    rows = fetch_rows(con, "select * from backfill where source = ? order by window_from, window_to", [source])
    return tuple(Backfilled(**row) for row in rows)


def load_failed_checks(con: duckdb.DuckDBPyConnection, *, is_own_only: bool = False) -> tuple[FailedCheck, ...]:
    """Runs every data check whose tables can be read, or those of the connection's own file; the rows a check returns
    are violations."""
    part = part_of(con)
    broken: list[FailedCheck] = []
    for data_check in data_checks(part if is_own_only or part is StorePart.FACTS else StorePart.WHOLE):
        rows = fetch_rows(con, data_check.read_text(encoding="utf-8"))
        if rows:
            sample = tuple(", ".join(f"{name}={value}" for name, value in row.items()) for row in rows[:SAMPLE])
            broken.append(FailedCheck(data_check.stem, len(rows), sample))
    return tuple(broken)


def counts(con: duckdb.DuckDBPyConnection, night: date) -> Counts:
    """What is stored, and the results of one night; a file of facts alone has neither members nor results."""
    row = fetch_rows(
        con,
        """
        select
            (select count(*) from notice) as notices,
            (select count(*) from notice where is_summary) as summaries,
            (select count(distinct uid) from lot) as lots,
            (select count(*) from current_lot where closed is null) as open_lots,
            (select count(*) from award) as awards,
            (select count(*) from vector) as vectors
        """,
    )[0]
    results = _NO_RESULTS if part_of(con) is StorePart.FACTS else fetch_rows(con, _RESULTS, [night])[0]
    return Counts(as_of=load_as_of(con), **row, **results, sources=_source_counts(con))


_RESULTS = """
    select (select count(*) from member) as members, count(*) as judged,
        coalesce(sum(len(matches)), 0)::bigint as matches, coalesce(sum(len(refusals)), 0)::bigint as refusals,
        coalesce(sum(len(consortia)), 0)::bigint as consortia
    from matched_lot join match_result using (digest) where night = $1
"""
_NO_RESULTS = dict.fromkeys(("members", "judged", "matches", "refusals", "consortia"), 0)


def _source_counts(con: duckdb.DuckDBPyConnection) -> tuple[SourceCounts, ...]:
    rows = fetch_rows(
        con,
        """
        with published as (
            select publication.source, count(*) as publications, count(*) filter (notice.is_summary) as summaries
            from publication join notice on notice.uid = publication.notice
            group by publication.source
        ),
        aside as (
            select source, count(*) as set_aside from set_aside group by source
        )
        select source, coalesce(publications, 0) as publications, coalesce(summaries, 0) as summaries,
            coalesce(set_aside, 0) as set_aside
        from published full join aside using (source)
        order by source
        """,
    )
    return tuple(SourceCounts(**row) for row in rows)
