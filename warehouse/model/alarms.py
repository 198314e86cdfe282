"""Alarms: what the nightly watch found unusual about its sources, for a person to check, and the volumes it compares
with.

Values only. An alarm stops no source: what stops one is an error of its crawl, saved with the crawl.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AlarmKind(StrEnum):
    """What was found."""

    SILENT = "silent"  # nothing at all was published on a working day
    VOLUME = "volume"  # much fewer notices, or many more, than on other such days
    CODE = "code"  # a code that its official list does not have, in a list a notice can do without
    ASIDE = "set-aside"  # notices set aside for an unknown code, field or shape
    DOUBT = "doubt"  # a value that a reader left out of a notice because it is impossible
    CRAWL = "crawl"  # what the crawl itself reported


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding about a source in a night; `sentence` states what was seen, what was expected, what to do."""

    source: str
    night: date
    kind: AlarmKind
    sentence: str


@dataclass(frozen=True, slots=True)
class Volume:
    """How many notices a source had published on `day`, as known in `night`."""

    source: str
    night: date
    day: date
    notices: int

    @property
    def age(self) -> int:
        """Days from the publication to the night: what a day has on its own evening is less than it has a week
        later, so only volumes of one age are compared."""
        return (self.night - self.day).days
