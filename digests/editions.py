"""Which edition of its digest a member is at, by its frequency. The clock is the caller's."""

from __future__ import annotations

from datetime import datetime

from digests.digest import BRUSSELS
from warehouse.cluster import Frequency, Member


def name_edition(frequency: Frequency, as_of: datetime) -> str:
    """The period a moment falls in, by Brussels' calendar: "2026-11-20", "2026-W47" (ISO 8601 week), "2026-11"."""
    day = as_of.astimezone(BRUSSELS).date()
    if frequency is Frequency.DAILY:
        return day.isoformat()
    if frequency is Frequency.WEEKLY:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}"


def is_due(member: Member, as_of: datetime, last_edition: str | None) -> bool:
    """Whether the member has not had this period's edition yet. A weekly letter so goes out in the first night of the
    week (Monday's) that has something to say, and a night on any other day serves who was not served."""
    return name_edition(member.preferences.frequency, as_of) != last_edition
