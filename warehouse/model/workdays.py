"""Working days: on which days a publisher can be expected to publish.

The holidays of Belgium and France are those of the library holidays; the Union's are the days on which the Official
Journal's S series does not appear. A superfluous working day costs a false alarm on a quiet day; a missing one hides a
day without notices.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from dateutil.easter import easter
from holidays import country_holidays

from warehouse.errors import BadFact

UNION = "EU"
"""The calendar of publishers that belong to no single country."""

_COUNTRIES: Mapping[str, str] = {"BEL": "BE", "FRA": "FR"}
# Issues of 2 January, Good Friday, the day after Ascension, 2 November, 24 and 27 to 31 December are among the notices
# of 2016 to 2025; so is one of Whit Monday 2019 and two of 9 May 2018, days on which others had none.
_FIXED = frozenset({(1, 1), (5, 1), (5, 9), (8, 15), (11, 1), (12, 25), (12, 26)})
_AFTER_EASTER = (1, 39, 50)
"""Days after Easter Sunday: Easter Monday, Ascension, Whit Monday."""

SATURDAY = 5


def is_working_day(day: date, calendar: str) -> bool:
    """Whether `day` is one in a calendar ("BEL", "FRA", "EU"). Raises BadFact for a calendar unknown."""
    return day.weekday() < SATURDAY and day not in public_holidays(day.year, calendar)


def calendar_of(countries: tuple[str, ...]) -> str:
    """The calendar of a publisher for these countries: its country's own where that is known, else the Union's."""
    return countries[0] if len(countries) == 1 and countries[0] in _COUNTRIES else UNION


@cache
def public_holidays(year: int, calendar: str) -> frozenset[date]:
    """The public holidays of a year, those on week-ends included. Raises BadFact for a calendar unknown."""
    if calendar in _COUNTRIES:
        return frozenset(country_holidays(_COUNTRIES[calendar], years=year))
    if calendar != UNION:
        raise BadFact(f"no calendar {calendar!r}; there are {', '.join((*_COUNTRIES, UNION))}")
    fixed = {date(year, month, day) for month, day in _FIXED}
    return frozenset(fixed | {easter(year) + timedelta(days=n) for n in _AFTER_EASTER})
