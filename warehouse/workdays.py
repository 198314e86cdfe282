"""Working days: on which days a publisher can be expected to publish. Computed, from the laws that name the holidays.

Belgium: law of 4 January 1974; France: Code du travail, L3133-1; the Union: days on which the Official Journal's S
series may not appear. A day too many in a table costs a look on a quiet day, a day too few a silence nobody hears.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from warehouse.errors import BadFact

UNION = "EU"
"""The calendar of what no single country publishes."""

_FIXED: Mapping[str, frozenset[tuple[int, int]]] = {
    "BEL": frozenset({(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)}),
    "FRA": frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}),
    # Issues of 2 January, Good Friday, the day after Ascension, 2 November, 24 and 27 to 31 December are among the
    # notices of 2016 to 2025; so is one of Whit Monday 2019 and two of 9 May 2018, days on which others had none.
    UNION: frozenset({(1, 1), (5, 1), (5, 9), (8, 15), (11, 1), (12, 25), (12, 26)}),
}
_AFTER_EASTER = (1, 39, 50)
"""Days after Easter Sunday: Easter Monday, Ascension, Whit Monday, in all three calendars."""

SATURDAY = 5


def is_working_day(day: date, calendar: str) -> bool:
    """Whether `day` is one in a calendar ("BEL", "FRA", "EU"). Raises BadFact for a calendar unknown."""
    return day.weekday() < SATURDAY and day not in holidays(day.year, calendar)


def calendar_of(countries: tuple[str, ...]) -> str:
    """The calendar of a publisher for these countries: its country's own where it is one we know, else the Union's."""
    return countries[0] if len(countries) == 1 and countries[0] in _FIXED else UNION


@cache
def holidays(year: int, calendar: str) -> frozenset[date]:
    """The public holidays of a year, those on week-ends included. Raises BadFact for a calendar unknown."""
    if calendar not in _FIXED:
        raise BadFact(f"no calendar {calendar!r}; there are {', '.join(_FIXED)}")
    easter = easter_sunday(year)
    fixed = {date(year, month, day) for month, day in _FIXED[calendar]}
    return frozenset(fixed | {easter + timedelta(days=n) for n in _AFTER_EASTER})


def easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar (the anonymous algorithm of 1876, as Meeus gives it)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
