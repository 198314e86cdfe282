"""Keeps notices: each version once, summaries until their full text comes, every portal that published them.

Keeping twice is keeping once, whatever the order and the batches. Nothing is read back here but what decides that; how
a notice becomes rows is packing.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database.arrow_batches import CHILDREN, TABLES, Head, Packer, Parcel, joined
from warehouse.database.schema import fetch_rows, insert_rows, insert_table, registered, shape_of, transaction
from warehouse.model.night_reports import Kept
from warehouse.model.notices import Notice, Publication, SetAside

BATCH = 1000
"""Notices kept in one transaction: some 10 MB of rows."""

Place = tuple[str, str]  # source and number


@dataclass(slots=True)
class _Batch:
    """What a batch comes to: the notices to write, the rows they replace, where each was published."""

    known: dict[str, bool]  # uid -> is a summary
    places: dict[Place, str]  # where summaries and full notices were published -> uid
    written: dict[str, int] = field(default_factory=dict[str, int])  # uid -> place among the heads
    renamed: dict[str, str] = field(default_factory=dict[str, str])  # a summary's uid -> that of its full notice
    publications: dict[tuple[str, str, str], Publication] = field(
        default_factory=dict[tuple[str, str, str], Publication]
    )
    kept: Kept = field(default_factory=Kept)


def packer(con: duckdb.DuckDBPyConnection) -> Packer:
    """Packs notices in the shapes of these tables."""
    return Packer({table: shape_of(con, table) for table in TABLES})


def keep_notices(con: duckdb.DuckDBPyConnection, notices: Iterable[Notice]) -> Kept:
    """Keeps notices in batches of one transaction each, reading no further ahead than a batch."""
    pack, coming = packer(con).pack, iter(notices)
    return keep_parcels(con, (pack(chunk) for chunk in iter(lambda: list(islice(coming, BATCH)), [])))


def keep_parcels(con: duckdb.DuckDBPyConnection, parcels: Iterable[Parcel]) -> Kept:
    """Keeps what was packed, in batches of one transaction each, in the order given."""
    kept = Kept()
    for parcel in _batches(parcels):
        with transaction(con):
            batch = _sort_out(con, parcel.heads)
            _write(con, batch, parcel)
        kept += batch.kept
    return kept


def _batches(parcels: Iterable[Parcel]) -> Iterator[Parcel]:
    """Small parcels put together until they are worth a transaction."""
    waiting: list[Parcel] = []
    for parcel in parcels:
        waiting.append(parcel)
        if sum(len(one.heads) for one in waiting) >= BATCH:
            yield joined(waiting)
            waiting = []
    if waiting:
        yield joined(waiting)


def _sort_out(con: duckdb.DuckDBPyConnection, heads: tuple[Head, ...]) -> _Batch:
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
    batch = _Batch({row["uid"]: row["is_summary"] for row in rows}, places)
    for at, head in enumerate(heads):
        batch.kept += _decide(batch, head, at)
    return batch


def _decide(batch: _Batch, notice: Head, at: int) -> Kept:
    """New, completed or the same: a summary never replaces anything, a full notice replaces a summary of the same
    version or of the same number at the same portal."""
    place = (notice.publication.source, notice.publication.number)
    twin = batch.places.get(place)
    if notice.is_summary and twin not in {None, notice.uid}:
        return Kept(same=1)  # whoever was published there first is told of already
    completes_other = twin is not None and twin != notice.uid and batch.known[twin] and not notice.is_summary
    completes_self = batch.known.get(notice.uid, False) and not notice.is_summary
    is_new = notice.uid not in batch.known
    if completes_other and twin is not None:
        _rename(batch, twin, notice.uid)
    own = (notice.uid, *place)
    if is_new or completes_self:
        batch.written[notice.uid] = at
        batch.known[notice.uid] = notice.is_summary
        batch.publications[own] = notice.publication
    else:
        batch.publications.setdefault(own, notice.publication)
    if is_new or completes_other or place not in batch.places:
        batch.places[place] = notice.uid
    if completes_self or completes_other:
        return Kept(completed=1)
    return Kept(new=1) if is_new else Kept(same=1)


def _rename(batch: _Batch, summary: str, full: str) -> None:
    # The name may be taken again in the same batch: what was published under it until now goes with it, once.
    batch.renamed.setdefault(summary, full)
    held = list(batch.publications.items())
    batch.publications = {(full if uid == summary else uid, source, at): told for (uid, source, at), told in held}
    batch.written.pop(summary, None)
    del batch.known[summary]
    batch.places = {place: full if uid == summary else uid for place, uid in batch.places.items()}


def _write(con: duckdb.DuckDBPyConnection, batch: _Batch, parcel: Parcel) -> None:
    for old, new in batch.renamed.items():
        con.execute("update publication set notice = ? where notice = ?", [new, old])
    gone = pa.table({"uid": pa.array([*batch.written, *batch.renamed], pa.string())})
    with registered(con, "gone", gone):
        con.execute("delete from notice where uid in (select uid from gone)")
        for table in (*CHILDREN, "identity_key"):
            con.execute(f"delete from {table} where notice in (select uid from gone)")  # noqa: S608  our own tables
    for table, rows in parcel.rows(sorted(batch.written.values())):
        insert_table(con, table, rows)
    _write_publications(con, batch, parcel.heads)


def _write_publications(con: duckdb.DuckDBPyConnection, batch: _Batch, heads: tuple[Head, ...]) -> None:
    rows: list[dict[str, Any]] = []
    for (uid, source, number), publication in batch.publications.items():
        told_by_text = uid in batch.written and heads[batch.written[uid]].publication == publication
        row = {"notice": uid, "source": source, "number": number, "day": publication.day, "url": publication.url}
        rows.append({**row, "told_by_text": told_by_text})
    if not rows:
        return
    shape = con.sql("select *, true as told_by_text from publication limit 0").to_arrow_table().schema
    with registered(con, "incoming", pa.Table.from_pylist(rows, schema=shape)):
        con.execute(
            """
            delete from publication using incoming
            where incoming.told_by_text and publication.notice = incoming.notice
                and publication.source = incoming.source and publication.number = incoming.number
            """
        )
        con.execute(
            """
            insert into publication
            select notice, source, number, day, url
            from incoming anti join publication using (notice, source, number)
            qualify row_number() over (partition by notice, source, number order by told_by_text desc) = 1
            """
        )


def keep_set_aside(con: duckdb.DuckDBPyConnection, items: Iterable[SetAside]) -> int:
    """Keeps what could not be read, once per source, identifier and path with the last reason; returns how many."""
    told = {(item.source, item.identifier, item.path): item for item in items}
    rows = [asdict(item) for item in told.values()]
    if not rows:
        return 0
    wanted = pa.Table.from_pylist(rows)
    with transaction(con), registered(con, "wanted", wanted):
        con.execute(
            """
            delete from set_aside using wanted
            where set_aside.source = wanted.source and set_aside.identifier = wanted.identifier
                and set_aside.path = wanted.path
            """
        )
        insert_rows(con, "set_aside", rows)
    return len(rows)
