"""What the portal shows: the readers' copy of the warehouse, read into values once and again when a night replaces it.

The copy is open only while it is read (DuckDB gives a process one instance of a path: a connection left open continues
to read the old file), and the writer's file is never opened. HTTP and the clock are not used here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread

from portal.errors import NothingPublished
from presentation.digest_model import BRUSSELS
from presentation.sanitize import clean_text
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import CpvLabel, completed
from warehouse.errors import NotInWarehouse, WarehouseError
from warehouse.model.alarms import Alarm, Volume
from warehouse.model.changes import Difference
from warehouse.model.match_results import Match, MatchResult
from warehouse.model.members import Member
from warehouse.model.night_reports import Counts, Crawl, FailedCheck
from warehouse.model.notices import Award, OpenLot, SetAside
from warehouse.store import Store

HISTORY_DAYS = 84
"""Days the operator's page looks back."""

_MOST_CLOSED = 500
"""Closed lots remembered until the next copy: each takes a third of a second to find."""

FileVersion = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class NightStatus:
    """The sources and the night, for the operator's page."""

    crawls: tuple[Crawl, ...]
    alarms: tuple[Alarm, ...]
    volumes: Mapping[str, tuple[Volume, ...]]
    set_aside: tuple[SetAside, ...]
    counts: Counts
    broken: tuple[FailedCheck, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of one copy as values. `lots` are the open ones, nearest deadline first, those without one last;
    `matches` are a member's, best first; `buyers` are lots by buyer_key, `purchases` by procedure."""

    as_of: datetime
    published_at: float
    members: Mapping[str, Member]
    lots: Mapping[str, OpenLot]
    match_results: Mapping[str, MatchResult]
    matches: Mapping[str, tuple[Match, ...]]
    differences: Mapping[str, tuple[Difference, ...]]
    other_names: Mapping[str, str]
    labels: Mapping[Cpv, CpvLabel]
    buyers: Mapping[str, tuple[OpenLot, ...]]
    purchases: Mapping[str, tuple[OpenLot, ...]]
    watch: NightStatus

    @property
    def night(self) -> date:
        """The night the copy was made in."""
        return self.as_of.astimezone(BRUSSELS).date()

    @property
    def grappes(self) -> tuple[str, ...]:
        """The sub-networks the members form."""
        return tuple(sorted({grappe for member in self.members.values() for grappe in member.grappes}))


@dataclass(frozen=True, slots=True)
class ClosedLot:
    """A lot that no longer accepts tenders, and how it ended where that is known."""

    lot: OpenLot
    award: Award | None
    is_cancelled: bool


class SnapshotCache:
    """Reads the copy at a path, and again when it is another file; `facts` are those it was published with, where it
    holds a cluster's data alone."""

    def __init__(self, path: Path, facts: Path | None = None) -> None:
        self._path, self._facts = path, facts
        self._reading = Lock()
        self._mark: FileVersion | None = None
        self._snapshot: Snapshot | None = None
        self._closed: dict[str, ClosedLot | None] = {}

    def current(self) -> Snapshot:
        """The values of the copy; while a new one is being read, those of the last one. Raises NothingPublished."""
        mark = self._look()
        snapshot = self._snapshot
        if snapshot is None:
            return self._read(mark)
        if mark is not None and mark != self._mark and not self._reading.locked():
            Thread(target=self._read_again, args=(mark,), daemon=True).start()
        return snapshot

    def load_closed(self, uid: str) -> ClosedLot | None:
        """A lot that is no longer open, by its whole name; None where none was ever stored under it."""
        self.current()
        with self._reading:
            if uid not in self._closed:
                if len(self._closed) >= _MOST_CLOSED:
                    self._closed.clear()
                with Store.open(self._path, read_only=True, facts=self._facts) as store:
                    self._closed[uid] = _read_closed(store, uid)
            return self._closed[uid]

    def _look(self) -> FileVersion | None:
        try:
            seen = self._path.stat()
        except FileNotFoundError:
            return None
        return seen.st_ino, seen.st_mtime_ns, seen.st_size

    def _read(self, mark: FileVersion | None) -> Snapshot:
        if mark is None:
            raise NothingPublished(f"there is no {self._path} yet: run `pib night` first")
        with self._reading:
            if self._snapshot is None or mark != self._mark:
                self._snapshot = read_snapshot(self._path, self._facts)
                self._mark = mark
                self._closed.clear()
            return self._snapshot

    def _read_again(self, mark: FileVersion) -> None:
        """The old values stay while the new copy cannot be read: the operator's page shows their age."""
        try:
            self._read(mark)
        except (WarehouseError, NothingPublished):
            self._mark = mark


def read_snapshot(path: Path, facts: Path | None = None) -> Snapshot:
    """Everything, in one opening, of the copy at `path` and the `facts` it was published with, where they are in a file
    of their own. Raises NothingPublished where no night has run, and the warehouse's errors."""
    with Store.open(path, read_only=True, facts=facts) as store:
        as_of = store.load_as_of()
        if as_of is None:
            raise NothingPublished(f"{path} has no night yet: run `pib night` first")
        night = as_of.astimezone(BRUSSELS).date()
        lots = {lot.uid: lot for lot in store.load_open_lots()}
        match_results = {match_result.lot_uid: match_result for match_result in store.load_match_results(night)}
        return Snapshot(
            as_of=as_of,
            published_at=path.stat().st_mtime,
            members={member.id: member for member in store.load_members()},
            lots=lots,
            match_results=match_results,
            matches=_by_member(match_results.values()),
            differences=store.load_differences(_before_the_newest(lots.values())),
            other_names=store.load_other_names(),
            labels=completed(store.load_cpv_labels()),
            buyers=_by_buyer(lots.values()),
            purchases=_by_purchase(lots.values()),
            watch=_read_watch(store, night),
        )


def buyer_key(lot: OpenLot) -> str | None:
    """A short name for the leading buyer: from its company number, else from its name; None when it has neither."""
    for buyer in lot.notice.buyers[:1]:
        names = buyer.organisation.names
        number = "".join(sign for sign in buyer.organisation.company_number or "" if sign.isalnum())
        identity = number.casefold() or (clean_text(names[0].value).casefold() if names else "")
        if identity:
            return sha256(identity.encode()).hexdigest()[:16]
    return None


def _read_watch(store: Store, night: date) -> NightStatus:
    since = night - timedelta(days=HISTORY_DAYS)
    crawls = store.load_crawls_since(since)
    names = dict.fromkeys(crawl.source for crawl in crawls)
    return NightStatus(
        crawls=crawls,
        alarms=store.load_alarms(night),
        volumes={name: store.load_volumes(name, night + timedelta(days=1), since) for name in names},
        set_aside=store.load_set_aside(night),
        counts=store.counts(night),
        broken=store.load_failed_checks(),
    )


def _by_member(match_results: Iterable[MatchResult]) -> dict[str, tuple[Match, ...]]:
    found: dict[str, list[Match]] = defaultdict(list)
    for match_result in match_results:
        for match in match_result.matches:
            found[match.member].append(match)
    return {member: tuple(sorted(own, key=lambda one: (-one.score, one.lot_uid))) for member, own in found.items()}


def _by_buyer(lots: Iterable[OpenLot]) -> dict[str, tuple[OpenLot, ...]]:
    found: dict[str, list[OpenLot]] = defaultdict(list)
    for lot in lots:
        if key := buyer_key(lot):
            found[key].append(lot)
    return {key: tuple(own) for key, own in found.items()}


def _by_purchase(lots: Iterable[OpenLot]) -> dict[str, tuple[OpenLot, ...]]:
    found: dict[str, list[OpenLot]] = defaultdict(list)
    for lot in lots:
        found[lot.procedure_uid].append(lot)
    return {name: tuple(sorted(own, key=lambda one: one.lot.id)) for name, own in found.items()}


def _before_the_newest(lots: Iterable[OpenLot]) -> dict[str, datetime]:
    """The day before each lot's newest notice was published: the version known then is compared with the newest."""
    days = {lot.uid: lot.notice.publication.day for lot in lots}
    midnight = {uid: datetime(day.year, day.month, day.day, tzinfo=BRUSSELS) for uid, day in days.items() if day}
    return {uid: moment - timedelta(hours=1) for uid, moment in midnight.items()}


def _read_closed(store: Store, uid: str) -> ClosedLot | None:
    try:
        lot = store.load_lot(uid)
    except NotInWarehouse:
        return None
    name = store.load_other_names().get(uid, uid)
    if lot.uid != name:  # load_lot takes the beginning of a name too; a link has the whole name
        return None
    ended = next(iter(store.load_ended_lots([lot.uid])), None)
    return ClosedLot(lot, ended.award if ended else None, is_cancelled=bool(ended and ended.is_cancelled))
