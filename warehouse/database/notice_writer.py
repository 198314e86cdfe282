"""Writes notices: each version once, summaries until their full text comes, and every portal that published them.

Writing is idempotent, whatever the order and the batches. How a notice becomes rows is defined in arrow_batches.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database.arrow_batches import CHILDREN, TABLES, BatchBuilder, Head, RecordBatch, concatenate
from warehouse.database.current_lots import forget_lots
from warehouse.database.schema import fetch_rows, insert_rows, insert_table, registered, shape_of, transaction
from warehouse.model.night_reports import Kept
from warehouse.model.notices import Notice, Publication, SetAside

BATCH = 1000
"""Notices written in one transaction: some 10 MB of rows."""

Place = tuple[str, str]  # source and number


@dataclass(slots=True)
class _WritePlan:
    """What a batch changes: the notices to write, the rows they replace, where each was published."""

    known: dict[str, bool]  # uid -> is a summary
    places: dict[Place, str]  # where summaries and full notices were published -> uid
    written: dict[str, int] = field(default_factory=dict[str, int])  # uid -> index among the heads
    renamed: dict[str, str] = field(default_factory=dict[str, str])  # uid of a summary -> uid of its full notice
    publications: dict[tuple[str, str, str], Publication] = field(
        default_factory=dict[tuple[str, str, str], Publication]
    )
    kept: Kept = field(default_factory=Kept)


def batch_builder(con: duckdb.DuckDBPyConnection) -> BatchBuilder:
    """A builder of record batches with the columns of these tables."""
    return BatchBuilder({table: shape_of(con, table) for table in TABLES})


def save_notices(con: duckdb.DuckDBPyConnection, notices: Iterable[Notice]) -> Kept:
    """Writes notices in transactions of BATCH notices, reading no further ahead than one batch."""
    build, remaining = batch_builder(con).build, iter(notices)
    return save_batches(con, (build(chunk) for chunk in iter(lambda: list(islice(remaining, BATCH)), [])))


def save_batches(con: duckdb.DuckDBPyConnection, batches: Iterable[RecordBatch]) -> Kept:
    """Writes record batches in the order given, at least BATCH notices to a transaction."""
    kept = Kept()
    for batch in _merge_small(batches):
        with transaction(con):
            plan = _plan(con, batch.heads)
            _write(con, plan, batch)
            forget_lots(con)
        kept += plan.kept
    return kept


def _merge_small(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    """Concatenates small batches until they hold BATCH notices."""
    pending: list[RecordBatch] = []
    for batch in batches:
        pending.append(batch)
        if sum(len(small.heads) for small in pending) >= BATCH:
            yield concatenate(pending)
            pending = []
    if pending:
        yield concatenate(pending)


def _plan(con: duckdb.DuckDBPyConnection, heads: tuple[Head, ...]) -> _WritePlan:
    wanted = pa.table(
        {
            "uid": pa.array([head.uid for head in heads], pa.string()),
            "source": pa.array([head.publication.source for head in heads], pa.string()),
            "number": pa.array([head.publication.number for head in heads], pa.string()),
        }
    )
    with registered(con, "wanted", wanted):
        rows = fetch_rows(
            con,
            """
            with touched as (
                select notice.uid from notice semi join wanted using (uid)
                union
                select publication.notice from publication semi join wanted using (source, number)
            )
            select publication.source, publication.number, notice.uid, notice.is_summary
            from touched
            join notice using (uid)
            join publication on publication.notice = notice.uid
            order by notice.is_summary, notice.uid
            """,
        )
    places: dict[Place, str] = {}
    for row in rows:
        places.setdefault((row["source"], row["number"]), row["uid"])
    plan = _WritePlan({row["uid"]: row["is_summary"] for row in rows}, places)
    for at, head in enumerate(heads):
        plan.kept += _decide(plan, head, at)
    return plan


def _decide(plan: _WritePlan, notice: Head, at: int) -> Kept:
    """Whether the notice is new, completes a summary or is the same as before.

    A summary never replaces anything, a full notice replaces a summary of the same
    version or of the same number at the same portal."""
    place = (notice.publication.source, notice.publication.number)
    twin = plan.places.get(place)
    if notice.is_summary and twin not in {None, notice.uid}:
        return Kept(same=1)  # this number is already known from its first publication
    completes_other = twin is not None and twin != notice.uid and plan.known[twin] and not notice.is_summary
    completes_self = plan.known.get(notice.uid, False) and not notice.is_summary
    is_new = notice.uid not in plan.known
    if completes_other and twin is not None:
        _rename(plan, twin, notice.uid)
    own = (notice.uid, *place)
    if is_new or completes_self:
        plan.written[notice.uid] = at
        plan.known[notice.uid] = notice.is_summary
        plan.publications[own] = notice.publication
    else:
        plan.publications.setdefault(own, notice.publication)
    if is_new or completes_other or place not in plan.places:
        plan.places[place] = notice.uid
    if completes_self or completes_other:
        return Kept(completed=1)
    return Kept(new=1) if is_new else Kept(same=1)


def _rename(plan: _WritePlan, summary: str, full: str) -> None:
    # A later notice of the same batch may reuse the uid: the publications so far move to the full notice, once.
    plan.renamed.setdefault(summary, full)
    publications = list(plan.publications.items())
    plan.publications = {
        (full if uid == summary else uid, source, number): publication
        for (uid, source, number), publication in publications
    }
    plan.written.pop(summary, None)
    del plan.known[summary]
    plan.places = {place: full if uid == summary else uid for place, uid in plan.places.items()}


def _write(con: duckdb.DuckDBPyConnection, plan: _WritePlan, batch: RecordBatch) -> None:
    for old, new in plan.renamed.items():
        con.execute("update publication set notice = ? where notice = ?", [new, old])
    gone = pa.table({"uid": pa.array([*plan.written, *plan.renamed], pa.string())})
    with registered(con, "gone", gone):
        con.execute("delete from notice where uid in (select uid from gone)")
        for table in (*CHILDREN, "identity_key"):
            con.execute(f"delete from {table} where notice in (select uid from gone)")  # noqa: S608  our own tables
    for table, rows in batch.rows(sorted(plan.written.values())):
        insert_table(con, table, rows)
    _write_publications(con, plan, batch.heads)


def _write_publications(con: duckdb.DuckDBPyConnection, plan: _WritePlan, heads: tuple[Head, ...]) -> None:
    rows: list[dict[str, Any]] = []
    for (uid, source, number), publication in plan.publications.items():
        states_publication = uid in plan.written and heads[plan.written[uid]].publication == publication
        row = {"notice": uid, "source": source, "number": number, "day": publication.day, "url": publication.url}
        rows.append({**row, "from_written_notice": states_publication})
    if not rows:
        return
    shape = con.sql("select *, true as from_written_notice from publication limit 0").to_arrow_table().schema
    with registered(con, "incoming", pa.Table.from_pylist(rows, schema=shape)):
        con.execute(
            """
            delete from publication using incoming
            where incoming.from_written_notice and publication.notice = incoming.notice
                and publication.source = incoming.source and publication.number = incoming.number
            """
        )
        con.execute(
            """
            insert into publication
            select notice, source, number, day, url
            from incoming anti join publication using (notice, source, number)
            qualify row_number() over (partition by notice, source, number order by from_written_notice desc) = 1
            """
        )


def save_set_aside(con: duckdb.DuckDBPyConnection, items: Iterable[SetAside]) -> int:
    """Writes what could not be read, once per source, identifier and path, with the last reason. Returns the number
    of distinct items."""
    unique = {(item.source, item.identifier, item.path): item for item in items}
    rows = [asdict(item) for item in unique.values()]
    with transaction(con):
        _delete_set_aside(con, rows)
        insert_rows(con, "set_aside", rows)
    return len(rows)


def delete_set_aside(con: duckdb.DuckDBPyConnection, items: Iterable[SetAside]) -> None:
    """Deletes rows, by source, identifier and path."""
    with transaction(con):
        _delete_set_aside(con, [asdict(item) for item in items])


def _delete_set_aside(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with registered(con, "wanted", pa.Table.from_pylist(rows)):
        con.execute(
            """
            delete from set_aside using wanted
            where set_aside.source = wanted.source and set_aside.identifier = wanted.identifier
                and set_aside.path = wanted.path
            """
        )
