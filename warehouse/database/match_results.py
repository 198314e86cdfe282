"""Saves and loads the match results of a night.

The results of a night replace those it had, all or none; what is loaded equals what was saved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

import duckdb

from warehouse.database.row_mapping import Row
from warehouse.database.schema import fetch_rows, insert_columns, insert_rows, transaction
from warehouse.model.match_results import (
    Consortium,
    Facet,
    FacetKind,
    GroupReason,
    GroupReasonKind,
    Held,
    Joint,
    Match,
    MatchResult,
    PastGroup,
    Reason,
    ReasonKind,
    Refusal,
    RefusalKind,
    Remarks,
    Role,
)

BATCH = 500
"""Match results written at once: each may hold a refusal per member."""

_TABLES = (
    "verdict",
    "facet",
    "match",
    "refusal",
    "consortium",
    "role",
    "consortium_remark",
    "no_consortium",
    "past_group",
    "group_reason",
    "partner_only",
)
_BY_ROWS = tuple(table for table in _TABLES if table not in {"facet", "refusal"})
"""The others have most rows, and are written column by column."""


def save_match_results(
    con: duckdb.DuckDBPyConnection, night: date, match_results: Iterable[MatchResult], basis: str | None = None
) -> int:
    """Replaces the match results of `night`, in one transaction; returns how many lots were matched.

    `con` is open for writing; `match_results` holds one value per lot; `basis` is a digest of everything the results
    depend on, None where that is not known.
    """
    coming = enumerate(match_results)
    saved = 0
    with transaction(con):
        for table in (*_TABLES, "verdict_basis"):
            con.execute(f"delete from {table} where night = ?", [night])  # noqa: S608  our own tables
        while chunk := list(islice(coming, BATCH)):
            rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _BY_ROWS}
            for at, match_result in chunk:
                for table, row in _rows_of(at, match_result):
                    rows[table].append({"night": night, "lot_uid": match_result.lot_uid, **row})
            for table in _BY_ROWS:
                insert_rows(con, table, rows[table])
            chunk_results = [match_result for _, match_result in chunk]
            insert_columns(con, "facet", {"night": night, **_facets(chunk_results)})
            insert_columns(con, "refusal", {"night": night, **_refusals(chunk_results)})
            saved += len(chunk)
        if basis is not None:
            con.execute("insert into verdict_basis values (?, ?)", [night, basis])
    return saved


def load_input_fingerprint(con: duckdb.DuckDBPyConnection, night: date) -> str | None:
    """Digest of what the match results of `night` depend on, None where none are stored or it is not known."""
    found = fetch_rows(con, "select digest from verdict_basis where night = ?", [night])
    return str(found[0]["digest"]) if found else None


def _rows_of(at: int, match_result: MatchResult) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "verdict", {"position": at}
    for place, match in enumerate(match_result.matches):
        reasons = [_shallow(reason) for reason in match.reasons]
        yield "match", {"position": place, "member": match.member, "score": match.score, "reasons": reasons}
    if match_result.no_consortium:
        yield "no_consortium", {"reason": match_result.no_consortium}
    for place, group in enumerate(match_result.past_groups):
        yield "past_group", {"position": place, **asdict(group)}
    for place, consortium in enumerate(match_result.consortia):
        yield "consortium_remark", {"consortium": place, **asdict(consortium.remarks)}
        yield "consortium", {"position": place, **_consortium_row(consortium)}
        for share, role in enumerate(consortium.roles):
            role_columns = asdict(role)
            yield (
                "role",
                {"consortium": place, "position": share, "only_by_it": role_columns.pop("only"), **role_columns},
            )
        for at_reason, reason in enumerate(consortium.reasons):
            yield "group_reason", {"consortium": place, "position": at_reason, **asdict(reason)}
        for at_member, member in enumerate(consortium.partner_only):
            yield "partner_only", {"consortium": place, "position": at_member, "member": member}


def _shallow(value: Reason) -> dict[str, Any]:
    """What asdict returns for a value that contains no other dataclass, in a tenth of the time: there are some fifty a
    lot."""
    return {name: getattr(value, name) for name in value.__slots__}


def _facets(match_results: Sequence[MatchResult]) -> dict[str, list[Any]]:
    rows = [
        (match_result.lot_uid, at, facet)
        for match_result in match_results
        for at, facet in enumerate(match_result.facets)
    ]
    return {
        "lot_uid": [lot for lot, _, _ in rows],
        "position": [at for _, at, _ in rows],
        **{name: [getattr(facet, name) for _, _, facet in rows] for name in Facet.__slots__},
    }


def _refusals(match_results: Sequence[MatchResult]) -> dict[str, list[Any]]:
    refusals = [refusal for match_result in match_results for refusal in match_result.refusals]
    return {
        "position": [at for match_result in match_results for at in range(len(match_result.refusals))],
        **{name: [getattr(refusal, name) for refusal in refusals] for name in Refusal.__slots__},
    }


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


def load_match_results(con: duckdb.DuckDBPyConnection, night: date) -> tuple[MatchResult, ...]:
    """The match results of `night`, in the order they were saved; empty when no lot was matched."""
    found = {table: _by_lot(con, table, night) for table in _TABLES[1:]}
    lots = fetch_rows(con, "select lot_uid from verdict where night = ? order by position", [night])
    return tuple(
        _match_result_from(row["lot_uid"], {table: rows.get(row["lot_uid"], []) for table, rows in found.items()})
        for row in lots
    )


def _by_lot(con: duckdb.DuckDBPyConnection, table: str, night: date) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    order = {"consortium_remark": "lot_uid, consortium", "no_consortium": "lot_uid"}.get(table, "lot_uid, position")
    query = f"select * from {table} where night = ? order by {order}"  # noqa: S608  our own tables
    for row in fetch_rows(con, query, [night]):
        rows[row["lot_uid"]].append(row)
    return rows


def _match_result_from(lot_uid: str, rows: dict[str, list[Row]]) -> MatchResult:
    return MatchResult(
        lot_uid=lot_uid,
        facets=tuple(
            Facet(FacetKind(r["kind"]), r["text"], r["weight"], r["language"], r["code"], r["need"])
            for r in rows["facet"]
        ),
        matches=tuple(_match_from(lot_uid, row) for row in rows["match"]),
        refusals=tuple(Refusal(lot_uid, r["member"], RefusalKind(r["kind"]), r["detail"]) for r in rows["refusal"]),
        consortia=tuple(
            _consortium_from(lot_uid, row, _rows_beside(rows, row["position"]), remark)
            for row, remark in zip(rows["consortium"], _remarks_of(rows), strict=True)
        ),
        no_consortium=next((row["reason"] for row in rows["no_consortium"]), None),
        past_groups=tuple(_past_group_from(row) for row in rows["past_group"]),
    )


def _past_group_from(row: Row) -> PastGroup:
    return PastGroup(
        members=tuple(row["members"]),
        similarity=row["similarity"],
        notice=row["notice"],
        lot=row["lot"],
        title=row["title"],
        purchases=row["purchases"],
        others=row["others"],
        is_same_buyer=row["is_same_buyer"],
        partner_only=tuple(row["partner_only"]),
    )


def _match_from(lot_uid: str, row: Row) -> Match:
    reasons = tuple(Reason(ReasonKind(r["kind"]), r["points"], r["asked"], r["offered"]) for r in row["reasons"])
    return Match(lot_uid, row["member"], row["score"], reasons)


def _remarks_of(rows: dict[str, list[Row]]) -> Iterator[Remarks]:
    """The remarks of each consortium of a lot; none for results saved before remarks existed."""
    kept = {row["consortium"]: row for row in rows["consortium_remark"]}
    for consortium in rows["consortium"]:
        row = kept.get(consortium["position"])
        yield _remarks_from(row) if row else Remarks()


def _remarks_from(row: Row) -> Remarks:
    names = ("alone_lacks", "unverified", "silent_turnover", "stages", "countries", "lots")
    return Remarks(
        bound_by=row["bound_by"],
        bound_gain=row["bound_gain"],
        holds=tuple(Held(item["member"], item["condition"]) for item in row["holds"]),
        joint=tuple(
            Joint((item["members"][0], item["members"][1]), item["notice"], item["lot"]) for item in row["joint"]
        ),
        **{name: tuple(row[name]) for name in names},
    )


def _rows_beside(rows: dict[str, list[Row]], consortium: int) -> dict[str, list[Row]]:
    """The roles, reasons and partners of one consortium only."""
    tables = ("role", "group_reason", "partner_only")
    return {table: [row for row in rows[table] if row["consortium"] == consortium] for table in tables}


def _consortium_from(lot_uid: str, row: Row, beside: dict[str, list[Row]], remarks: Remarks) -> Consortium:
    return Consortium(
        lot_uid=lot_uid,
        rank=row["rank"],
        value=row["value"],
        coverage=row["coverage"],
        roles=tuple(_role_from(role) for role in beside["role"]),
        uncovered=tuple(row["uncovered"]),
        best_alone=row["best_alone"],
        best_alone_coverage=row["best_alone_coverage"],
        binding=row["binding"],
        gap=row["gap"],
        flags=tuple(row["flags"]),
        remarks=remarks,
        reasons=tuple(_group_reason_from(reason) for reason in beside["group_reason"]),
        partner_only=tuple(partner["member"] for partner in beside["partner_only"]),
    )


def _group_reason_from(row: Row) -> GroupReason:
    brings = tuple(Held(item["member"], item["condition"]) for item in row["brings"])
    return GroupReason(GroupReasonKind(row["kind"]), row["asked"], brings, row["code"])


def _role_from(row: Row) -> Role:
    return Role(
        member=row["member"],
        covers=tuple(row["covers"]),
        only=tuple(row["only_by_it"]),
        indispensable=row["indispensable"],
        shapley=row["shapley"],
        statements=tuple(row["statements"]),
    )
