"""Saves and loads the members of the cluster: all replaced together, in the operator's order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import duckdb

from warehouse.codes.classifications import Nuts
from warehouse.database.row_mapping import Row, codes, cpv_from, money_from, money_row, nuts_from
from warehouse.database.schema import fetch_rows, insert_rows, transaction
from warehouse.model.members import Channel, Competence, Frequency, Member, Preferences, Weekday


def save_members(con: duckdb.DuckDBPyConnection, members: Iterable[Member]) -> int:
    """Replaces all members by these, or none of them; returns how many there are now."""
    kept = list(members)
    rows = [_member_row(at, member) for at, member in enumerate(kept)]
    with transaction(con):
        con.execute("delete from member")
        con.execute("delete from wish")
        insert_rows(con, "member", rows)
        insert_rows(con, "wish", [_wish_row(member) for member in kept])
    return len(rows)


def erase_member(con: duckdb.DuckDBPyConnection, member: str) -> None:
    """Deletes a member, its wishes and its feedback."""
    with transaction(con):
        con.execute("delete from member where id = ?", [member])
        con.execute("delete from wish where member = ?", [member])
        con.execute("delete from feedback where member = ?", [member])


def load_members(con: duckdb.DuckDBPyConnection) -> tuple[Member, ...]:
    """The members, in the order they were saved."""
    wishes = {row["member"]: row for row in _load_wishes(con)}
    rows = fetch_rows(con, "select * from member order by position")
    return tuple(_member_from(row, wishes.get(row["id"])) for row in rows)


def _load_wishes(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Preferences by member; none in a file last written before preferences had a table, which is made at the first
    writing."""
    known = fetch_rows(con, "select 1 as known from duckdb_tables() where table_name = 'wish' and not internal")
    return fetch_rows(con, "select * from wish") if known else []


def _member_row(at: int, member: Member) -> dict[str, Any]:
    return {
        "position": at,
        "id": member.id,
        "company_number": member.company_number,
        "name": member.name,
        "email": member.email,
        "languages": list(member.languages),
        "nuts": member.nuts.code,
        "headcount": member.headcount,
        "turnover": money_row(member.turnover),
        "certificates": list(member.certificates),
        "grappes": list(member.grappes),
        "competences": [_competence_row(competence) for competence in member.competences],
        "reach": codes(member.reach),
        "conflicts": list(member.conflicts),
        "frequency": member.preferences.frequency.value,
        "threshold": member.preferences.threshold,
        "maximum": member.preferences.maximum,
        "wanted_grappes": list(member.preferences.grappes),
    }


def _wish_row(member: Member) -> dict[str, Any]:
    wished = member.preferences
    return {
        "member": member.id,
        "channel": wished.channel.value,
        "quiet_days": [day.value for day in wished.quiet_days],
        "heartbeat": wished.heartbeat,
    }


def _competence_row(competence: Competence) -> dict[str, Any]:
    return {
        "text": competence.text,
        "language": competence.language,
        "cpv": codes(competence.cpv),
        "stages": list(competence.stages),
    }


def _member_from(row: Row, wish: Row | None) -> Member:
    return Member(
        id=row["id"],
        company_number=row["company_number"],
        name=row["name"],
        email=row["email"],
        languages=tuple(row["languages"]),
        nuts=Nuts(row["nuts"]),
        headcount=row["headcount"],
        turnover=money_from(row["turnover"]),
        certificates=tuple(row["certificates"]),
        grappes=tuple(row["grappes"]),
        competences=tuple(
            Competence(c["text"], c["language"], cpv_from(c["cpv"]), tuple(c["stages"])) for c in row["competences"]
        ),
        reach=nuts_from(row["reach"]),
        conflicts=tuple(row["conflicts"]),
        preferences=_preferences_from(row, wish),
    )


def _preferences_from(row: Row, wish: Row | None) -> Preferences:
    chosen = Preferences(Frequency(row["frequency"]), row["threshold"], row["maximum"], tuple(row["wanted_grappes"]))
    if wish is None:
        return chosen
    return replace(
        chosen,
        channel=Channel(wish["channel"]),
        quiet_days=tuple(map(Weekday, wish["quiet_days"])),
        heartbeat=wish["heartbeat"],
    )
