"""The cluster's members as facts: who they are, what they can do, how they want to be notified.

Reading them from the operator's file is matching's work, writing to them digests'. Declarations of interest are not
part of these values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Money


class Frequency(StrEnum):
    """How often a member wants a digest."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Channel(StrEnum):
    """Where a member wants to read its digest: a letter, a letter in plain text only, or the portal and its feeds."""

    MAIL = "mail"
    TEXT = "text"
    FEED = "feed"


class Weekday(StrEnum):
    """A day of the week, in the order of ISO 8601."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @classmethod
    def of(cls, day: date) -> Weekday:
        """The weekday of a day."""
        return tuple(cls)[day.weekday()]


@dataclass(frozen=True, slots=True)
class Competence:
    """One thing a member can do, in its own words, with the CPV codes that name it and the stages of the value chain it
    is in (design, build, host, integrate, train, operate ...)."""

    text: str
    language: str
    cpv: tuple[Cpv, ...] = ()
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a member wants its digest: `threshold` in [0, 1] is the least probability of being wanted at which a lot is
    notified (0.28: six of ten lots above it were wanted on unseen judged lots, docs/relevance.md), `maximum` the most
    items, `grappes` narrows to those sub-networks when not empty; nothing is written on `quiet_days`; `heartbeat`
    requests a line after a week without a notified lot."""

    frequency: Frequency = Frequency.WEEKLY
    threshold: float = 0.28
    maximum: int = 7
    grappes: tuple[str, ...] = ()
    channel: Channel = Channel.MAIL
    quiet_days: tuple[Weekday, ...] = ()
    heartbeat: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A firm of the cluster. `languages` are two-letter codes, the first one is that of its digest ("fr", "nl", "en",
    "de"). `company_number` is bare digits with the country before it ("BE0999000112"). `headcount` counts people;
    `turnover` is a year's, None when unknown (never taken for zero, nor for enough). `reach` are the places it works
    in (empty: everywhere)."""

    id: str
    company_number: str
    name: str
    email: str
    languages: tuple[str, ...]
    nuts: Nuts
    headcount: int
    turnover: Money | None
    certificates: tuple[str, ...]
    grappes: tuple[str, ...]
    competences: tuple[Competence, ...]
    reach: tuple[Nuts, ...] = ()
    conflicts: tuple[str, ...] = ()
    preferences: Preferences = Preferences()
