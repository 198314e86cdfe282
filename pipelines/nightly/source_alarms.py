"""Alarms of a night about its sources: codes that no list has, too few or too many notices, what the crawl reported.
Alarms are saved and shown; they stop nothing."""

from collections.abc import Iterable, Iterator
from datetime import date

from pipelines.nightly.crawl import CrawlResult
from pipelines.nightly.volume_check import oldest_remembered, volume_alarms
from scrapers.landing import load_known_numbers
from scrapers.read import Reading
from scrapers.source import Source
from warehouse.model.alarms import Alarm, AlarmKind
from warehouse.model.code_lists import CodeBook, UnknownCode, unknown_codes
from warehouse.model.notices import Notice, SetAside
from warehouse.model.set_aside_reasons import group_reasons
from warehouse.store import Store

SHOWN = 3
"""Notices named beside an unknown code, and codes of one list named in one alarm."""


class CodeWatch:
    """Examines notices on their way to the warehouse, and collects the codes that their lists do not have."""

    def __init__(self, book: CodeBook) -> None:
        self._book = book
        self._seen: dict[UnknownCode, list[str]] = {}

    def watch(self, notices: Iterable[Notice]) -> Iterator[Notice]:
        """The same notices."""
        for notice in notices:
            for unknown in unknown_codes(notice, self._book):
                self._seen.setdefault(unknown, []).append(notice.publication.number)
            yield notice

    def alarms(self, source: str, night: date) -> Iterator[Alarm]:
        """One for each unknown code, with the notices that have it."""
        for unknown, numbers in sorted(self._seen.items()):
            met = ", ".join(numbers[:SHOWN]) + (f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else "")
            yield Alarm(
                source,
                night,
                AlarmKind.CODE,
                f"the official list {unknown.list} has no {unknown.code!r} (in {met}); it is kept as written. Run `pib "
                "codes update`; if it stays unknown, the publisher errs or a list changed",
            )


class ReadingWatch:
    """Examines readings on their way: what was set aside as unknown, what readers doubted, and whether everything
    listed was read or set aside."""

    def __init__(self) -> None:
        self._unknown: list[tuple[str, str]] = []
        self._doubts: dict[str, list[str]] = {}
        self._seen: set[str] = set()
        self._ended = False

    def watch(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        """The same readings."""
        for reading in readings:
            self._seen.add(reading.identifier)
            if reading.is_unknown:
                self._unknown.append((reading.identifier, reading.reason or ""))
            for doubt in reading.notice.doubts if reading.notice else ():
                self._doubts.setdefault(doubt, []).append(reading.identifier)
            yield reading
        self._ended = True

    def alarms(self, crawl_result: CrawlResult, night: date) -> Iterator[Alarm]:
        """One for each unknown reason, each doubt, and one where the sums do not agree."""
        aside = (SetAside(crawl_result.source, name, reason, "", night) for name, reason in self._unknown)
        for reason in group_reasons(aside):
            yield Alarm(
                crawl_result.source,
                night,
                AlarmKind.ASIDE,
                f"{len(reason.identifiers)} set aside ({reason.named}), which is unknown: {reason.example:.400} "
                "Teach the reader, then run `pib reread --set-aside`",
            )
        for doubt, names in sorted(self._doubts.items()):
            yield Alarm(crawl_result.source, night, AlarmKind.DOUBT, f"in {', '.join(names[:SHOWN])}: {doubt}")
        missing = crawl_result.listed - len(self._seen) - len(load_known_numbers(crawl_result.folder))
        if self._ended and crawl_result.is_complete and missing > 0 and crawl_result.source not in REPEATS:
            yield Alarm(
                crawl_result.source,
                night,
                AlarmKind.CRAWL,
                f"{missing} of {crawl_result.listed} records listed were neither read, known nor set aside; compare "
                f"the manifest in {crawl_result.folder.name} with what was kept",
            )


REPEATS = frozenset({"fr_decp"})
"""Sources whose rows are not one notice each: a contract is repeated for every modification."""


def notice_alarms(
    store: Store,
    source: Source,
    crawl_result: CrawlResult,
    night: date,
    seen: Iterable[Alarm],
    *,
    is_whole: bool,
    declared: bool,
) -> tuple[Alarm, ...]:
    """Counts the notices of a `night`, compares the counts with earlier nights, and saves every alarm of the `source`
    in the `store`.

    `crawl_result` gives the window and the crawl's own alarms; `seen` are alarms found while reading. Volumes are
    compared only with `is_whole`, where the source answered to the end; with `declared` the range declared by the
    source file is used while history is short.
    """
    alarms = [Alarm(source.name, night, AlarmKind.CRAWL, sentence) for sentence in crawl_result.alarms]
    alarms += seen
    if is_whole:
        window = crawl_result.window
        volumes = store.count_volumes(source.name, night, window.since, window.until)
        history = store.load_volumes(source.name, night, oldest_remembered(night))
        alarms += volume_alarms(source, volumes, history, declared=declared)
    store.save_alarms(source.name, night, alarms)
    return tuple(alarms)
