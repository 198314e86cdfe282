"""The content of a local portal: notices at TED, records at BOAMP, and the day it plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TedNotice:
    """A notice at TED: its number ("612645-2026"), its day, its full search row and where its XML is."""

    number: str
    day: date
    row: Mapping[str, object]
    body: bytes | Path

    def read_xml(self) -> bytes:
        """The bytes of the XML, as they are."""
        return self.body if isinstance(self.body, bytes) else self.body.read_bytes()

    @property
    def rank(self) -> tuple[int, int]:
        """Year and running number: what TED sorts publication numbers by."""
        running, _, year = self.number.partition("-")
        return int(year), int(running)


@dataclass(frozen=True, slots=True)
class BoampRecord:
    """A record at BOAMP: its flat keys but `donnees`, which is made when it is requested (it is large)."""

    idweb: str
    flat: Mapping[str, object]
    donnees: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a workspace: the day it was sent and its XML."""

    day: date
    body: bytes | Path

    def read_xml(self) -> str:
        """The text of the XML."""
        return (self.body if isinstance(self.body, bytes) else self.body.read_bytes()).decode()


@dataclass(frozen=True, slots=True)
class BosaWorkspace:
    """A publication workspace of Belgium's e-Procurement: its row in the search, which describes the newest version,
    and its versions, oldest first."""

    number: str
    row: Mapping[str, object]
    versions: tuple[Version, ...]

    @property
    def day(self) -> date:
        """The day its newest version was published."""
        return self.versions[-1].day


@dataclass(frozen=True, slots=True)
class NeighbourNotices:
    """What the portals of neighbouring countries serve: German archives by day (file name and XML), rows and
    publications of TenderNed, Luxembourg's search page (HTML)."""

    exports: Mapping[date, Mapping[str, bytes]] = field(default_factory=dict[date, Mapping[str, bytes]])
    rows: tuple[Mapping[str, object], ...] = ()
    publications: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    search_page: bytes = b"<!DOCTYPE html><html><body></body></html>"


@dataclass(frozen=True, slots=True)
class PublishedNotices:
    """Everything one portal serves: notices at TED, records at BOAMP, workspaces at BOSA, rows of contracts (DECP) and
    of projects (APProch), and those of neighbouring countries. `today` replaces the clock; `left_out` counts what could
    not be offered, by reason."""

    notices: tuple[TedNotice, ...]
    records: tuple[BoampRecord, ...]
    today: date
    left_out: Counter[str] = field(default_factory=Counter[str])
    workspaces: tuple[BosaWorkspace, ...] = ()
    contracts: tuple[Mapping[str, object], ...] = ()
    projects: tuple[Mapping[str, object], ...] = ()
    neighbours: NeighbourNotices = field(default_factory=NeighbourNotices)

    def find_notice(self, number: str) -> TedNotice | None:
        """The notice of that number, with or without leading zeros."""
        wanted = number.lstrip("0")
        return next((notice for notice in self.notices if notice.number == wanted), None)


def arrange(
    notices: Iterable[TedNotice],
    records: Iterable[BoampRecord],
    today: date,
    left_out: Counter[str],
    *,
    workspaces: Iterable[BosaWorkspace] = (),
    contracts: Iterable[Mapping[str, object]] = (),
    projects: Iterable[Mapping[str, object]] = (),
) -> PublishedNotices:
    """The content of a portal in the publishers' default orders, each number once; a repeated number is left out and
    counted.

    `notices` are TED's and `records` BOAMP's; `workspaces` are BOSA's, `contracts` rows of DECP and `projects` rows of
    APProch; `today` is the day the portal plays; `left_out` counts what is not offered, by reason, and is added to.
    """
    by_number: dict[str, TedNotice] = {}
    for notice in notices:
        if notice.number in by_number:
            left_out["publication number met twice"] += 1
        by_number.setdefault(notice.number, notice)
    by_idweb = {record.idweb: record for record in records}
    return PublishedNotices(
        tuple(sorted(by_number.values(), key=lambda notice: notice.rank)),
        tuple(sorted(by_idweb.values(), key=lambda record: (str(record.flat["dateparution"]), record.idweb))),
        today,
        left_out,
        tuple(sorted(workspaces, key=lambda workspace: (workspace.day, workspace.number))),
        tuple(contracts),
        tuple(projects),
    )
