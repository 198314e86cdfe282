"""Saves and loads match results: once for all nights in which everything they depend on is the same.

A night is a list of lots with the digest of each one's inputs; a result is stored under that digest. What is loaded
equals what was saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.database.schema import fetch_rows, insert_columns, insert_table, registered, shape_of, transaction
from warehouse.errors import BadFact
from warehouse.model.match_results import MatchResult, Refusal
from warehouse.results.plain_values import from_plain, to_plain

BATCH = 500
"""Match results written at once: each may hold a refusal per member."""

_TABLES = ("matched_lot", "match_result")

UNUSED = "delete from match_result where digest not in (select digest from matched_lot)"


def save_match_results(
    con: duckdb.DuckDBPyConnection,
    night: date,
    match_results: Iterable[MatchResult],
    digests: Mapping[str, str] | None = None,
) -> int:
    """Replaces the match results of `night`, in one transaction; returns how many lots it has.

    Args:
        con: open for writing.
        night: the date of the night.
        match_results: one value per lot; of lots whose digest is stored already, none is needed.
        digests: the inputs' digest of each lot of the night by lot, in their order; None where the inputs are not
            known: the lots are then those of `match_results`, and no other night uses their results.

    Raises BadFact when a lot has neither a stored result nor one in `match_results`.
    """
    coming, found = iter(match_results), {} if digests is None else dict(digests)
    with transaction(con):
        con.execute("delete from matched_lot where night = ?", [night])
        while chunk := list(islice(coming, BATCH)):
            if digests is None:
                found |= {result.lot_uid: hashlib.sha256(repr(result).encode()).hexdigest() for result in chunk}
            _insert(con, [(found[result.lot_uid], result) for result in chunk])
        lots = {"position": list(range(len(found))), "lot_uid": list(found), "digest": list(found.values())}
        if found:
            insert_columns(con, "matched_lot", {"night": night, **lots})
        con.execute(UNUSED)
        lacking = fetch_rows(con, "select lot_uid from matched_lot anti join match_result using (digest) limit 1")
        if lacking:
            raise BadFact(f"lot {lacking[0]['lot_uid']} has no match result; match it, or leave it out")
    return len(found)


def _insert(con: duckdb.DuckDBPyConnection, results: Sequence[tuple[str, MatchResult]]) -> None:
    """Adds results by digest, those that are not stored yet."""
    known = load_stored_digests(con, [digest for digest, _ in results])
    new = {digest: result for digest, result in results if digest not in known}
    shape = shape_of(con, "match_result")
    names = [name for name in shape.names if name not in {"digest", "refusals"}]
    columns: dict[str, Any] = {
        "digest": pa.array(list(new), pa.string()),
        "refusals": _refusals(list(new.values())).cast(shape.field("refusals").type),
    }
    for name in names:
        columns[name] = pa.array([to_plain(getattr(result, name)) for result in new.values()], shape.field(name).type)
    if new:
        insert_table(con, "match_result", pa.table([columns[name] for name in shape.names], names=shape.names))


def _refusals(results: Sequence[MatchResult]) -> Any:
    """The refusals of each result as one Arrow list array, column by column: most results refuse most members, and row
    by row takes more than twice the time."""
    refusals = [refusal for result in results for refusal in result.refusals]
    names = [name for name in Refusal.__slots__ if name != "lot_uid"]
    columns = [pa.array([getattr(refusal, name) for refusal in refusals], pa.string()) for name in names]
    offsets = [0]
    for result in results:
        offsets.append(offsets[-1] + len(result.refusals))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.StructArray.from_arrays(columns, names))


def load_stored_digests(con: duckdb.DuckDBPyConnection, digests: Iterable[str]) -> frozenset[str]:
    """Those of the digests whose results are stored."""
    with registered(con, "wanted", pa.table({"digest": pa.array(list(digests), pa.string())})):
        rows = fetch_rows(con, "select digest from match_result semi join wanted using (digest)")
    return frozenset(row["digest"] for row in rows)


def load_match_results(
    con: duckdb.DuckDBPyConnection, night: date, *, without_refusals: bool = False
) -> tuple[MatchResult, ...]:
    """The match results of `night`, in the order of its lots; empty when no lot was matched. `without_refusals` leaves
    out the refusals, of which there are as many as lots times members."""
    lots, results = _TABLES
    if without_refusals:
        results = f"(select * replace ([] as refusals) from {results})"  # noqa: S608  our own table
    return load_from(con, (lots, results), "night = ?", [night])


def load_match_result(con: duckdb.DuckDBPyConnection, night: date, lot_uid: str) -> MatchResult | None:
    """The match result of one lot in `night`, None when it was not matched then."""
    return next(iter(load_from(con, _TABLES, "night = ? and lot_uid = ?", [night, lot_uid])), None)


def load_from(
    con: duckdb.DuckDBPyConnection, tables: tuple[str, str], condition: str, values: Sequence[Any]
) -> tuple[MatchResult, ...]:
    """The match results for which a `condition` with its `values` holds, in the order of the lots; `tables` are
    matched_lot and match_result, or files like them, that `con` can read."""
    query = f"""
        select lot_uid, results.* exclude (digest) from {tables[0]} as lots join {tables[1]} as results using (digest)
        where {condition} order by position
        """  # noqa: S608  our own conditions
    return tuple(from_plain(MatchResult, row, row["lot_uid"]) for row in fetch_rows(con, query, values))
