"""Whether as many notices came as usual: each day of a crawl's window against the same weekdays of the weeks before.

Pure functions of the counts in the warehouse; nothing is read and nothing is saved here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from scrapers.source import Source
from warehouse.model.alarms import Alarm, AlarmKind, Volume
from warehouse.model.workdays import calendar_of, is_working_day

WEEKS = 12
"""Weeks that are compared."""
MOST, LEAST = 8, 3
"""Same weekdays that are compared with: at most, and at least (else the source's own declaration is used)."""
FEW = 3
"""A source that usually publishes fewer a day may have a day without notices."""
_SIGMA = 1.4826
"""Standard deviations in a median absolute deviation, where values are spread normally."""


@dataclass(frozen=True, slots=True)
class UsualVolume:
    """The usual range of a day's volume, its middle, and its origin, as words."""

    middle: float
    least: float
    most: float
    known_from: str


def volume_alarms(
    source: Source, volumes: Iterable[Volume], history: Iterable[Volume], *, declared: bool
) -> Iterator[Alarm]:
    """The alarms of one crawl's volumes. `history` are volumes of earlier nights; with `declared` the source's own
    range is used where history is too short."""
    calendar = calendar_of(source.countries)
    past = [volume for volume in history if is_working_day(volume.day, calendar)]
    for volume in volumes:
        if is_working_day(volume.day, calendar):
            usual = usual_for(source, volume, past, declared=declared)
            if usual is not None:
                yield from _volume_alarms(volume, usual)


def usual_for(source: Source, volume: Volume, past: Sequence[Volume], *, declared: bool) -> UsualVolume | None:
    """The usual range on such a day: of the last same weekdays, counted at the same age, the median and four deviations
    around it, and never closer to it than its half below and its double above.

    `source` declares its own range, used with `declared` where `past` (volumes of earlier nights, the newest first) is
    too short; `volume` is the day to compare. None where there is nothing to compare with.
    """
    comparable = [
        past_volume.notices
        for past_volume in past
        if past_volume.age == volume.age
        and past_volume.day.weekday() == volume.day.weekday()
        and past_volume.day < volume.day
    ][:MOST]
    if len(comparable) < LEAST:
        # A day is not over on its own day: BOAMP's second drop comes in the evening.
        if not declared or volume.age == 0:
            return None
        least, most = source.expected
        return UsualVolume(least, least, most, f"{least} to {most} are declared for a working day of {source.name}")
    middle = median(comparable)
    spread = 4 * _SIGMA * median(abs(past_volume - middle) for past_volume in comparable)
    least, most = middle - max(spread, middle / 2), middle + max(spread, middle, 10)
    weekday = volume.day.strftime("%A")
    return UsualVolume(
        middle, max(0.0, least), most, f"the median of the last {len(comparable)} {weekday}s is {middle:g}"
    )


def _volume_alarms(volume: Volume, usual: UsualVolume) -> Iterator[Alarm]:
    def alarm(kind: AlarmKind, sentence: str) -> Alarm:
        return Alarm(volume.source, volume.night, kind, sentence)

    seen, day = volume.notices, f"{volume.day} ({volume.day:%A}, a working day)"
    if seen == 0 and usual.middle >= FEW:
        yield alarm(
            AlarmKind.SILENT,
            f"no notice at all of {day}; {usual.known_from}. Look at the publisher's page, then at the query",
        )
    elif seen < usual.least or seen > usual.most:
        few = "few" if seen < usual.least else "many"
        yield alarm(
            AlarmKind.VOLUME,
            f"{seen} notices of {day} are {few}: {usual.least:.0f} to {usual.most:.0f} are usual ({usual.known_from}). "
            "Compare with the publisher's page",
        )


def oldest_remembered(night: date) -> date:
    """The first day that still counts."""
    return date.fromordinal(night.toordinal() - 7 * WEEKS)
