"""Keeps and finds what was concluded: verdicts of a night, the members they speak of.

A night's verdicts replace those it had, all or none; what comes back equals what was kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

import duckdb

from warehouse.rows import Row
from warehouse.schema import fetch_rows, insert_rows, transaction
from warehouse.verdicts import (
    Consortium,
    Facet,
    FacetKind,
    Match,
    Reason,
    ReasonKind,
    Refusal,
    RefusalKind,
    Role,
    Verdict,
)

BATCH = 200
"""Verdicts written at once: each may carry a refusal per member."""

_TABLES = ("verdict", "facet", "match", "refusal", "consortium", "role")


def keep_verdicts(con: duckdb.DuckDBPyConnection, night: date, verdicts: Iterable[Verdict]) -> int:
    """Replaces what was concluded in `night`, in one transaction; returns how many lots were judged."""
    coming = enumerate(verdicts)
    judged = 0
    with transaction(con):
        for table in _TABLES:
            con.execute(f"delete from {table} where night = ?", [night])  # noqa: S608  our own tables
        while chunk := list(islice(coming, BATCH)):
            rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
            for at, verdict in chunk:
                for table, row in _rows_of(at, verdict):
                    rows[table].append({"night": night, "lot_uid": verdict.lot_uid, **row})
            for table in _TABLES:
                insert_rows(con, table, rows[table])
            judged += len(chunk)
    return judged


def _rows_of(at: int, verdict: Verdict) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "verdict", {"position": at}
    for place, facet in enumerate(verdict.facets):
        yield "facet", {"position": place, **asdict(facet)}
    for place, match in enumerate(verdict.matches):
        reasons = [asdict(reason) for reason in match.reasons]
        yield "match", {"position": place, "member": match.member, "score": match.score, "reasons": reasons}
    for place, refusal in enumerate(verdict.refusals):
        told = {"member": refusal.member, "kind": refusal.kind, "detail": refusal.detail}
        yield "refusal", {"position": place, **told}
    for place, consortium in enumerate(verdict.consortia):
        yield "consortium", {"position": place, **_consortium_row(consortium)}
        for share, role in enumerate(consortium.roles):
            told = asdict(role)
            yield "role", {"consortium": place, "position": share, "only_by_it": told.pop("only"), **told}


def _consortium_row(consortium: Consortium) -> dict[str, Any]:
    return {
        "rank": consortium.rank,
        "value": consortium.value,
        "coverage": consortium.coverage,
        "uncovered": list(consortium.uncovered),
        "best_alone": consortium.best_alone,
        "best_alone_coverage": consortium.best_alone_coverage,
        "binding": consortium.binding,
        "gap": consortium.gap,
        "flags": list(consortium.flags),
    }


def find_verdicts(con: duckdb.DuckDBPyConnection, night: date) -> tuple[Verdict, ...]:
    """What was concluded in `night`, in the order it was kept; empty when nothing was judged."""
    found = {table: _by_lot(con, table, night) for table in _TABLES[1:]}
    lots = fetch_rows(con, "select lot_uid from verdict where night = ? order by position", [night])
    return tuple(
        _verdict_from(row["lot_uid"], {table: rows.get(row["lot_uid"], []) for table, rows in found.items()})
        for row in lots
    )


def _by_lot(con: duckdb.DuckDBPyConnection, table: str, night: date) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    query = f"select * from {table} where night = ? order by lot_uid, position"  # noqa: S608  our own tables
    for row in fetch_rows(con, query, [night]):
        rows[row["lot_uid"]].append(row)
    return rows


def _verdict_from(lot_uid: str, rows: dict[str, list[Row]]) -> Verdict:
    return Verdict(
        lot_uid=lot_uid,
        facets=tuple(
            Facet(FacetKind(r["kind"]), r["text"], r["weight"], r["language"], r["code"]) for r in rows["facet"]
        ),
        matches=tuple(_match_from(lot_uid, row) for row in rows["match"]),
        refusals=tuple(Refusal(lot_uid, r["member"], RefusalKind(r["kind"]), r["detail"]) for r in rows["refusal"]),
        consortia=tuple(
            _consortium_from(lot_uid, row, [r for r in rows["role"] if r["consortium"] == row["position"]])
            for row in rows["consortium"]
        ),
    )


def _match_from(lot_uid: str, row: Row) -> Match:
    reasons = tuple(Reason(ReasonKind(r["kind"]), r["points"], r["asked"], r["offered"]) for r in row["reasons"])
    return Match(lot_uid, row["member"], row["score"], reasons)


def _consortium_from(lot_uid: str, row: Row, roles: list[Row]) -> Consortium:
    return Consortium(
        lot_uid=lot_uid,
        rank=row["rank"],
        value=row["value"],
        coverage=row["coverage"],
        roles=tuple(_role_from(role) for role in roles),
        uncovered=tuple(row["uncovered"]),
        best_alone=row["best_alone"],
        best_alone_coverage=row["best_alone_coverage"],
        binding=row["binding"],
        gap=row["gap"],
        flags=tuple(row["flags"]),
    )


def _role_from(row: Row) -> Role:
    return Role(
        member=row["member"],
        covers=tuple(row["covers"]),
        only=tuple(row["only_by_it"]),
        indispensable=row["indispensable"],
        shapley=row["shapley"],
        statements=tuple(row["statements"]),
    )
