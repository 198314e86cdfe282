"""The output of a night in a terminal of 80 columns, or as JSON."""

import json
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from pipelines.config.workspace import Progress, Unwatched
from pipelines.run_night import NightReport


class Watched:
    """Bars on stderr: one line per stage, the current one moving."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._current: TaskID | None = None

    def begin(self, stage: str) -> None:
        """Closes the stage before and opens this one."""
        self.end()
        self._current = self._bars.add_task(stage, total=None)

    def advance(self, done: int, total: int | None) -> None:
        """Moves the bar of the current stage."""
        if self._current is not None:
            self._bars.update(self._current, completed=done, total=total)

    def end(self) -> None:
        """The current stage is done."""
        if self._current is not None:
            task = self._bars.tasks[self._current]
            done = max(task.completed, 1)
            self._bars.update(self._current, total=done, completed=done)


@contextmanager
def watching(*, quiet: bool) -> Generator[Progress]:
    """A Progress of a night; on stderr, so that stdout stays for results."""
    if quiet:
        yield Unwatched()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description:28}"), BarColumn(bar_width=12), MofNCompleteColumn())
    with Bars(*columns, TimeRemainingColumn(elapsed_when_finished=True), console=Console(stderr=True)) as bars:
        watched = Watched(bars)
        yield watched
        watched.end()


def show_night(report: NightReport, *, as_json: bool) -> None:
    """The table a night ends with, and where to look next."""
    if as_json:
        sys.stdout.write(json.dumps(_plain(report), ensure_ascii=False) + "\n")
        return
    console = Console()
    console.print(_gathered(report))
    console.print(_done(report))
    for line in _attention(report):
        console.print(line, style="bold red", highlight=False)
    for line in report.skipped:
        console.print(line, highlight=False, soft_wrap=True)
    for line in _next_steps(report):
        console.print(line, highlight=False, soft_wrap=True)


def _gathered(report: NightReport) -> Table:
    table = Table("source", "from", "listed", "requests", "set aside", "state", title=f"The night of {report.night}")
    for crawl in report.crawls:
        state = "complete" if crawl.complete else f"[red]{crawl.error_kind}[/red]"
        counted = [str(n) for n in (crawl.notices, crawl.requests, crawl.set_aside)]
        table.add_row(crawl.source, crawl.window_from.isoformat(), *counted, state)
    return table


def _done(report: NightReport) -> Table:
    table = Table("stage", "what was done", show_header=False)
    for stage, measured in report.measured.items():
        if measured and not stage.startswith("landed"):
            table.add_row(stage, ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in measured.items()))
    return table


def _attention(report: NightReport) -> Iterator[str]:
    for crawl in report.missing_sources:
        yield f"missing: {crawl.source}: {crawl.error}"
    for alarm in report.alarms:
        yield f"look at {alarm.source}: {alarm.sentence}"
    for check in report.broken:
        yield f"does not hold: {check.replace('_', ' ')} (see `pib status`)"
    if report.mail:
        yield f"no letter leaves: {report.mail}"
    if report.clock:
        yield report.clock
    yield from report.unsent_alerts
    for failure in report.failures:
        yield f"failed: {failure}"


def _next_steps(report: NightReport) -> Iterator[str]:
    if report.letters:
        yield f"A letter to open:     {report.letters[0]}"
        yield f"All {len(report.letters)} letters:        {report.letters[0].parent}"
    if report.workspace.exports.is_dir():
        yield f"Tables for analysts:  {report.workspace.exports}"
    yield f"Then:                 pib status --data {report.workspace.data}"


def _plain(report: NightReport) -> dict[str, object]:
    return {
        "night": report.night.isoformat(),
        "data": str(report.workspace.data),
        "sources": [
            {
                "source": c.source,
                "complete": c.complete,
                "error": c.error,
                "listed": c.notices,
                "set_aside": c.set_aside,
            }
            for c in report.crawls
        ],
        "stages": report.measured,
        "alarms": [{"source": a.source, "kind": a.kind, "sentence": a.sentence} for a in report.alarms],
        "failures": report.failures,
        "mail": report.mail,
        "clock": report.clock,
        "unsent_alerts": report.unsent_alerts,
        "not_asked": report.skipped,
        "truths_broken": report.broken,
        "letters": [str(path) for path in report.letters],
    }
