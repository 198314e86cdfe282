"""`pib backfill` and `pib rebuild`: long works, with a bar that says how far they are and what it does not know."""

import json
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.backfill.backfill import Order, Stretch, run_backfill, stretches_of
from pipelines.backfill.eta import Pace
from pipelines.backfill.rebuild import Rebuilt, run_rebuild
from pipelines.config.workspace import House


class Bar:
    """One bar on stderr. The first news tells where this run began, which says nothing of its speed."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, left="") if bars else None
        self._pace: Pace | None = None
        self._since = time.monotonic()

    def tell(self, done: float, total: float, what: str) -> None:
        """So much of so much is done; `what` goes on."""
        if self._bars is None or self._task is None:
            return
        self._pace = self._pace or Pace(total, done)
        self._pace.done = done
        left = self._pace.say(time.monotonic() - self._since)
        self._bars.update(self._task, completed=done, total=total, description=what, left=left)


@contextmanager
def bar(*, quiet: bool) -> Generator[Bar]:
    """A bar while somebody watches."""
    if quiet:
        yield Bar(None)
        return
    columns = (TextColumn("{task.description:36}"), BarColumn(bar_width=16), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[left]}"), console=Console(stderr=True)) as bars:
        yield Bar(bars)


def backfill(house: House, order: Order, *, as_json: bool) -> bool:
    """Fetches the past and says what came; whether all of it did."""
    days = sum(len(window.days) for window in stretches_of(order))
    with bar(quiet=as_json) as told:
        stretches = list(run_backfill(house, order, lambda done, what: told.tell(done, days, what)))
    if as_json:
        plain = [{**asdict(stretch), "window": asdict(stretch.window)} for stretch in stretches]
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
    else:
        console = Console()
        console.print(_stretches(order, stretches))
        for stretch in stretches:
            if stretch.error:
                console.print(f"{stretch.window.since} to {stretch.window.until}: {stretch.error}", highlight=False)
                console.print("Run the same command again: it goes on from there.", highlight=False)
    return not any(stretch.error for stretch in stretches)


def _stretches(order: Order, stretches: list[Stretch]) -> Table:
    table = Table("from", "to", "notices", "set aside", "MB", "state", title=f"The past of {order.source.title}")
    for stretch in stretches:
        kept = stretch.backfilled
        counted = (f"{kept.notices}", f"{kept.set_aside}", f"{kept.bytes / 1e6:.1f}") if kept else ("", "", "")
        state = "kept before" if stretch.was_kept else "kept" if kept else "[red]incomplete[/red]"
        table.add_row(str(stretch.window.since), str(stretch.window.until), *counted, state)
    return table


def rebuild(house: House, *, processes: int | None, anyway: bool, on: date, as_json: bool) -> bool:
    """Rebuilds the warehouse and says what differs; whether every folder could be read."""
    with bar(quiet=as_json) as told:
        rebuilt = run_rebuild(house, processes=processes, anyway=anyway, on=on, on_done=told.tell)
    if as_json:
        sys.stdout.write(json.dumps(_plain(rebuilt), ensure_ascii=False, default=str) + "\n")
        return not rebuilt.changed
    console = Console()
    console.print(_drifts(rebuilt))
    notices, aside = sum(r.notices for r in rebuilt.folders), sum(r.set_aside for r in rebuilt.folders)
    console.print(f"{len(rebuilt.folders)} folders read again: {notices} notices, {aside} set aside", highlight=False)
    carried = ", ".join(f"{rows} {table}" for table, rows in rebuilt.carried.items() if rows)
    console.print(f"carried over: {carried or 'nothing'}", highlight=False)
    for reread in rebuilt.changed:
        console.print(f"not read: {reread.folder.path}: {reread.changed}", highlight=False, markup=False)
    return not rebuilt.changed


def _drifts(rebuilt: Rebuilt) -> Table:
    table = Table("table", "before", "now", "new or changed", "gone or changed", title="What differs")
    for drift in rebuilt.drifts:
        table.add_row(drift.table, *(str(n) for n in (drift.before, drift.after, drift.gained, drift.lost)))
    return table


def _plain(rebuilt: Rebuilt) -> dict[str, object]:
    return {
        "drifts": [asdict(drift) for drift in rebuilt.drifts],
        "carried": dict(rebuilt.carried),
        "folders": [
            {
                "source": reread.folder.source,
                "folder": reread.folder.path.name,
                "notices": reread.notices,
                "set_aside": reread.set_aside,
                "changed": reread.changed,
            }
            for reread in rebuilt.folders
        ],
    }
