"""Cost of reading and saving notices, as ratios within one run, which are comparable between machines.

    python -m bench.read --data ../shared/notices [--notices 100000] [--repeat 9] [--json]

reading    eForms XML to facts, file by file, beside `lxml.etree.parse` alone on the same file, interleaved; at most 2.5
keeping    so many notices into DuckDB beside the reading of them, real notices under new identities; at most 1.5
memory     most resident memory of a process that reads and keeps 10 %, 30 % and all of them; under 1 GB, not growing
backfill   packages read and kept with two processes beside one

Exit code 1 when a ratio is over its bound. Ratios come with their spread, which matters on a busy machine.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from lxml import etree

from pipelines.backfill.parallel_read import reading
from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import SourceError
from scrapers.feeds.request import CrawlRequest
from scrapers.landing import find_portions
from scrapers.readers.eforms.notice import read_eforms
from scrapers.readers.normalise.normalise import finish
from scrapers.readers.xml_dispatch import read_xml
from warehouse.model.notices import Notice
from warehouse.store import Store

READING, KEEPING, MEMORY = 2.5, 1.5, 1024
"""The bounds: two ratios, and megabytes."""

SHARES = (0.1, 0.3, 1.0)
PACKAGES, IN_A_PACKAGE = 8, 250


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio measured several times: its median, or that of the sums where single parts are too noisy."""

    name: str
    median: float
    least: float
    most: float
    bound: float | None = None
    note: str = ""

    @classmethod
    def of(cls, name: str, found: list[float], bound: float | None = None, note: str = "") -> Ratio:
        """The ratio called `name` from the values `found`: their median and their spread, with its `bound`, None for
        none, and a `note` for the page."""
        return cls(name, statistics.median(found), min(found), max(found), bound, note)

    @property
    def is_kept(self) -> bool:
        """Whether the median is within its bound."""
        return self.bound is None or self.median <= self.bound


def measure_reading(files: list[Path], repeat: int) -> tuple[Ratio, Ratio]:
    """Reading over parsing, once in wall time and once in the processor's."""
    by_wall: list[float] = []
    by_processor: list[float] = []
    for _ in range(repeat):
        for clock, found in ((time.perf_counter, by_wall), (time.process_time, by_processor)):
            parsing = read = 0.0
            for file in files:
                name, began = str(file), clock()
                etree.parse(name)
                parsed = clock()
                with file.open("rb", buffering=0) as body:
                    finish(read_eforms(body.read()))
                parsing, read = parsing + parsed - began, read + clock() - parsed
            found.append(read / parsing)
    note = f"{len(files)} files, {repeat} times each"
    return (
        Ratio.of("reading / parsing (wall)", by_wall, READING, note),
        Ratio.of("reading / parsing (processor)", by_processor, READING, note),
    )


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay of so many notices: seconds, and the most resident megabytes of its process. `ratios` are saving over
    reading, for each tenth of it."""

    notices: int
    reading: float
    keeping: float
    megabytes: float
    ratios: list[float]

    def ratio(self) -> Ratio:
        """Keeping over reading as a whole; its spread is that of the tenths, which keep by batches and so differ."""
        note = f"{self.notices} notices; spread by tenths"
        return Ratio(
            "keeping / reading", self.keeping / self.reading, min(self.ratios), max(self.ratios), KEEPING, note
        )


def replay(files: list[Path], count: int) -> Replayed:
    """Reads and saves notices through an iterator, in this process, which should have done nothing else."""
    bodies = [file.read_bytes() for file in files]
    read = made = 0.0
    marks: list[tuple[float, float]] = []
    began = time.perf_counter()

    def notices() -> Iterator[Notice]:
        nonlocal read, made
        for n in range(count):
            start = time.perf_counter()
            notice = finish(read_eforms(bodies[n % len(bodies)]))
            done = time.perf_counter()
            fresh = disguise(notice, n // len(bodies))
            read, made = read + done - start, made + time.perf_counter() - done
            if (n + 1) % max(count // 10, 1) == 0:
                marks.append((read, time.perf_counter() - began - read - made))
            yield fresh

    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "warehouse.duckdb") as store:
        began = time.perf_counter()
        store.save_notices(notices())
        kept = time.perf_counter() - began - read - made
    steps = zip([(0.0, 0.0), *marks], [*marks, (read, kept)], strict=True)
    ratios = [(k2 - k1) / (r2 - r1) for (r1, k1), (r2, k2) in steps if r2 > r1]
    return Replayed(count, read, kept, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, ratios)


def disguise(notice: Notice, n: int) -> Notice:
    """The notice as another one: its identifier, its procedure and its number are new."""
    return replace(
        notice,
        id=f"{notice.id}-{n}",
        procedure=f"{notice.procedure}-{n}" if notice.procedure else None,
        publication=replace(notice.publication, number=f"{notice.publication.number}-{n}"),
    )


def measure_replays(data: Path, count: int) -> list[Replayed]:
    """Replays of a tenth, three tenths and all, each in a process of its own."""
    found: list[Replayed] = []
    for share in SHARES:
        words = [sys.executable, "-m", "bench.read", "--data", str(data), "--replay", str(int(count * share))]
        output = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        found.append(Replayed(**json.loads(output)))
    return found


def measure_backfill(files: list[Path], repeat: int) -> Ratio:
    """Seconds with one process over seconds with two, reading and keeping the same packages."""
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder) / "landing"
        landing.mkdir()
        _land_packages(landing, files)
        speedups: list[float] = []
        for at in range(repeat):
            seconds = {
                processes: _backfill(landing, Path(folder) / f"{at}-{processes}", processes) for processes in (1, 2)
            }
            speedups.append(seconds[1] / seconds[2])
    note = f"{PACKAGES} packages of {IN_A_PACKAGE} notices, {repeat} times, processes started before"
    return Ratio.of("backfill, two processes against one", speedups, note=note)


def _land_packages(landing: Path, files: list[Path]) -> None:
    ledger = Ledger(landing, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    bodies = [file.read_bytes() for file in files]
    for at in range(PACKAGES):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for n in range(at * IN_A_PACKAGE, (at + 1) * IN_A_PACKAGE):
                member = tarfile.TarInfo(f"20260101_001/{n:08d}_2026.xml")
                member.size = len(bodies[n % len(bodies)])
                archive.addfile(member, io.BytesIO(bodies[n % len(bodies)]))
        crawl_request = CrawlRequest("package", f"package {at} 0", "", f"package-{at}", "tar.gz")
        ledger.settle(crawl_request, Outcome.LANDED, body=packed.getvalue())


def _backfill(landing: Path, folder: Path, processes: int) -> float:
    with (
        Store.open(folder / "warehouse.duckdb") as store,
        reading(store.batch_builder(), processes, min_bytes=0) as readers,
    ):
        list(readers.read(islice(find_portions("eu_ted", landing), processes)))  # starts the processes
        began = time.perf_counter()
        store.save_batches(bundle.batch for bundle in readers.read(find_portions("eu_ted", landing)))
        return time.perf_counter() - began


def _readable(data: Path) -> list[Path]:
    """The eForms files of a folder that can be read at all."""
    found: list[Path] = []
    for file in sorted((data / "eforms").rglob("*.xml")):
        try:
            read_xml(file.read_bytes())
        except SourceError:
            continue
        found.append(file)
    return found


def main() -> int:
    """The measurements, printed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path("../shared/notices"), help="folder of real notices")
    options.add_argument("--notices", type=int, default=100_000, help="notices of the longest replay")
    options.add_argument("--repeat", type=int, default=9, help="times each ratio is measured")
    options.add_argument("--json", action="store_true", help="for a machine")
    options.add_argument("--replay", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    files = _readable(chosen.data)
    if chosen.replay:
        print(json.dumps(asdict(replay(files, chosen.replay))))
        return 0
    replays = measure_replays(chosen.data, chosen.notices)
    ratios = [
        *measure_reading(files, chosen.repeat),
        replays[-1].ratio(),
        measure_backfill(files, max(chosen.repeat // 2, 1)),
    ]
    is_bounded = replays[-1].megabytes < MEMORY
    _print(ratios, replays, as_json=chosen.json)
    return 0 if is_bounded and all(ratio.is_kept for ratio in ratios) else 1


def _print(ratios: list[Ratio], replays: list[Replayed], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ratios": [asdict(r) for r in ratios], "replays": [asdict(r) for r in replays]}))
        return
    print(f"{'ratio':38}{'median':>8}{'least':>8}{'most':>8}{'bound':>8}")
    for r in ratios:
        bound = f"{r.bound:8.2f}" if r.bound else "        "
        print(f"{r.name:38}{r.median:8.2f}{r.least:8.2f}{r.most:8.2f}{bound}  {r.note}")
    print(f"\n{'notices':>10}{'reading s':>12}{'keeping s':>12}{'most MB':>10}   (bound {MEMORY} MB)")
    for replayed in replays:
        print(f"{replayed.notices:10}{replayed.reading:12.1f}{replayed.keeping:12.1f}{replayed.megabytes:10.0f}")


if __name__ == "__main__":
    sys.exit(main())
