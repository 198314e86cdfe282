"""A source's days as bars, for an SVG within the page: numbers in, heights out. Colours are the stylesheet's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from portal.snapshot import HISTORY_DAYS
from portal.web.i18n import PagePhrases

HEIGHT, STEP = 40, 6


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day: its left edge, top and height in the plot's units; whether it is a day of rest."""

    x: int
    y: int
    height: int
    is_weekend: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """The bars, the size of their box, and a sentence with the same content."""

    bars: tuple[DayBar, ...]
    width: int
    height: int
    sentence: str


def plot_volumes(volumes: Mapping[date, int], night: date, phrases: PagePhrases) -> Plot:
    """The days up to a night, the highest as tall as the box; a day that is not known has no bar, a day without notices
    a line."""
    days = [night - timedelta(days=HISTORY_DAYS - 1 - place) for place in range(HISTORY_DAYS)]
    known = {day: volumes[day] for day in days if day in volumes}
    top = max(known.values(), default=0)
    bars: list[DayBar] = []
    for place, day in enumerate(days):
        if day in known:
            height = max(1, round(HEIGHT * known[day] / top)) if top else 1
            bars.append(DayBar(place * STEP, HEIGHT - height, height, day.weekday() >= 5))
    return Plot(tuple(bars), HISTORY_DAYS * STEP, HEIGHT, _summarise(known, phrases))


def _summarise(known: Mapping[date, int], phrases: PagePhrases) -> str:
    if not known:
        return phrases.translate("No day was counted yet.")
    if not any(known.values()):
        return phrases.translate_plural(
            "No notice on the {n} day counted.", "No notice in {n} days counted.", len(known)
        )
    busiest = max(known, key=lambda day: (known[day], day))
    return phrases.translate(
        "{total} notices in {days} days counted; most on {day}: {most}",
        total=phrases.format_number(sum(known.values())),
        days=len(known),
        day=phrases.format_short_day(busiest),
        most=phrases.format_number(known[busiest]),
    )
