"""Letters whose cause of failure was corrected are due again: those that wait, and those that failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from digests.delivery.outbox import TO_SEND, LetterState, Outbox

_FAILED_LAST = """
    select member, edition, address from letter as failed where state = ?
        and not exists (select 1 from letter as later where later.member = failed.member and later.rowid > failed.rowid)
"""


def retry_failed(outbox: Outbox, addresses: Mapping[str, str], *, at: datetime) -> tuple[int, int]:
    """Makes letters due again: those that wait, at once, and the failed one of each member that has no later letter. A
    letter that may have been delivered is never removed nor sent twice.

    Args:
        outbox: the letters.
        addresses: the members' addresses by id, as registered now.
        at: zone-aware moment of the change.

    Returns how many failed letters are due again as they are, and how many were removed because the member's address is
    another one now: the next night writes them anew.
    """
    with outbox.transaction() as connection:
        connection.execute("update letter set not_before = null where state in (?, ?, ?)", TO_SEND)
        failed = connection.execute(_FAILED_LAST, (LetterState.FAILED,)).fetchall()
        moved = [(member, edition) for member, edition, old in failed if addresses.get(member, old) != old]
        same = [(member, edition) for member, edition, old in failed if addresses.get(member) == old]
        connection.executemany(
            "update letter set state = ?, attempts = 0, not_before = null, detail = null, changed_at = ?"
            " where member = ? and edition = ?",
            [(LetterState.RENDERED, at.isoformat(), *letter) for letter in same],
        )
        for table in ("bounce", "told", "letter"):
            connection.executemany(f"delete from {table} where member = ? and edition = ?", moved)  # noqa: S608
    return len(same), len(moved)
