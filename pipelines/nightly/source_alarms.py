"""What a night noticed about a source beside its notices: codes that no list has, too few or too many notices, what
the crawl found odd. Alarms are kept and shown; they stop nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from pipelines.nightly.crawl import CrawlResult
from pipelines.nightly.volume_check import oldest_remembered, volume_alarms
from scrapers.source import Source
from warehouse.model.alarms import Alarm, AlarmKind
from warehouse.model.code_lists import CodeBook, UnknownCode, find_unknown
from warehouse.model.notices import Notice
from warehouse.store import Store

SHOWN = 3
"""Notices named beside an unknown code, and codes of one list named in one alarm."""


class CodeWatch:
    """Looks at notices on their way to the warehouse, and remembers which has a code that its list has not."""

    def __init__(self, book: CodeBook) -> None:
        self._book = book
        self._seen: dict[UnknownCode, list[str]] = {}

    def watch(self, notices: Iterable[Notice]) -> Iterator[Notice]:
        """The same notices."""
        for notice in notices:
            for unknown in find_unknown(notice, self._book):
                self._seen.setdefault(unknown, []).append(notice.publication.number)
            yield notice

    def alarms(self, source: str, night: date) -> Iterator[Alarm]:
        """One for each unknown code, with where it was met."""
        for unknown, numbers in sorted(self._seen.items()):
            met = ", ".join(numbers[:SHOWN]) + (f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else "")
            yield Alarm(
                source,
                night,
                AlarmKind.CODE,
                f"the official list {unknown.list} has no {unknown.code!r} (in {met}); it is kept as written. Run `pib "
                "codes update`; if it stays unknown, the publisher errs or a list changed",
            )


def notice_alarms(
    store: Store,
    source: Source,
    crawl_result: CrawlResult,
    night: date,
    codes: CodeWatch,
    *,
    is_whole: bool,
    declared: bool,
) -> tuple[Alarm, ...]:
    """Counts what came, judges it, and keeps every alarm of the source and night. A source that did not answer to the
    end is missing, which is said elsewhere: its volume is not judged."""
    alarms = [Alarm(source.name, night, AlarmKind.CRAWL, sentence) for sentence in crawl_result.alarms]
    alarms += codes.alarms(source.name, night)
    if is_whole:
        window = crawl_result.window
        volumes = store.count_volumes(source.name, night, window.since, window.until)
        history = store.load_volumes(source.name, night, oldest_remembered(night))
        alarms += volume_alarms(source, volumes, history, declared=declared)
    store.save_alarms(source.name, night, alarms)
    return tuple(alarms)
