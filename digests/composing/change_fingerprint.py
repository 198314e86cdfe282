"""What of a lot is worth telling again: the mark of its facts, and what differs from what was told before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from presentation.digest_model import NotifiedLot
from warehouse.model.notices import Change, OpenLot, Text

CANCELLED = "cancelled"
AWARDED = "awarded"
"""The marks of a lot that was withdrawn and of one that was decided: each is told once."""


def find_changes(lot: OpenLot) -> tuple[Change, ...]:
    """The changes of the newest notice that concern this lot: those naming it, or naming none."""
    return tuple(c for c in lot.notice.changes if not c.lots or lot.lot.id in c.lots)


def is_withdrawn(lot: OpenLot) -> bool:
    """Whether the newest notice withdraws the lot."""
    return any(change.cancels for change in find_changes(lot))


def fingerprint_facts(lot: OpenLot) -> str:
    """A short digest of what a reader must hear of again: the deadline (instant, kind, whether its hour is stated) and
    the changes announced. Titles, values and further portals are not in it: a notice first known as a summary and
    completed the night after is no news."""
    deadline = lot.lot.deadline
    notified: list[str] = ["no deadline"]
    if deadline:
        notified = [deadline.at.astimezone(UTC).isoformat(), deadline.kind, str(deadline.hour_stated)]
    for change in find_changes(lot):
        notified += [change.reason or "", *(text.value for text in change.texts)]
    return hashlib.sha256("\x1f".join(notified).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def moved_deadline(lot: OpenLot, earlier: tuple[NotifiedLot, ...]) -> datetime | None:
    """The deadline last told, when the lot's is another one now."""
    known = [notified.deadline for notified in earlier if notified.deadline]
    deadline = lot.lot.deadline
    if not known or not deadline or known[-1] == deadline.at:
        return None
    return known[-1]


def find_corrections(lot: OpenLot) -> tuple[Text, ...]:
    """The buyer's words on what changed, each once."""
    return tuple(dict.fromkeys(text for change in find_changes(lot) for text in change.texts if text.value.strip()))


def group_notified(notified: Iterable[NotifiedLot]) -> dict[str, tuple[NotifiedLot, ...]]:
    """What was told, by lot, oldest first."""
    grouped: dict[str, tuple[NotifiedLot, ...]] = {}
    for one in notified:
        grouped[one.lot_uid] = (*grouped.get(one.lot_uid, ()), one)
    return grouped
