"""Keeps notices: each version once, summaries until their full text comes, every portal that published them.

Keeping twice is keeping once, whatever the order and the batches. Nothing is read back here but what decides that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.facts import Notice, Publication, SetAside
from warehouse.nights import Kept
from warehouse.rows import codes, lot_row, money_row, organisation_row, text_rows
from warehouse.schema import fetch_rows, insert_rows, registered, transaction

BATCH = 1000
"""Notices kept in one transaction: some 10 MB of rows."""

_CHILDREN = ("lot", "buyer", "award", "tendering_party", "change")

Place = tuple[str, str]  # source and number


@dataclass(slots=True)
class _Batch:
    """What a batch comes to: the notices to write, the rows they replace, where each was published."""

    known: dict[str, bool]  # uid -> is a summary
    places: dict[Place, str]  # where summaries and full notices were published -> uid
    written: dict[str, Notice] = field(default_factory=dict[str, Notice])
    renamed: dict[str, str] = field(default_factory=dict[str, str])  # a summary's uid -> that of its full notice
    publications: dict[tuple[str, str, str], Publication] = field(
        default_factory=dict[tuple[str, str, str], Publication]
    )
    kept: Kept = field(default_factory=Kept)


def keep_notices(con: duckdb.DuckDBPyConnection, notices: Iterable[Notice]) -> Kept:
    """Keeps notices in batches of one transaction each, reading no further ahead than a batch."""
    kept = Kept()
    coming = iter(notices)
    while chunk := list(islice(coming, BATCH)):
        with transaction(con):
            batch = _sort_out(con, chunk)
            _write(con, batch)
        kept += batch.kept
    return kept


def _sort_out(con: duckdb.DuckDBPyConnection, notices: list[Notice]) -> _Batch:
    wanted = pa.table(
        {
            "uid": pa.array([n.uid for n in notices], pa.string()),
            "source": pa.array([n.publication.source for n in notices], pa.string()),
            "number": pa.array([n.publication.number for n in notices], pa.string()),
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
    for notice in notices:
        batch.kept += _decide(batch, notice)
    return batch


def _decide(batch: _Batch, notice: Notice) -> Kept:
    """New, completed or the same: a summary never replaces anything, a full notice replaces a summary of the same
    version or of the same number at the same portal."""
    place = (notice.publication.source, notice.publication.number)
    twin = batch.places.get(place)
    if notice.is_summary and twin is not None and twin != notice.uid:
        return Kept(same=1)
    completes_other = twin is not None and twin != notice.uid and batch.known[twin] and not notice.is_summary
    completes_self = batch.known.get(notice.uid, False) and not notice.is_summary
    is_new = notice.uid not in batch.known
    if completes_other and twin is not None:
        _rename(batch, twin, notice.uid)
    own = (notice.uid, *place)
    if is_new or completes_self:
        batch.written[notice.uid] = notice
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
    batch.renamed[summary] = full
    batch.written.pop(summary, None)
    del batch.known[summary]
    batch.places = {place: full if uid == summary else uid for place, uid in batch.places.items()}


def _write(con: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
    for old, new in batch.renamed.items():
        con.execute("update publication set notice = ? where notice = ?", [new, old])
    gone = pa.table({"uid": pa.array([*batch.written, *batch.renamed], pa.string())})
    with registered(con, "gone", gone):
        con.execute("delete from notice where uid in (select uid from gone)")
        for table in _CHILDREN:
            con.execute(f"delete from {table} where notice in (select uid from gone)")  # noqa: S608  our own tables
    for table, rows in _rows_of(batch.written.values()).items():
        insert_rows(con, table, rows)
    _write_publications(con, batch)


def _write_publications(con: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
    rows: list[dict[str, Any]] = []
    for (uid, source, number), publication in batch.publications.items():
        final = batch.renamed.get(uid, uid)
        told_by_text = final in batch.written and batch.written[final].publication == publication
        row = {"notice": final, "source": source, "number": number, "day": publication.day, "url": publication.url}
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


def _rows_of(notices: Iterable[Notice]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in ("notice", *_CHILDREN)}
    for notice in notices:
        rows["notice"].append(_notice_row(notice))
        for table, child in _child_rows(notice):
            rows[table].append({"notice": notice.uid, **child})
    return rows


def _notice_row(notice: Notice) -> dict[str, Any]:
    return {
        "uid": notice.uid,
        "id": notice.id,
        "version": notice.version,
        "form": notice.form.value,
        "source": notice.publication.source,
        "number": notice.publication.number,
        "notice_type": notice.notice_type,
        "subtype": notice.subtype,
        "schema": notice.schema,
        "procedure": notice.procedure,
        "procedure_uid": notice.procedure_uid,
        "procedure_type": notice.procedure_type,
        "languages": list(notice.languages),
        "titles": text_rows(notice.titles),
        "descriptions": text_rows(notice.descriptions),
        "nature": notice.nature,
        "cpv": codes(notice.cpv),
        "nuts": codes(notice.nuts),
        "estimate": money_row(notice.estimate),
        "framework_maximum": money_row(notice.framework_maximum),
        "issued_at": notice.issued_at.astimezone(UTC) if notice.issued_at else None,
        "is_summary": notice.is_summary,
    }


def _child_rows(notice: Notice) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, lot in enumerate(notice.lots):
        yield "lot", {"position": at, "uid": notice.lot_uid(lot), **lot_row(lot)}
    for at, buyer in enumerate(notice.buyers):
        told = {"legal_type": buyer.legal_type, "activity": buyer.activity}
        yield "buyer", {"position": at, **told, **organisation_row(buyer.organisation)}
    for at, change in enumerate(notice.changes):
        told = {"changed": change.notice, "reason": change.reason, "lots": list(change.lots)}
        yield "change", {"position": at, **told, "texts": text_rows(change.texts)}
    yield from _award_rows(notice)


def _award_rows(notice: Notice) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, award in enumerate(notice.awards):
        yield (
            "award",
            {
                "position": at,
                "lot": award.lot,
                "outcome": award.outcome,
                "value": money_row(award.value),
                "decided_on": award.decided_on,
                "tenders_received": award.tenders_received,
            },
        )
        for place, party in enumerate(award.winners):
            told = {"award": at, "position": place, "id": party.id, "name": party.name}
            members = [organisation_row(o) for o in party.organisations]
            helpers = [organisation_row(o) for o in party.subcontractors]
            yield "tendering_party", {**told, "organisations": members, "subcontractors": helpers}


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
