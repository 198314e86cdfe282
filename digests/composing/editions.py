"""Which edition of its digest a member is at, by its frequency and its quiet days. The clock is the caller's."""

from __future__ import annotations

from datetime import datetime, timedelta

from presentation.digest_model import BRUSSELS
from warehouse.model.members import Frequency, Member, Weekday

_SILENCE = {
    Frequency.DAILY: timedelta(days=7),
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=28),
}
"""How long nothing was written before a heartbeat is due: a week, and never more often than the letters themselves."""


def name_edition(frequency: Frequency, as_of: datetime) -> str:
    """The period a moment falls in, by Brussels' calendar: "2026-11-20", "2026-W47" (ISO 8601 week), "2026-11"."""
    day = as_of.astimezone(BRUSSELS).date()
    if frequency is Frequency.DAILY:
        return day.isoformat()
    if frequency is Frequency.WEEKLY:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}"


def name_heartbeat(as_of: datetime) -> str:
    """The edition of a heartbeat, beside those of letters: a letter with something to say stays due."""
    return f"{name_edition(Frequency.DAILY, as_of)}-heartbeat"


def is_quiet(member: Member, as_of: datetime) -> bool:
    """Whether the member wishes to read nothing on this day."""
    return Weekday.of(as_of.astimezone(BRUSSELS).date()) in member.preferences.quiet_days


def is_due(member: Member, as_of: datetime, last_edition: str | None) -> bool:
    """Whether the member has not had this period's edition yet. A weekly letter so goes out in the first night of the
    week (Monday's) that has something to say, and a night on any other day serves who was not served; what falls on a
    quiet day waits for the next."""
    return not is_quiet(member, as_of) and name_edition(member.preferences.frequency, as_of) != last_edition


def is_heartbeat_due(member: Member, as_of: datetime, last_kept: datetime | None) -> bool:
    """Whether a member that asked for it has read nothing for so long that a line is due; `last_kept` is when the last
    letter was written to it."""
    if not member.preferences.heartbeat or is_quiet(member, as_of):
        return False
    return last_kept is None or as_of - last_kept >= _SILENCE[member.preferences.frequency]
