"""Fingerprints of a lot's facts, which show whether a lot changed since a member was last notified of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from presentation.digest_model import NotifiedLot
from presentation.lot_changes import changes_of_lot
from warehouse.model.notices import OpenLot

CANCELLED = "cancelled"
AWARDED = "awarded"
"""The fingerprints of a cancelled and of an awarded lot: a member is notified of each once."""


def fingerprint_facts(lot: OpenLot) -> str:
    """Sixteen hexadecimal digits of a SHA-256 over the facts a member must be notified of again when they change.

    These are the deadline (instant, kind, whether its hour is stated) and the announced changes. Titles, values and
    further publications are left out: a notice that was first read as a summary and completed the next night is not a
    change.
    """
    deadline = lot.lot.deadline
    facts: list[str] = ["no deadline"]
    if deadline:
        facts = [deadline.at.astimezone(UTC).isoformat(), deadline.kind, str(deadline.hour_stated)]
    for change in changes_of_lot(lot):
        facts += [change.reason or "", *(text.value for text in change.texts)]
    return hashlib.sha256("\x1f".join(facts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def moved_deadline(lot: OpenLot, earlier: tuple[NotifiedLot, ...]) -> datetime | None:
    """The deadline of the last of the `earlier` notifications (oldest first) when the lot's deadline differs from it
    now, else None."""
    known = [notified.deadline for notified in earlier if notified.deadline]
    deadline = lot.lot.deadline
    if not known or not deadline or known[-1] == deadline.at:
        return None
    return known[-1]


def group_notified(notified: Iterable[NotifiedLot]) -> dict[str, tuple[NotifiedLot, ...]]:
    """The notifications by lot uid, in the order given (oldest first)."""
    grouped: dict[str, tuple[NotifiedLot, ...]] = {}
    for notified_lot in notified:
        grouped[notified_lot.lot_uid] = (*grouped.get(notified_lot.lot_uid, ()), notified_lot)
    return grouped
