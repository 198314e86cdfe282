"""Queries about joined procedures, and the one change a person makes to them: taking apart what is not one purchase.
Joining is in linker.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import duckdb

from warehouse.database.schema import fetch_rows, insert_rows, transaction
from warehouse.errors import NotInWarehouse
from warehouse.linkage.linker import group
from warehouse.linkage.procedures import Merge, Procedure
from warehouse.linkage.scoring import Evidence
from warehouse.model.notices import Publication


def load_procedure(con: duckdb.DuckDBPyConnection, name: str) -> Procedure:
    """The purchase of that name, lot, notice or publication number, or the only one that begins with it. Raises
    NotInWarehouse."""
    found = fetch_rows(
        con,
        """
        select distinct known_notice.procedure_uid,
            $1 in (known_notice.procedure_uid, known_notice.stated, publication.number) as is_exact
        from known_notice
        join publication on publication.notice = known_notice.uid
        where starts_with(known_notice.procedure_uid, $1) or starts_with(known_notice.stated, $1)
            or starts_with(known_notice.uid, $1) or publication.number = $1
            or starts_with($1, known_notice.procedure_uid || ':') or starts_with($1, known_notice.stated || ':')
        qualify dense_rank() over (order by is_exact desc) = 1
        order by known_notice.procedure_uid
        """,
        [name],
    )
    if not found:
        raise NotInWarehouse(f"no purchase begins with {name!r}; give a lot, a notice or a publication number")
    if len(found) > 1:
        some = ", ".join(row["procedure_uid"] for row in found[:5])
        raise NotInWarehouse(f"{len(found)} purchases begin with {name!r} ({some}); write more of the one you mean")
    return _procedure(con, found[0]["procedure_uid"])


def _procedure(con: duckdb.DuckDBPyConnection, uid: str) -> Procedure:
    rows = fetch_rows(
        con,
        """
        select known_notice.uid, known_notice.stated, publication.source, publication.number, publication.day,
            publication.url
        from known_notice
        join publication on publication.notice = known_notice.uid
        where known_notice.procedure_uid = ?
        order by publication.day nulls last, known_notice.uid, publication.source, publication.number
        """,
        [uid],
    )
    stated = tuple(dict.fromkeys(row["stated"] for row in rows))
    return Procedure(
        uid=uid,
        stated=stated,
        notices=tuple(dict.fromkeys(row["uid"] for row in rows)),
        publications=tuple(Publication(r["source"], r["number"], r["day"], r["url"]) for r in rows),
        merges=_merges(con, uid),
    )


def _merges(con: duckdb.DuckDBPyConnection, uid: str) -> tuple[Merge, ...]:
    rows = fetch_rows(
        con,
        """
        select same_procedure.*
        from same_procedure
        join merged_procedure as one on one.stated = same_procedure.first
        join merged_procedure as two on two.stated = same_procedure.second
        where one.procedure_uid = $1 and two.procedure_uid = $1
        order by same_procedure.kind = 'score', same_procedure.score desc, same_procedure.first, same_procedure.second,
            same_procedure.kind
        """,
        [uid],
    )
    return tuple(
        Merge(
            first=row["first"],
            second=row["second"],
            kind=row["kind"],
            score=row["score"],
            first_notice=row["first_notice"],
            second_notice=row["second_notice"],
            evidence=tuple(Evidence(**seen) for seen in row["evidence"]),
            night=row["night"],
        )
        for row in rows
    )


def separate(con: duckdb.DuckDBPyConnection, procedure: str, separated_on: date) -> Procedure:
    """Takes a stated procedure out of its purchase and computes the groups again; the links stay, and a row per other
    procedure of the purchase records that they are not the same. Raises NotInWarehouse."""
    rows = fetch_rows(con, "select procedure_uid from merged_procedure where stated = ?", [procedure])
    if not rows:
        raise NotInWarehouse(
            f"{procedure!r} is joined to no other procedure; `pib identity show` names the members of one"
        )
    with transaction(con):
        before = _procedure(con, rows[0]["procedure_uid"])
        members = fetch_rows(
            con,
            "select stated from merged_procedure where procedure_uid = ? and stated <> ? order by stated",
            [before.uid, procedure],
        )
        pairs = (sorted((procedure, row["stated"])) for row in members)
        apart = [{"first": first, "second": second, "said_on": separated_on} for first, second in pairs]
        insert_rows(con, "not_same_procedure", apart)
        group(con)
    return before


def load_separations(con: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str], ...]:
    """The pairs of stated procedures that a person separated."""
    rows = fetch_rows(con, "select first, second from not_same_procedure order by first, second")
    return tuple((row["first"], row["second"]) for row in rows)


def save_separations(con: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, str]], separated_on: date) -> None:
    """Keeps pairs that a person said are not one purchase, those that are not kept yet."""
    known = set(load_separations(con))
    with transaction(con):
        new = [
            {"first": first, "second": second, "said_on": separated_on} for first, second in sorted({*pairs} - known)
        ]
        insert_rows(con, "not_same_procedure", new)


def load_other_names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Today's names of lots by the names they had at one portal or before they were joined."""
    rows = fetch_rows(con, "select name, min(lot_uid) as lot_uid from other_name group by name order by name")
    return {row["name"]: row["lot_uid"] for row in rows}
