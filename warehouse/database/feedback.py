"""Saves and loads members' feedback on lots.

A member may change its mind: every answer is stored, the newest of a member and lot counts. What follows from answers
is matching's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

import duckdb

from warehouse.database.row_mapping import Row, instant_from
from warehouse.database.schema import fetch_rows, insert_rows, transaction
from warehouse.errors import BadFact
from warehouse.model.feedback import Answer, Feedback


def save_feedback(con: duckdb.DuckDBPyConnection, answers: Iterable[Feedback]) -> int:
    """Saves answers not stored yet, all or none of them; returns how many were new."""
    given = {(answer.member, answer.lot_uid, answer.answer, answer.at.astimezone(UTC)): answer for answer in answers}
    with transaction(con):
        rows = fetch_rows(con, "select member, lot_uid, answer, epoch_us(said_at) as said_at from feedback")
        known = {(row["member"], row["lot_uid"], row["answer"], instant_from(row["said_at"])) for row in rows}
        new = [_row(answer) for key, answer in given.items() if key not in known]
        insert_rows(con, "feedback", new)
    return len(new)


def load_feedback(con: duckdb.DuckDBPyConnection, member: str | None = None) -> tuple[Feedback, ...]:
    """What counts today, of one member or of all: the newest answer about each lot, by member and lot, without those
    withdrawn. Lots go by today's names."""
    query = """
        select member, coalesce(other_name.lot_uid, feedback.lot_uid) as lot_uid, answer,
            epoch_us(said_at) as said_at, via, words
        from feedback left join other_name on other_name.name = feedback.lot_uid
        where $1::varchar is null or member = $1
        qualify row_number() over (
            partition by member, coalesce(other_name.lot_uid, feedback.lot_uid) order by said_at desc, answer) = 1
        order by member, lot_uid
        """
    answers = tuple(_feedback_from(row) for row in fetch_rows(con, query, [member]))
    return tuple(answer for answer in answers if answer.answer is not Answer.WITHDRAWN)


def _row(answer: Feedback) -> dict[str, object]:
    return {
        "member": answer.member,
        "lot_uid": answer.lot_uid,
        "answer": answer.answer.value,
        "said_at": answer.at,
        "via": answer.via,
        "words": answer.words,
    }


def _feedback_from(row: Row) -> Feedback:
    at = instant_from(row["said_at"])
    if at is None:
        raise BadFact(f"feedback of {row['member']} on {row['lot_uid']} has no instant; the table does not allow that")
    return Feedback(row["member"], row["lot_uid"], Answer(row["answer"]), at, row["via"], row["words"])
