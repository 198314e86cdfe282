"""A day replayed with a portal that fails, in every way it can, and the next healthy day: is anything lost?

`python -m bench.faults` runs three nights against the local portal for each fault: a healthy one, one on which the
portal truncates, stalls, refuses, challenges, breaks or changes, and a healthy one that catches up. The result
is compared, notice by notice and fact by fact, with three healthy nights. Prints a table; exits with 1 if anything
differs.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.digests import NightResults
from pipelines.nightly.stages import run_landed, run_lots, run_notices, run_procedures
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults
from scrapers.sandbox.server import Portal
from scrapers.source import find_sources
from warehouse.model.night_reports import Crawl, Kept
from warehouse.model.notices import Notice

BEFORE, FAULTY, AFTER = date(2026, 11, 17), date(2026, 11, 19), date(2026, 11, 20)
TIMEOUT = "1"
"""Seconds that a stalled answer is waited for here; 60 in a live crawl."""

FAULTS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("a notice is cut in half", ("ted:truncate:{number}",)),
    ("a page of the search is cut", ("ted:cut:1",)),
    ("the connection breaks, twice", ("ted:drop:2",)),
    ("no search is answered", ("ted:hang",)),
    ("one answer stalls", ("ted:hang:1",)),
    ("429 all day", ("ted:429",)),
    ("429 twice", ("ted:429:2",)),
    ("429 for every document", ("ted:xml429",)),
    ("202, a browser is required", ("ted:waf",)),
    ("500 all day", ("ted:500",)),
    ("500 for every document", ("ted:xml500",)),
    ("a field has another name", ("ted:renamed",)),
    ("a field is new", ("ted:newfield",)),
    ("more is announced than comes", ("ted:total",)),
    ("timedOut with half a page", ("ted:timedout",)),
    ("the token repeats", ("ted:repeat-token",)),
    ("a record is cut within", ("boamp:badjson:{idweb}",)),
    ("a page of records is cut", ("boamp:cut:1",)),
    ("no record is answered", ("boamp:hang",)),
    ("429 all day", ("boamp:429",)),
    ("500 all day", ("boamp:500",)),
    ("a field has another name", ("boamp:renamed",)),
    ("a field is new", ("boamp:newfield",)),
    ("more is announced than comes", ("boamp:total",)),
    ("a field has another name", ("bosa:renamed",)),
    ("more is announced than comes", ("bosa:total",)),
    ("500 all day", ("bosa:500",)),
)
SHORT = frozenset(
    {"ted:truncate:{number}", "ted:hang", "ted:429", "ted:waf", "ted:500", "ted:renamed", "ted:total", "ted:timedout"}
)
"""Those of the issue, for the tests."""

PORTALS = {"ted": "eu_ted", "boamp": "fr_boamp", "bosa": "be_bosa"}


@dataclass(frozen=True, slots=True)
class Night:
    """Results of one night of a source."""

    crawl: Crawl
    kept: Kept
    missing: tuple[str, ...]
    summaries: int
    set_aside: int
    bytes_are_there: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """The notices of a warehouse: the facts by uid, where each was published, the open lots."""

    notices: dict[str, Notice]
    publications: frozenset[tuple[str, str]]
    open_lots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """Result of one fault."""

    name: str
    faults: tuple[str, ...]
    faulty: Night
    after: Night
    lost: tuple[str, ...]
    different: tuple[str, ...]

    @property
    def is_mended(self) -> bool:
        """Whether the last night left what it would have left without the fault."""
        return not self.lost and not self.different and self.after.crawl.complete and self.faulty.bytes_are_there


class Replay:
    """A local portal, a data folder after a healthy night, and what healthy nights end with, by source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.portal = Portal(publish_embedded(AFTER), Faults())
        self.portal.start()
        self._healthy: dict[str, Contents] = {}

    def end(self) -> None:
        """Stops the portal."""
        self.portal.end()

    def play(self, name: str, faults: tuple[str, ...]) -> FaultOutcome:
        """Three nights of the fault's source, the second one with the fault."""
        source = PORTALS[faults[0].partition(":")[0]]
        exact = tuple(fault.format(**self._names()) for fault in faults)
        whole = self._contents_of_healthy(source)
        workspace = self._open_workspace(f"{source}-{len(list(self.folder.iterdir()))}", source)
        self.portal.faults.replace(exact)
        faulty = self._run(workspace, source, FAULTY)
        self.portal.faults.replace([])
        after = self._run(workspace, source, AFTER)
        left = _contents(workspace)
        lost = whole.notices.keys() - left.notices.keys() | {n for _, n in whole.publications - left.publications}
        different = [uid for uid, notice in left.notices.items() if whole.notices.get(uid) != notice]
        if left.open_lots != whole.open_lots:
            different.append("the open lots")
        return FaultOutcome(name, exact, faulty, after, tuple(sorted(lost)), tuple(different))

    def _names(self) -> dict[str, str]:
        """A notice and a record that are published on the faulty day."""
        notices = [notice.number for notice in self.portal.published_notices.notices if notice.day == FAULTY]
        records = [
            r.idweb for r in self.portal.published_notices.records if r.flat["dateparution"] == FAULTY.isoformat()
        ]
        return {"number": notices[0], "idweb": records[0]}

    def _contents_of_healthy(self, source: str) -> Contents:
        if source not in self._healthy:
            workspace = self._open_workspace(f"{source}-healthy", source)
            for night in (FAULTY, AFTER):
                self._run(workspace, source, night)
            self._healthy[source] = _contents(workspace)
        return self._healthy[source]

    def _open_workspace(self, name: str, source: str) -> Workspace:
        """A data folder as the healthy first night left it."""
        first = self.folder / f"{source}-first"
        if not first.is_dir():
            self._run(replace(self._at(first), days=14), source, BEFORE)
        shutil.copytree(first, self.folder / name)
        return self._at(self.folder / name)

    def _at(self, data: Path) -> Workspace:
        return Workspace(Settings(portals="embedded", data=data), self.portal.addresses)

    def _run(self, workspace: Workspace, source: str, night: date) -> Night:
        run_landed(workspace, find_sources()[source], night)
        read = run_notices(workspace, night)
        run_procedures(workspace, night)
        seen = run_lots(workspace, night)
        assert not seen.broken, seen.broken
        workspace.publish_facts()
        with workspace.reading() as store:
            aside = store.load_set_aside(night)
            missing = NightResults.of(store, night).missing_sources
            summaries = len(store.load_summary_numbers(source))
        return Night(
            read.crawls[0],
            read.kept,
            missing,
            summaries,
            len(aside),
            all((workspace.facts / a.path).is_file() for a in aside),
        )


def _contents(workspace: Workspace) -> Contents:
    with workspace.open_facts() as store:
        notices = {notice.uid: notice for notice in store.load_notices()}
        places = frozenset((lot.uid, page.number) for lot in store.load_open_lots() for page in lot.publications)
        lots = tuple(sorted(lot.uid for lot in store.load_open_lots()))
    own = {(notice.publication.source, notice.publication.number) for notice in notices.values()}
    return Contents(notices, places | own, lots)


def replayed(folder: Path, faults: Sequence[tuple[str, tuple[str, ...]]] = FAULTS) -> Iterator[FaultOutcome]:
    """Every fault played, in order."""
    os.environ["PIB_CRAWL_TIMEOUT"] = TIMEOUT
    replay = Replay(folder)
    try:
        for name, played in faults:
            yield replay.play(name, played)
    finally:
        replay.end()


def _line(outcome: FaultOutcome) -> str:
    faulty, after = outcome.faulty, outcome.after
    state = "complete" if faulty.crawl.complete else faulty.crawl.error_kind or "?"
    kept = f"{faulty.kept.new:3d} new {faulty.summaries:3d} short {faulty.set_aside} aside"
    caught = f"{after.kept.new:3d} new {after.kept.completed:3d} completed"
    end = "nothing lost" if outcome.is_mended else f"LOST {outcome.lost} DIFFERS {outcome.different}"
    return f"{outcome.faults[0]:<24.24} {outcome.name:<29.29} | {state:<17.17} {kept} | {caught} | {end}"


def main() -> int:
    """Prints the table; 1 when a fault lost anything."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the faults of the tests only")
    arguments = parser.parse_args()
    faults = [(name, played) for name, played in FAULTS if not arguments.short or played[0] in SHORT]
    print(
        f"{'fault':<24} {'what happens':<29} | {'the night of the fault: state, what was kept':<48} | "
        f"{'the next night':<20} | end"
    )
    outcomes: list[FaultOutcome] = []
    with tempfile.TemporaryDirectory() as folder:
        for outcome in replayed(Path(folder), faults):
            outcomes.append(outcome)
            print(_line(outcome))
            if outcome.faulty.crawl.error:
                error_text = re.sub(r"\?\S+", "?...", outcome.faulty.crawl.error)
                print(textwrap.indent(textwrap.shorten(f"its error: {error_text}", 220), " " * 25))
            if outcome.faulty.missing:
                print(f"{' ' * 25}the letters name as missing: {', '.join(outcome.faulty.missing)}")
            sys.stdout.flush()
    lost = [outcome for outcome in outcomes if not outcome.is_mended]
    print(f"{len(outcomes)} faults played, {len(outcomes) - len(lost)} repaired by the next night, {len(lost)} not")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
