"""The values of a digest: what one member should see for one edition, before any language or layout.

Composing makes them, rendering reads them, the outbox keeps their `told`. Facts stay facts here (a Deadline, a Money, a
Facet): which words say them is the rendering's business. No sentence and no markup belongs here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import CpvLabel
from warehouse.model.changes import Difference
from warehouse.model.match_results import Facet, ReasonKind, Remarks
from warehouse.model.members import Member
from warehouse.model.notices import Award, Deadline, OpenLot, Text

BRUSSELS = ZoneInfo("Europe/Brussels")
"""The zone whose calendar counts editions and days left."""


class Section(StrEnum):
    """Where an item stands in the letter, in the order they are read."""

    CLOSING = "closing"
    NEW = "new"
    CHANGED = "changed"
    COALITION = "coalition"
    AWARDED = "awarded"


class Band(StrEnum):
    """How well a member fits, as a word rather than a decimal."""

    STRONG = "strong"
    GOOD = "good"
    FAIR = "fair"


class Lowering(StrEnum):
    """What speaks against a match that was proposed all the same."""

    TIME = "time"
    SIZE = "size"
    TURNOVER = "turnover"
    LANGUAGE = "language"
    CPV = "cpv"
    PLACE = "place"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class NotifiedLot:
    """What an edition told a member of a lot: under which section, the mark of the facts then known (see
    digests.facts), the deadline of that day, and whether it was already within the week of closing."""

    lot_uid: str
    section: Section
    fingerprint: str
    deadline: datetime | None
    closing: bool


@dataclass(frozen=True, slots=True)
class AwardedLot:
    """A lot that was decided, to be told to members who had been told of it."""

    lot: OpenLot
    award: Award


@dataclass(frozen=True, slots=True)
class ShownReason:
    """A reason with what is known of its words: their languages, and the CPV code that `asked` is the label of."""

    kind: ReasonKind
    asked: Text
    code: str | None
    offered: Text


@dataclass(frozen=True, slots=True)
class MatchExplanation:
    """Why a lot concerns the member: its band, the strongest grounds first, what lowers it."""

    band: Band
    reasons: tuple[ShownReason, ...]
    lowered_by: tuple[Lowering, ...]


@dataclass(frozen=True, slots=True)
class ConsortiumPartner:
    """A member of a coalition as its reader sees it: the facets that only it brings, or else those it shares; its
    country (ISO 3166-1 alpha-2) when that is not the reader's."""

    member: str
    name: str
    is_reader: bool
    brings: tuple[Facet, ...]
    shares: tuple[Facet, ...]
    abroad: str | None


@dataclass(frozen=True, slots=True)
class ConsortiumSummary:
    """With whom to answer: the smallest proposed coalition the reader belongs to. Coverages in [0, 1]; `best_alone` is
    the name of the firm that would cover most by itself; `remarks` stand beside the coverage."""

    partners: tuple[ConsortiumPartner, ...]
    coverage: float
    best_alone: str
    best_alone_is_reader: bool
    best_alone_coverage: float
    uncovered: tuple[Facet, ...]
    flags: tuple[str, ...]
    remarks: Remarks


@dataclass(frozen=True, slots=True)
class Item:
    """One purchase in the letter: its lots that concern the reader, the leading one first. `is_new` when no earlier
    edition told of it; `moved_from` the deadline told before, when it moved; `corrections` the words of a change,
    `differences` what its facts say; `grappes` the sub-networks it shares with the reader."""

    section: Section
    lots: tuple[OpenLot, ...]
    why: MatchExplanation | None = None
    coalition: ConsortiumSummary | None = None
    is_new: bool = True
    moved_from: datetime | None = None
    corrections: tuple[Text, ...] = ()
    differences: tuple[Difference, ...] = ()
    is_withdrawn: bool = False
    award: Award | None = None
    grappes: tuple[str, ...] = ()

    @property
    def lead(self) -> OpenLot:
        """The lot that gives the item its title and deadline."""
        return self.lots[0]

    @property
    def deadline(self) -> Deadline | None:
        """The leading lot's deadline."""
        return self.lead.lot.deadline


@dataclass(frozen=True, slots=True)
class Digest:
    """What one member should see for one edition. `as_of` is the night's moment; `left_out` counts the purchases that
    the member's maximum kept for a later edition; `told` is what the outbox must remember once it is kept; `labels` is
    the table to say CPV codes with, None for the shipped one; `looked_at` counts the open lots judged for it;
    `key_manifest` is a SHA-256 that all members should find the same, "" for none. Without items it is a heartbeat."""

    member: Member
    edition: str
    as_of: datetime
    items: tuple[Item, ...]
    left_out: int
    missing_sources: tuple[str, ...]
    notified: tuple[NotifiedLot, ...]
    labels: Mapping[Cpv, CpvLabel] | None = None
    looked_at: int = 0
    key_manifest: str = ""

    @property
    def is_heartbeat(self) -> bool:
        """Whether it only says that there was nothing to tell."""
        return not self.items

    @property
    def sections(self) -> tuple[tuple[Section, tuple[Item, ...]], ...]:
        """The sections that hold something, in reading order."""
        grouped = ((section, tuple(i for i in self.items if i.section is section)) for section in Section)
        return tuple((section, items) for section, items in grouped if items)


def count_days(as_of: datetime, at: datetime) -> int:
    """Calendar days in Brussels from the night to a moment: 0 is today, 1 tomorrow."""
    return (at.astimezone(BRUSSELS).date() - as_of.astimezone(BRUSSELS).date()).days
