"""What members say of lots: the values, and how they are kept and found.

A member may change its mind: every answer is kept, the newest of a member and lot counts. What follows from answers
belongs to matching.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import duckdb

from warehouse.errors import BadFact
from warehouse.rows import Row, instant_from
from warehouse.schema import fetch_rows, insert_rows, transaction

LONGEST = 2000
"""Characters of free words."""


class Answer(StrEnum):
    """What a member said of a lot. Those that say no are in NOT_RELEVANT; `WITHDRAWN` takes back what was said."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"  # without a reason
    WRONG_FAMILY = "wrong-family"
    TOO_BIG = "too-big"
    TOO_FAR = "too-far"
    WRONG_LANGUAGE = "wrong-language"
    TOO_LATE = "too-late"
    BID = "bid"
    WON = "won"
    WITHDRAWN = "withdrawn"


NOT_RELEVANT = frozenset(
    {
        Answer.NOT_RELEVANT,
        Answer.WRONG_FAMILY,
        Answer.TOO_BIG,
        Answer.TOO_FAR,
        Answer.WRONG_LANGUAGE,
        Answer.TOO_LATE,
    }
)
"""Answers that say no."""
YES = frozenset({Answer.RELEVANT, Answer.BID, Answer.WON})
"""Answers that say yes."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One answer of a member (`member` is its id) about a lot, at an instant with a zone, said at the "portal" or by
    "pib". `words` is what it added. Raises BadFact for an instant without a zone, and for words over LONGEST."""

    member: str
    lot_uid: str
    answer: Answer
    at: datetime
    via: str = "pib"
    words: str | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise BadFact(f"feedback at {self.at.isoformat()} has no zone; give an instant with one")
        if self.words is not None and len(self.words) > LONGEST:
            raise BadFact(f"feedback of {len(self.words)} characters; {LONGEST} are kept, shorten it")
        if not self.member or not self.lot_uid:
            raise BadFact("feedback names no member or no lot; give both")

    @property
    def is_yes(self) -> bool:
        """Whether the member wants lots like this one: relevant, bid or won."""
        return self.answer in YES


def keep_feedback(con: duckdb.DuckDBPyConnection, answers: Iterable[Feedback]) -> int:
    """Keeps answers not kept yet, all or none of them; returns how many were new."""
    given = {(one.member, one.lot_uid, one.answer, one.at.astimezone(UTC)): one for one in answers}
    with transaction(con):
        rows = fetch_rows(con, "select member, lot_uid, answer, epoch_us(said_at) as said_at from feedback")
        known = {(row["member"], row["lot_uid"], row["answer"], instant_from(row["said_at"])) for row in rows}
        new = [_row(one) for key, one in given.items() if key not in known]
        insert_rows(con, "feedback", new)
    return len(new)


def find_feedback(con: duckdb.DuckDBPyConnection, member: str | None = None) -> tuple[Feedback, ...]:
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
    told = tuple(_feedback_from(row) for row in fetch_rows(con, query, [member]))
    return tuple(one for one in told if one.answer is not Answer.WITHDRAWN)


def _row(one: Feedback) -> dict[str, object]:
    return {
        "member": one.member,
        "lot_uid": one.lot_uid,
        "answer": one.answer.value,
        "said_at": one.at,
        "via": one.via,
        "words": one.words,
    }


def _feedback_from(row: Row) -> Feedback:
    at = instant_from(row["said_at"])
    if at is None:
        raise BadFact(f"feedback of {row['member']} on {row['lot_uid']} has no instant; the table does not allow that")
    return Feedback(row["member"], row["lot_uid"], Answer(row["answer"]), at, row["via"], row["words"])
