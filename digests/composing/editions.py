"""Editions of a digest: their names, and when one is due by the member's frequency and quiet days."""

from __future__ import annotations

from datetime import datetime, timedelta

from presentation.digest_model import BRUSSELS
from warehouse.model.members import Frequency, Member, Weekday

_HEARTBEAT_AFTER = {
    Frequency.DAILY: timedelta(days=7),
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=28),
}
"""The time without a letter after which a heartbeat is due."""


def name_edition(frequency: Frequency, as_of: datetime) -> str:
    """The period that contains the zone-aware moment in Brussels: "2026-11-20", "2026-W47" (ISO 8601), "2026-11"."""
    day = as_of.astimezone(BRUSSELS).date()
    if frequency is Frequency.DAILY:
        return day.isoformat()
    if frequency is Frequency.WEEKLY:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}"


def name_heartbeat(as_of: datetime) -> str:
    """The edition of a heartbeat. It differs from every edition of a letter, so that a letter stays due."""
    return f"{name_edition(Frequency.DAILY, as_of)}-heartbeat"


def is_quiet(member: Member, as_of: datetime) -> bool:
    """Whether the day of `as_of` in Brussels is one of the member's quiet days."""
    return Weekday.of(as_of.astimezone(BRUSSELS).date()) in member.preferences.quiet_days


def is_due(member: Member, as_of: datetime, last_edition: str | None) -> bool:
    """Whether the member has not had the edition of this period and today is no quiet day. A weekly letter is due from
    Monday's night until there is something to write; what falls on a quiet day is due the next day."""
    return not is_quiet(member, as_of) and name_edition(member.preferences.frequency, as_of) != last_edition


def is_heartbeat_due(member: Member, as_of: datetime, last_kept: datetime | None) -> bool:
    """Whether a member that chose heartbeats has had no letter for _HEARTBEAT_AFTER. `last_kept` is when the last
    letter or heartbeat was saved (zone-aware); None for never."""
    if not member.preferences.heartbeat or is_quiet(member, as_of):
        return False
    return last_kept is None or as_of - last_kept >= _HEARTBEAT_AFTER[member.preferences.frequency]
