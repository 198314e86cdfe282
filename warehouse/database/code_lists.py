"""Stores the official code lists, edition after edition: a code that a newer edition no longer has is retired, never
deleted."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from warehouse.codes.cpv_labels import CpvLabel
from warehouse.database.schema import fetch_rows, insert_rows, transaction
from warehouse.errors import BadFact
from warehouse.model.code_lists import NUTS, Code


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of importing one list: the codes now in force, those of them that are `new`, and those `retired` by this
    edition."""

    list: str
    codes: int
    new: int
    retired: int


_RETIRED = Path(__file__).with_name("retired_codes.csv")


@cache
def shipped_retired() -> tuple[Code, ...]:
    """Codes of editions before any that can be downloaded today, with what took their place: notices of the years
    before have them."""
    with _RETIRED.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return tuple(Code(r["list"], r["code"], is_retired=True, successor=r["successor"] or None) for r in rows)


def save_codes(con: duckdb.DuckDBPyConnection, codes: Iterable[Code], day: date) -> tuple[Imported, ...]:
    """Saves an edition of each list among the codes, all or nothing.

    Raises BadFact for an edition that has lost half of the codes of the one before: such a file is truncated.
    """
    editions: dict[str, dict[str, Code]] = {}
    for code in codes:
        editions.setdefault(code.list, {})[code.code] = code
    for code in shipped_retired():
        if code.list in editions:
            editions[code.list].setdefault(code.code, code)
    with transaction(con):
        return tuple(_replace(con, name, edition, day) for name, edition in sorted(editions.items()))


def _replace(con: duckdb.DuckDBPyConnection, name: str, edition: dict[str, Code], day: date) -> Imported:
    before = {row["code"]: row for row in fetch_rows(con, "select * from code where list = ?", [name])}
    in_force = {code for code, row in before.items() if not row["is_retired"]}
    gone = {code: row for code, row in before.items() if code not in edition}
    # The list of places that eForms publishes has the lowest level only: a region is there while places lie in it.
    regions = {code[:n] for code in edition for n in range(2, len(code))} if name == NUTS else set[str]()
    lost = (in_force & gone.keys()) - regions
    if len(lost) > len(in_force) / 2:
        raise BadFact(
            f"the new edition of {name} has {len(edition)} codes and lacks {len(lost)} of {len(in_force)} in force: "
            "is the file whole? If it is meant so, empty the table `code` of this list first"
        )
    rows = [{**asdict(code), "seen_on": day} for code in edition.values()]
    rows += [{**row, "is_retired": row["is_retired"] or code in lost} for code, row in gone.items()]
    con.execute("delete from code where list = ?", [name])
    insert_rows(con, "code", rows)
    now = {code for code, row in edition.items() if not row.is_retired}
    retired = in_force & {code for code, row in edition.items() if row.is_retired}
    return Imported(name, len(now), len(now - before.keys()), len(lost | retired))


def load_codes(con: duckdb.DuckDBPyConnection, name: str | None = None) -> tuple[Code, ...]:
    """The codes of a list, or of all, retired ones too, by list and code."""
    rows = fetch_rows(
        con, "select * exclude (seen_on) from code where $1 is null or list = $1 order by list, code", [name]
    )
    return tuple(Code(**row) for row in rows)


def load_code_lists_day(con: duckdb.DuckDBPyConnection) -> date | None:
    """The day of the newest edition of any list, None before the first."""
    return fetch_rows(con, "select max(seen_on) as day from code")[0]["day"]


def load_cpv_labels(con: duckdb.DuckDBPyConnection) -> tuple[CpvLabel, ...]:
    """The CPV codes that have a label in every language, by code."""
    rows = fetch_rows(
        con,
        """
        select code, fr, nl, de, en from code
        where list = 'cpv' and regexp_full_match(code, '[0-9]{8}')
            and fr is not null and nl is not null and de is not null and en is not null
        order by code
        """,
    )
    return tuple(CpvLabel.of(**row) for row in rows)
