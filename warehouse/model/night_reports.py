"""Reports about nights: crawls, what was saved, failed data checks, counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from warehouse.errors import BadFact
from warehouse.model.notices import Award, OpenLot


@dataclass(frozen=True, slots=True)
class Crawl:
    """One reading of a source in one night: the requested days of publication (both included) and what was received.

    `error_kind` is one of "structure", "unreachable", "incomplete" and `error` its sentence, both None when complete.
    """

    source: str
    night: date
    window_from: date
    window_to: date
    complete: bool
    error_kind: str | None = None
    error: str | None = None
    requests: int = 0
    notices: int = 0
    summaries: int = 0
    set_aside: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        if self.window_from > self.window_to:
            raise BadFact(f"crawl of {self.source}: window from {self.window_from} to {self.window_to} is empty")

    @property
    def watermark(self) -> date | None:
        """The last day of the window when everything of it came, else None: a broken crawl moves nothing."""
        return self.window_to if self.complete else None


@dataclass(frozen=True, slots=True)
class Backfilled:
    """A stretch of the past of a source that was landed and stored in full: days of publication, both included. `span`
    is what was fetched at once ("day", "month")."""

    source: str
    window_from: date
    window_to: date
    span: str
    notices: int
    set_aside: int
    bytes: int
    kept_on: date


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the notices given: `new`, summaries `completed` by their full text, and the `same` as before. The
    three sum to the notices given."""

    new: int = 0
    completed: int = 0
    same: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.new + other.new, self.completed + other.completed, self.same + other.same)


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A data check that failed: its name is the sentence that should hold, `count` the rows that violate it, `sample`
    the first of them, each as text ("uid=..., times=2")."""

    name: str
    count: int
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """Counts of one source: stored publications, those known only as summaries, what was set aside."""

    source: str
    publications: int
    summaries: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of the warehouse, and of the results of one night (`judged` lots, matches, refusals, consortia)."""

    as_of: datetime | None
    notices: int
    summaries: int
    lots: int
    open_lots: int
    awards: int
    members: int
    vectors: int
    judged: int
    matches: int
    refusals: int
    consortia: int
    sources: tuple[SourceCounts, ...]


@dataclass(frozen=True, slots=True)
class EndedLot:
    """A lot that no longer accepts tenders though its deadline had not come: cancelled, or decided by `award`."""

    lot: OpenLot
    is_cancelled: bool
    award: Award | None
