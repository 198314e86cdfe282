"""The past of a source, fetched at a polite pace, read on every core, and kept: stretch by stretch, oldest first.

Each stretch is landed in a folder of its own under landing/<source>/backfill-<from>_<to> and remembered once it is
kept, so that a run ended at any moment goes on where it was. While one stretch is read the next is fetched. Nights go
on meanwhile: the warehouse is held only while a stretch is kept, and no watermark moves.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pipelines.backfill.parallel_read import Readers, reading
from pipelines.backfill.reread import Folder, keep_folder
from pipelines.config.base_urls import opened_portals
from pipelines.config.workspace import House, held
from pipelines.errors import BadSettings
from pipelines.nightly.crawl import Crawled, Numbers, Window, run_crawl
from pipelines.nightly.source_selection import door_of, why_not_asked
from scrapers.feeds.packages import Span
from scrapers.source import Source, find_sources, has_packages
from warehouse.database.arrow_batches import Packer
from warehouse.errors import StoreLocked
from warehouse.model.night_reports import Backfilled
from warehouse.store import Store

PATIENCE = 5.0
"""Seconds between two looks at a warehouse that a night holds."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a source, days of publication (both included), packages of a day or a month, how many
    processes read, and what a local portal takes for today."""

    source: Source
    window: Window
    span: Span
    processes: int
    on: date


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the past and how it ended. `error` is a sentence when it did not come in full or could not be
    read; `was_kept` marks one of an earlier run."""

    window: Window
    backfilled: Backfilled | None
    error: str | None = None
    was_kept: bool = False


def order_of(source: str, first: date, last: date, span: Span, processes: int | None, on: date) -> Order:
    """The order, checked. Raises BadSettings."""
    sources = find_sources()
    if source not in sources or sources[source].is_folder:
        raise BadSettings(f"--source {source!r} is no source with a past; known are {', '.join(sorted(sources))}")
    if first > last:
        raise BadSettings(f"--from {first} is after --to {last}")
    if last >= on:
        raise BadSettings(f"--to {last}: a backfill ends before today ({on}), which is the night's")
    return Order(sources[source], Window(first, last), span, processes or os.cpu_count() or 1, on)


def stretches_of(order: Order) -> tuple[Window, ...]:
    """The windows of the stretches: calendar months of packages, else weeks from Monday; the first and the last are cut
    to the days asked for, but months of packages are whole."""
    found: list[Window] = []
    day, last = order.window.since, order.window.until
    if order.span is Span.MONTH and has_packages(order.source.name):
        day, last = day.replace(day=1), _end_of_month(last)
    while day <= last:
        end = _end_of_month(day) if has_packages(order.source.name) else day + timedelta(days=6 - day.weekday())
        found.append(Window(day, min(end, last)))
        day = end + timedelta(days=1)
    return tuple(found)


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def run_backfill(house: House, order: Order, on_done: Callable[[float, str], None]) -> Iterator[Stretch]:
    """Each stretch as it ends; the first that fails is the last. `on_done` is told days done and what goes on.

    Raises BadSettings when the source cannot be asked, PortalFailed, and what the warehouse raises.
    """
    why = why_not_asked(order.source, house.settings, os.environ)
    if why:
        raise BadSettings(why)
    with _opened(house) as store:
        kept = {(b.window_from, b.window_to): b for b in store.find_backfilled(order.source.name)}
        packer = store.packer()
    windows = stretches_of(order)
    for window in windows:
        if (window.since, window.until) in kept:
            yield Stretch(window, kept[window.since, window.until], was_kept=True)
    todo = [window for window in windows if (window.since, window.until) not in kept]
    done = float(sum(len(window.days) for window in windows) - sum(len(window.days) for window in todo))
    on_done(done, "")
    if todo:
        with opened_portals(house.settings, order.on, log=house.data / "portal.log") as base_urls:
            yield from _run(house, order, todo, packer, base_urls, lambda days, what: on_done(done + days, what))


def _run(
    house: House,
    order: Order,
    todo: list[Window],
    packer: Packer,
    base_urls: Mapping[str, str] | None,
    on_done: Callable[[float, str], None],
) -> Iterator[Stretch]:
    """Fetches one ahead, reads and keeps in order."""
    days = 0.0
    with ThreadPoolExecutor(1) as fetching, reading(packer, order.processes) as readers:
        coming: Future[Crawled] = fetching.submit(_fetch, house, order, todo[0], base_urls, lambda _: None)
        for at, window in enumerate(todo):
            on_done(days, f"fetching {window.since} to {window.until}")
            crawled = coming.result()
            if crawled.is_complete and at + 1 < len(todo):
                coming = fetching.submit(_fetch, house, order, todo[at + 1], base_urls, lambda _: None)
            stretch = _keep(house, order, window, crawled, readers, _telling(on_done, days, window, crawled))
            yield stretch
            if stretch.error:
                return
            days += len(window.days)
            on_done(days, "")


def _telling(
    on_done: Callable[[float, str], None], days: float, window: Window, crawled: Crawled
) -> Callable[[int], None]:
    """Tells bytes read as days done."""
    read = 0

    def tell(weight: int) -> None:
        nonlocal read
        read += weight
        share = min(read / crawled.bytes, 1.0) if crawled.bytes else 0.0
        on_done(days + share * len(window.days), f"reading {window.since} to {window.until}")

    return tell


def folder_of(house: House, source: str, window: Window, span: Span) -> Path:
    """Where a stretch is landed. A month's package is another answer than its days' and has a folder of its own."""
    whole = "-month" if span is Span.MONTH and has_packages(source) else ""
    return house.data / "landing" / source / f"backfill-{window.since}_{window.until}{whole}"


def _fetch(
    house: House,
    order: Order,
    window: Window,
    base_urls: Mapping[str, str] | None,
    on_landed: Callable[[int], None],
) -> Crawled:
    source = order.source
    return run_crawl(
        source,
        window,
        folder_of(house, source.name, window, order.span),
        base_url=base_urls[source.name] if base_urls is not None else None,
        door=door_of(source, house.settings).name,
        calls=None,
        countries=() if house.settings.portals.startswith("replay:") else house.settings.countries,
        contact=house.settings.contact,
        numbers=Numbers((), ()),
        on_landed=on_landed,
        span=order.span,
    )


def _keep(
    house: House, order: Order, window: Window, crawled: Crawled, readers: Readers, on_read: Callable[[int], None]
) -> Stretch:
    """Reads and keeps a stretch that came in full, and remembers it."""
    if not crawled.is_complete:
        return Stretch(window, None, crawled.error)
    with held(house.data, wait=True), _opened(house) as store:
        folder = Folder(order.source.name, crawled.folder, window.until)
        reread = keep_folder(house, store, readers, folder, on_read)
        if reread.changed:
            return Stretch(window, None, reread.changed)
        backfilled = Backfilled(
            source=order.source.name,
            window_from=window.since,
            window_to=window.until,
            span=order.span,
            notices=reread.notices,
            set_aside=reread.set_aside,
            bytes=crawled.bytes,
            kept_on=order.on,
        )
        store.keep_backfilled(backfilled)
    return Stretch(window, backfilled)


def _opened(house: House) -> Store:
    """The warehouse, when the night that holds it is over."""
    while True:
        try:
            return Store.open(house.warehouse)
        except StoreLocked:
            time.sleep(PATIENCE)
