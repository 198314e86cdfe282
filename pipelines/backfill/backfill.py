"""The past of a source, fetched at a polite rate, read on every core, and saved: stretch by stretch, oldest first.

Each stretch is landed in a folder of its own under landing/<source>/backfill-<from>_<to> and recorded once it is saved,
so that a run ended at any moment continues where it was. While one stretch is read the next is fetched. Nights continue
meanwhile: the warehouse is locked only while a stretch is saved, and no watermark moves.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pipelines.backfill.parallel_read import Readers, reading
from pipelines.backfill.reread import LandedFolder, reread_folder
from pipelines.config.base_urls import opened_portals
from pipelines.config.clusters import crawled_countries
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from pipelines.errors import BadSettings
from pipelines.nightly.crawl import CrawlResult, Numbers, Window, run_crawl
from pipelines.nightly.source_selection import endpoint_of, why_not_selected
from scrapers.feeds.packages import Span
from scrapers.source import Source, find_sources, has_packages
from warehouse.database.arrow_batches import BatchBuilder
from warehouse.errors import StoreLocked
from warehouse.model.night_reports import Backfilled
from warehouse.store import Store

PATIENCE = 5.0
"""Seconds between two attempts to open a warehouse that a night has locked."""


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """A backfill as requested: a source, days of publication (both included), packages of a day or a month, how many
    processes read, and the day a local portal plays."""

    source: Source
    window: Window
    span: Span
    processes: int
    on: date


@dataclass(frozen=True, slots=True)
class BackfillWindow:
    """A stretch of the past and how it ended. `error` is a sentence when it did not come in full or could not be
    read; `was_kept` marks one of an earlier run."""

    window: Window
    backfilled: Backfilled | None
    error: str | None = None
    was_kept: bool = False


def backfill_request(
    source: str, first: date, last: date, span: Span, processes: int | None, on: date
) -> BackfillRequest:
    """The checked request for the days from `first` to `last` (both included) of a `source`, in packages of a `span`.

    `processes` is how many read, None for one a core; `on` is today. Raises BadSettings for an unknown source, or days
    that are not past or in the wrong order.
    """
    sources = find_sources()
    if source not in sources or sources[source].is_folder:
        raise BadSettings(f"--source {source!r} is no source with a past; known are {', '.join(sorted(sources))}")
    if first > last:
        raise BadSettings(f"--from {first} is after --to {last}")
    if last >= on:
        raise BadSettings(f"--to {last}: a backfill ends before today ({on}), which is the night's")
    return BackfillRequest(sources[source], Window(first, last), span, processes or os.cpu_count() or 1, on)


def split_windows(request: BackfillRequest) -> tuple[Window, ...]:
    """The windows of the stretches: calendar months of packages, else weeks from Monday; the first and the last are cut
    to the requested days, but months of packages are whole."""
    found: list[Window] = []
    day, last = request.window.since, request.window.until
    if request.span is Span.MONTH and has_packages(request.source.name):
        day, last = day.replace(day=1), _end_of_month(last)
    while day <= last:
        end = _end_of_month(day) if has_packages(request.source.name) else day + timedelta(days=6 - day.weekday())
        found.append(Window(day, min(end, last)))
        day = end + timedelta(days=1)
    return tuple(found)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def run_backfill(
    workspace: Workspace, request: BackfillRequest, on_done: Callable[[float, str], None]
) -> Iterator[BackfillWindow]:
    """Each stretch as it ends; the first that fails is the last. `on_done` is called with the days done and the present
    step.

    Raises BadSettings when the source is not configured, PortalFailed, and the errors of the warehouse.
    """
    why = why_not_selected(request.source, workspace.settings, os.environ)
    if why:
        raise BadSettings(why)
    with _opened(workspace) as store:
        kept = {(b.window_from, b.window_to): b for b in store.load_backfilled(request.source.name)}
        batch_builder = store.batch_builder()
    windows = split_windows(request)
    for window in windows:
        if (window.since, window.until) in kept:
            yield BackfillWindow(window, kept[window.since, window.until], was_kept=True)
    todo = [window for window in windows if (window.since, window.until) not in kept]
    done = float(sum(len(window.days) for window in windows) - sum(len(window.days) for window in todo))
    on_done(done, "")
    if todo:
        with opened_portals(workspace.settings, request.on, log=workspace.facts / "portal.log") as base_urls:
            yield from _run(
                workspace, request, todo, batch_builder, base_urls, lambda days, what: on_done(done + days, what)
            )
        with write_lock(workspace.facts, "pib backfill", on_wait=print_waiting), _opened(workspace) as store:
            store.publish_copy(workspace.facts_copy)


def _run(
    workspace: Workspace,
    request: BackfillRequest,
    todo: list[Window],
    batch_builder: BatchBuilder,
    base_urls: Mapping[str, str] | None,
    on_done: Callable[[float, str], None],
) -> Iterator[BackfillWindow]:
    """Fetches one ahead, reads and saves in order."""
    days = 0.0
    with ThreadPoolExecutor(1) as fetching, reading(batch_builder, request.processes) as readers:
        coming: Future[CrawlResult] = fetching.submit(_fetch, workspace, request, todo[0], base_urls, lambda _: None)
        for at, window in enumerate(todo):
            on_done(days, f"fetching {window.since} to {window.until}")
            crawl_result = coming.result()
            if crawl_result.is_complete and at + 1 < len(todo):
                coming = fetching.submit(_fetch, workspace, request, todo[at + 1], base_urls, lambda _: None)
            stretch = _keep(
                workspace,
                request,
                window,
                crawl_result,
                readers,
                _progress_reporter(on_done, days, window, crawl_result),
            )
            yield stretch
            if stretch.error:
                return
            days += len(window.days)
            on_done(days, "")


def _progress_reporter(
    on_done: Callable[[float, str], None], days: float, window: Window, crawl_result: CrawlResult
) -> Callable[[int], None]:
    """Reports bytes read as days done."""
    read = 0

    def report(weight: int) -> None:
        nonlocal read
        read += weight
        share = min(read / crawl_result.bytes, 1.0) if crawl_result.bytes else 0.0
        on_done(days + share * len(window.days), f"reading {window.since} to {window.until}")

    return report


def folder_of(workspace: Workspace, source: str, window: Window, span: Span) -> Path:
    """The folder a stretch of a `source` is landed in, below the data folder of the `workspace`.

    `window` are its days, `span` the kind of package: a month's package differs from those of its days and has a folder
    of its own.
    """
    whole = "-month" if span is Span.MONTH and has_packages(source) else ""
    return workspace.facts / "landing" / source / f"backfill-{window.since}_{window.until}{whole}"


def _fetch(
    workspace: Workspace,
    request: BackfillRequest,
    window: Window,
    base_urls: Mapping[str, str] | None,
    on_landed: Callable[[int], None],
) -> CrawlResult:
    source = request.source
    return run_crawl(
        source,
        window,
        folder_of(workspace, source.name, window, request.span),
        base_url=base_urls[source.name] if base_urls is not None else None,
        endpoint=endpoint_of(source, workspace.settings).name,
        calls=None,
        countries=() if workspace.settings.portals.startswith("replay:") else crawled_countries(workspace),
        contact=workspace.settings.contact,
        numbers=Numbers((), ()),
        on_landed=on_landed,
        span=request.span,
    )


def _keep(
    workspace: Workspace,
    request: BackfillRequest,
    window: Window,
    crawl_result: CrawlResult,
    readers: Readers,
    on_read: Callable[[int], None],
) -> BackfillWindow:
    """Reads and saves a stretch that came in full, and records it."""
    if not crawl_result.is_complete:
        return BackfillWindow(window, None, crawl_result.error)
    with write_lock(workspace.facts, "pib backfill", on_wait=print_waiting), _opened(workspace) as store:
        folder = LandedFolder(request.source.name, crawl_result.folder, window.until)
        reread = reread_folder(workspace, store, readers, folder, on_read)
        if reread.changed:
            return BackfillWindow(window, None, reread.changed)
        backfilled = Backfilled(
            source=request.source.name,
            window_from=window.since,
            window_to=window.until,
            span=request.span,
            notices=reread.notices,
            set_aside=reread.set_aside,
            bytes=crawl_result.bytes,
            kept_on=request.on,
        )
        store.save_backfilled(backfilled)
    return BackfillWindow(window, backfilled)


def _opened(workspace: Workspace) -> Store:
    """The warehouse, once the night that has locked it is over."""
    while True:
        try:
            return workspace.open_facts()
        except StoreLocked:
            time.sleep(PATIENCE)
