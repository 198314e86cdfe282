"""`pib backfill` and `pib rebuild`: long runs, with a progress bar."""

import json
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.backfill.backfill import BackfillRequest, BackfillWindow, run_backfill, split_windows
from pipelines.backfill.eta import Eta
from pipelines.config.clusters import find_clusters
from pipelines.config.workspace import ZONE, Workspace
from pipelines.recovery.rebuild import DIFFERENCES, Rebuilt, run_rebuild
from pipelines.recovery.stores import MendedStore, mend_stores

SHOWN = 20
"""Differences of a rebuild that are printed."""


class ProgressBar:
    """One bar on stderr. The first report gives where this run began, which does not count for its speed."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, left="") if bars else None
        self._eta: Eta | None = None
        self._since = time.monotonic()

    def update(self, done: float, total: float, what: str) -> None:
        """Reports units done of a total, and the present step."""
        if self._bars is None or self._task is None:
            return
        self._eta = self._eta or Eta(total, done)
        self._eta.done = done
        left = self._eta.describe(time.monotonic() - self._since)
        self._bars.update(self._task, completed=done, total=total, description=what, left=left)


@contextmanager
def bar(*, quiet: bool) -> Generator[ProgressBar]:
    """A progress bar in a terminal, none elsewhere."""
    if quiet:
        yield ProgressBar(None)
        return
    columns = (TextColumn("{task.description:36}"), BarColumn(bar_width=16), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[left]}"), console=Console(stderr=True)) as bars:
        yield ProgressBar(bars)


def backfill(workspace: Workspace, request: BackfillRequest, *, as_json: bool) -> bool:
    """Fetches the past and prints what came; whether all of it did."""
    days = sum(len(window.days) for window in split_windows(request))
    with bar(quiet=as_json) as watched:
        outcomes = list(run_backfill(workspace, request, lambda done, what: watched.update(done, days, what)))
    if as_json:
        plain = [{**asdict(outcome), "window": asdict(outcome.window)} for outcome in outcomes]
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
    else:
        console = Console()
        console.print(_outcome_table(request, outcomes))
        for outcome in outcomes:
            if outcome.error:
                console.print(f"{outcome.window.since} to {outcome.window.until}: {outcome.error}", highlight=False)
                console.print("Run the same command again: it goes on from there.", highlight=False)
    return not any(outcome.error for outcome in outcomes)


def _outcome_table(request: BackfillRequest, outcomes: list[BackfillWindow]) -> Table:
    table = Table("from", "to", "notices", "set aside", "MB", "state", title=f"The past of {request.source.title}")
    for outcome in outcomes:
        kept = outcome.backfilled
        counted = (f"{kept.notices}", f"{kept.set_aside}", f"{kept.bytes / 1e6:.1f}") if kept else ("", "", "")
        state = "kept before" if outcome.was_kept else "kept" if kept else "[red]incomplete[/red]"
        table.add_row(str(outcome.window.since), str(outcome.window.until), *counted, state)
    return table


def rebuild(workspace: Workspace, *, processes: int | None, anyway: bool, on: date, as_json: bool) -> bool:
    """Rebuilds the facts of the `workspace` and each store of its clusters that is damaged, and prints what differs and
    what is lost, as JSON with `as_json`; whether every folder could be read, every store mended, and nothing is lost.

    `processes` is how many read, None for one a core; `anyway` accepts folders that cannot be read whole; `on` is
    today.
    """
    with bar(quiet=as_json) as watched:
        rebuilt = run_rebuild(workspace, processes=processes, anyway=anyway, on=on, on_done=watched.update)
    mended = tuple(
        store
        for name in find_clusters(workspace.data)
        for store in mend_stores(replace(workspace, cluster=name), at=datetime.now(ZONE))
    )
    if as_json:
        sys.stdout.write(json.dumps(_plain(rebuilt, mended), ensure_ascii=False, default=str) + "\n")
        return _is_whole(rebuilt, mended)
    console = Console()
    for sentence in _damage_sentences(workspace, rebuilt, mended):
        console.print(sentence, highlight=False, markup=False, soft_wrap=True)
    console.print(_drifts(rebuilt))
    notices, aside = sum(r.notices for r in rebuilt.folders), sum(r.set_aside for r in rebuilt.folders)
    console.print(f"{len(rebuilt.folders)} folders read again: {notices} notices, {aside} set aside", highlight=False)
    carried = ", ".join(f"{rows} {table}" for table, rows in rebuilt.carried.items() if rows)
    console.print(f"carried over: {carried or 'nothing'}", highlight=False)
    for difference in rebuilt.differences[:SHOWN]:
        where = f"{difference.table} {difference.key} {difference.column}".strip()
        console.print(f"- {where}: {difference.before} -> {difference.after}", highlight=False, markup=False)
    if rebuilt.differences:
        listed = workspace.facts / DIFFERENCES
        console.print(f"{len(rebuilt.differences)} values differ, each listed in {listed}", highlight=False)
    for reread in rebuilt.changed:
        console.print(f"not read: {reread.folder.path}: {reread.changed}", highlight=False, markup=False)
    return _is_whole(rebuilt, mended)


def _is_whole(rebuilt: Rebuilt, mended: tuple[MendedStore, ...]) -> bool:
    return not (rebuilt.changed or rebuilt.losses or any(store.losses for store in mended))


def _damage_sentences(workspace: Workspace, rebuilt: Rebuilt, mended: tuple[MendedStore, ...]) -> Iterator[str]:
    """What was damaged, what became of it, and what is lost."""
    if rebuilt.damage:
        yield f"{workspace.warehouse.name} was damaged ({rebuilt.damage}) and is made anew; what was there is kept as "
        yield f"  {workspace.warehouse.name}.damaged until the next rebuild"
        yield from (f"- {loss}" for loss in rebuilt.losses)
    for store in mended:
        outcome = "is made anew" if store.is_mended else "stays as it is"
        yield f"{store.store} was damaged ({store.damage}) and {outcome}"
        yield from (f"- {loss}" for loss in store.losses)


def _drifts(rebuilt: Rebuilt) -> Table:
    table = Table("table", "before", "now", "new or changed", "gone or changed", title="What differs")
    for drift in rebuilt.drifts:
        table.add_row(drift.table, *(str(n) for n in (drift.before, drift.after, drift.gained, drift.lost)))
    return table


def _plain(rebuilt: Rebuilt, mended: tuple[MendedStore, ...]) -> dict[str, object]:
    return {
        "damage": rebuilt.damage,
        "losses": list(rebuilt.losses),
        "stores": [asdict(store) for store in mended],
        "drifts": [asdict(drift) for drift in rebuilt.drifts],
        "differences": [asdict(difference) for difference in rebuilt.differences],
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
