"""Joins the notices that several portals publish of one purchase: finds links, saves them with their evidence, names
the groups.

A notice is compared once, when it is new; links are permanent and groups are computed again from them. The score of two
notices is computed in scoring.py, and which links take effect in clustering.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database.current_lots import forget_lots
from warehouse.database.notice_queries import notices_of
from warehouse.database.schema import fetch_rows, insert_rows, registered, transaction
from warehouse.linkage.blocking_keys import CERTAIN, blocking_keys_of, is_identifier
from warehouse.linkage.clustering import SCORED, Groups, Link, NameEvidence
from warehouse.linkage.procedures import Joined
from warehouse.linkage.scoring import THRESHOLD, Sketch, may_be_compared, score_pair, sketch

BATCH = 500
"""Notices sketched at once."""

LARGEST_GROUP = 200
"""Notices under one blocking key beyond which the key is ignored ("travaux de voirie"); a buyer's number is always
used. A certain key of more than LARGEST_CERTAIN_GROUP procedures is the address of a portal's start page."""

LARGEST_CERTAIN_GROUP = 12

WINDOW = 550
"""Days of publication between a call and what may still be its result."""


def join_procedures(con: duckdb.DuckDBPyConnection, night: date) -> Joined:
    """Compares the notices that no night has compared yet with all others, saves the links found, and computes the
    groups. Repeating it changes nothing.

    `con` is open for writing; `night` is stored with each new link.
    """
    fresh = _save_keys(con)
    with transaction(con):
        certain = _save_links(con, [*_named_links(con), *_keyed_links(con)], night)
        scored = _save_links(con, list(_scored_links(con, fresh)), night)
        merged = group(con)
        marks = [{"notice": uid, "kind": "seen", "key": ""} for uid in fresh]
        insert_rows(con, "identity_key", marks)
    return Joined(len(fresh), certain, scored, merged)


def _chunks(uids: list[str]) -> Iterator[list[str]]:
    return (uids[start : start + BATCH] for start in range(0, len(uids), BATCH))


def _save_keys(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Keys for the notices without any; returns the notices not compared yet."""
    seen = "select notice from identity_key where kind = 'seen'"
    query = f"select uid from notice where uid not in ({seen}) order by uid"  # noqa: S608  our own words
    bare = [row["uid"] for row in fetch_rows(con, query)]
    for uids in _chunks(bare):
        rows = [
            {"notice": notice.uid, "kind": key.kind, "key": key.key}
            for notice in notices_of(con, uids)
            for key in blocking_keys_of(notice)
        ]
        with transaction(con), registered(con, "gone", pa.table({"uid": pa.array(uids, pa.string())})):
            con.execute("delete from identity_key where notice in (select uid from gone)")
            insert_rows(con, "identity_key", rows)
    return bare


def _named_links(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """A notice that names the other as changed or followed; versions of one notice of which one states its
    procedure. A plan that is no call may be followed by many purchases, and joins none."""
    return fetch_rows(
        con,
        """
        select earlier.stated as one, later.stated as two, correction.earlier as one_notice,
            correction.later as two_notice, 'changed-notice' as kind
        from correction
        join known_notice as earlier on earlier.uid = correction.earlier
        join known_notice as later on later.uid = correction.later
        where earlier.stated <> later.stated and (earlier.form <> 'planning' or earlier.is_call)
            and later.form <> 'cont-modif'
        union
        select one.procedure_uid, two.procedure_uid, one.uid, two.uid, 'notice'
        from notice as one
        join notice as two on two.id = one.id and two.uid > one.uid
        where one.procedure_uid <> two.procedure_uid and (one.procedure is null or two.procedure is null)
        """,
    )


def _keyed_links(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Procedures whose documents lie in the same place, each with the first of them."""
    return fetch_rows(
        con,
        """
        with placed as (
            select identity_key.kind, identity_key.key, notice.procedure_uid as stated, min(notice.uid) as notice
            from identity_key
            join notice on notice.uid = identity_key.notice
            where list_contains($1, identity_key.kind)
            group by all
        ),
        ranked as (
            select *, count(*) over place as crowd, first_value(stated) over place as one,
                first_value(notice) over place as one_notice
            from placed
            window place as (
                partition by kind, key order by stated rows between unbounded preceding and unbounded following)
        )
        select one, stated as two, one_notice, notice as two_notice, kind, key
        from ranked where stated <> one and crowd <= $2
        """,
        [list(CERTAIN), LARGEST_CERTAIN_GROUP],
    )


def _save_links(con: duckdb.DuckDBPyConnection, found: list[dict[str, Any]], night: date) -> int:
    """Saves the links not stored yet; returns how many."""
    known = {(r["first"], r["second"], r["kind"]) for r in fetch_rows(con, "select * from same_procedure")}
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for link in found:
        ends = sorted(((link["one"], link["one_notice"]), (link["two"], link["two_notice"])))
        name = (ends[0][0], ends[1][0], str(link["kind"]))
        if name in known or rows.get(name, {"score": -1})["score"] >= link.get("score", 1.0):
            continue
        seen = [{"kind": link["kind"], "points": 0.0, "seen": link["key"]}] if "key" in link else []
        rows[name] = {
            "first": name[0],
            "second": name[1],
            "kind": name[2],
            "score": link.get("score", 1.0),
            "first_notice": ends[0][1],
            "second_notice": ends[1][1],
            "evidence": link.get("evidence", seen),
            "night": night,
        }
    insert_rows(con, "same_procedure", list(rows.values()))
    return len(rows)


def _scored_links(con: duckdb.DuckDBPyConnection, fresh: list[str]) -> Iterator[dict[str, Any]]:
    """Pairs that share a blocking key and score at least THRESHOLD, for notices not compared yet."""
    for uids in _chunks(fresh):
        pairs = _pairs(con, uids)
        sketches = _sketches(con, sorted({uid for pair in pairs for uid in pair}))
        for first, second in pairs:
            ours, theirs = sketches[first], sketches[second]
            if not may_be_compared(ours, theirs):
                continue
            judgement = score_pair(ours, theirs)
            if judgement.score >= THRESHOLD:
                yield {
                    "one": ours.procedure,
                    "two": theirs.procedure,
                    "one_notice": first,
                    "two_notice": second,
                    "kind": SCORED,
                    "score": judgement.score,
                    "evidence": [asdict(found) for found in judgement.evidence],
                }


def _pairs(con: duckdb.DuckDBPyConnection, uids: list[str]) -> list[tuple[str, str]]:
    """Pairs worth comparing: these notices with any other that shares a key, states another procedure (or none) and
    was published within the window."""
    with registered(con, "fresh", pa.table({"uid": pa.array(uids, pa.string())})):
        rows = fetch_rows(
            con,
            """
            with worth as (
                select kind, key from identity_key where kind in ('buyer', 'name', 'codes', 'words')
                group by kind, key having kind in ('buyer', 'name') or count(*) <= $1
            ),
            compared as (
                select notice.uid, notice.procedure_uid, notice.form, notice.source, publication.day,
                    regexp_full_match(coalesce(notice.procedure, ''), '[0-9a-f-]{36}') as is_identified
                from notice
                join publication on publication.notice = notice.uid and publication.source = notice.source
                    and publication.number = notice.number
                where notice.form in ('competition', 'result', 'planning')
            )
            select distinct least(mine.uid, theirs.uid) as one, greatest(mine.uid, theirs.uid) as other
            from fresh
            join compared as mine on mine.uid = fresh.uid
            join identity_key as my_key on my_key.notice = mine.uid
            join worth on worth.kind = my_key.kind and worth.key = my_key.key
            join identity_key as their_key on their_key.kind = my_key.kind and their_key.key = my_key.key
            join compared as theirs on theirs.uid = their_key.notice
            where mine.procedure_uid <> theirs.procedure_uid
                and not (mine.is_identified and theirs.is_identified)
                and (mine.form <> theirs.form or mine.source <> theirs.source)
                and coalesce(abs(mine.day - theirs.day) <= $2, true)
            order by one, other
            """,
            [LARGEST_GROUP, WINDOW],
        )
    return [(row["one"], row["other"]) for row in rows]


def _sketches(con: duckdb.DuckDBPyConnection, uids: list[str]) -> dict[str, Sketch]:
    found: dict[str, Sketch] = {}
    for some in _chunks(uids):
        found |= {notice.uid: sketch(notice) for notice in notices_of(con, some)}
    return found


def group(con: duckdb.DuckDBPyConnection) -> int:
    """Computes which procedures are one from the stored links and the pairs separated by persons; returns how many are
    part of a larger one."""
    links = [Link(**row) for row in fetch_rows(con, "select first, second, kind, score from same_procedure")]
    apart = [(r["first"], r["second"]) for r in fetch_rows(con, "select first, second from not_same_procedure")]
    groups = Groups(_standings(con, links), apart)
    groups.join(links)
    rows = [{"stated": stated, "procedure_uid": name} for stated, name in sorted(groups.named().items())]
    con.execute("delete from merged_procedure")
    forget_lots(con)
    insert_rows(con, "merged_procedure", rows)
    return len(rows)


def _standings(con: duckdb.DuckDBPyConnection, links: Iterable[Link]) -> dict[str, NameEvidence]:
    linked = sorted({end for link in links for end in (link.first, link.second)})
    with registered(con, "linked", pa.table({"stated": pa.array(linked, pa.string())})):
        rows = fetch_rows(
            con,
            """
            select notice.procedure_uid as stated, min(publication.day) as day, max(notice.procedure) as procedure
            from notice
            semi join linked on linked.stated = notice.procedure_uid
            join publication on publication.notice = notice.uid
            group by notice.procedure_uid
            """,
        )
    return {row["stated"]: NameEvidence(row["day"], is_identifier(row["procedure"])) for row in rows}
