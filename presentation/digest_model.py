"""The values of a digest: what one member should see for one edition, before any language or layout.

digests.composing builds them, digests.rendering reads them, the outbox saves their `notified`. Only facts belong here
(a Deadline, a Money, a Facet); sentences and markup are made when they are rendered.
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
from warehouse.model.match_results import Facet, GroupReason, ReasonKind, Remarks
from warehouse.model.members import Member
from warehouse.model.notices import Award, Deadline, OpenLot, Text

BRUSSELS = ZoneInfo("Europe/Brussels")
"""The zone in which editions and days left are counted."""


class Section(StrEnum):
    """The sections of a letter, in reading order."""

    CLOSING = "closing"
    NEW = "new"
    CHANGED = "changed"
    COALITION = "coalition"
    AWARDED = "awarded"


class Band(StrEnum):
    """How well a member matches a lot, as a class of the score."""

    STRONG = "strong"
    GOOD = "good"
    FAIR = "fair"


class Lowering(StrEnum):
    """Circumstances that weaken a proposed match."""

    TIME = "time"
    SIZE = "size"
    TURNOVER = "turnover"
    LANGUAGE = "language"
    CPV = "cpv"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class NotifiedLot:
    """A lot that an edition notified a member of: its section, the fingerprint of its facts at that time (see
    digests.composing.change_fingerprint), its deadline at that time (zone-aware), and whether it was within the week
    before its deadline."""

    lot_uid: str
    section: Section
    fingerprint: str
    deadline: datetime | None
    closing: bool


@dataclass(frozen=True, slots=True)
class AwardedLot:
    """An awarded lot, for members who were notified of it before."""

    lot: OpenLot
    award: Award


@dataclass(frozen=True, slots=True)
class ShownReason:
    """A reason of a match: the lot's text and the member's, with their languages, and the CPV code that `requirement`
    is the label of (None for text of the notice). `is_buyers_address` where the place is the buyer's, the notice naming
    none; `is_buyer` where `requirement` names a buyer that the member won from."""

    kind: ReasonKind
    requirement: Text
    code: str | None
    offered: Text
    is_buyers_address: bool = False
    is_buyer: bool = False


@dataclass(frozen=True, slots=True)
class MatchExplanation:
    """Why a lot matches the member: its band, its reasons (strongest first), what weakens it."""

    band: Band
    reasons: tuple[ShownReason, ...]
    lowered_by: tuple[Lowering, ...]


@dataclass(frozen=True, slots=True)
class ConsortiumPartner:
    """A member of a consortium as shown to the reader: the facets that only it covers, or else those it covers with
    others; `abroad` is its country (ISO 3166-1 alpha-2) when that differs from the reader's."""

    member: str
    name: str
    is_reader: bool
    brings: tuple[Facet, ...]
    shares: tuple[Facet, ...]
    abroad: str | None


@dataclass(frozen=True, slots=True)
class ConsortiumSummary:
    """The smallest proposed consortium that the reader belongs to. Coverages are in [0, 1]; `best_alone` is the name of
    the firm with the largest coverage of its own; `remarks` are shown beside the coverage; `reasons` are what is out of
    reach of each member alone, `partner_only` the members (ids) refused alone for the language of the tender."""

    partners: tuple[ConsortiumPartner, ...]
    coverage: float
    best_alone: str
    best_alone_is_reader: bool
    best_alone_coverage: float
    uncovered: tuple[Facet, ...]
    flags: tuple[str, ...]
    remarks: Remarks
    reasons: tuple[GroupReason, ...] = ()
    partner_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinedAward:
    """Members, the reader among them, who won such a purchase together: `names` of all of them, the reader's first,
    the purchase's `title`, how many they won together, whether its buyer is the lot's, and the names of those who can
    be partners only (refused for the language of the tender or for size alone)."""

    names: tuple[str, ...]
    title: str
    purchases: int
    is_same_buyer: bool
    partner_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One procedure in the letter: its lots that match the reader, the leading one first. `is_new` when no earlier
    edition contained it; `moved_from` is the deadline last notified, when it differs now; `corrections` are the buyer's
    texts about a change, `differences` the changed facts; `grappes` the sub-networks it shares with the reader;
    `joined` with whom the reader won such purchases before; `needs` are what the leading lot requires, in short;
    `sentences` those of the notice that say so."""

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
    joined: tuple[JoinedAward, ...] = ()
    needs: tuple[Text, ...] = ()
    sentences: tuple[Text, ...] = ()

    @property
    def lead(self) -> OpenLot:
        """The lot that gives the item its title and deadline."""
        return self.lots[0]

    @property
    def deadline(self) -> Deadline | None:
        """The deadline of the leading lot."""
        return self.lead.lot.deadline


@dataclass(frozen=True, slots=True)
class Digest:
    """What one member should see for one edition; without items it is a heartbeat.

    `as_of` is the night's zone-aware moment; `left_out` counts the procedures that the member's maximum left for a
    later edition; `notified` is what the outbox saves with the letter; `labels` are the labels of CPV codes, None for
    those shipped with the project; `looked_at` counts the open lots that were considered; `key_manifest` is the SHA-256
    of the interest keys, the same for all members, "" for none."""

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
        """Whether the digest has no items."""
        return not self.items

    @property
    def sections(self) -> tuple[tuple[Section, tuple[Item, ...]], ...]:
        """The sections that have items, in reading order."""
        grouped = ((section, tuple(i for i in self.items if i.section is section)) for section in Section)
        return tuple((section, items) for section, items in grouped if items)


def count_days(as_of: datetime, at: datetime) -> int:
    """Calendar days in Brussels from `as_of` to `at` (both zone-aware): 0 for the same day, 1 for the next."""
    return (at.astimezone(BRUSSELS).date() - as_of.astimezone(BRUSSELS).date()).days
