"""Archives of one day of publication each, requested by the day alone: no listing, no paging.

Which days are requested and whether an archive came; its content is read from where it was landed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from scrapers.errors import SourceChanged, SourceIncomplete
from scrapers.feeds.request import AnonymousAccess, CrawlJob, CrawlRequest, complaint, excerpt, has_working_day
from scrapers.safe_formats.zip import read_zip

_ZIP = b"PK\x03\x04"
_END = b"PK\x05\x06"
_LONGEST_END = 65_557
"""Bytes within which the end record of a zip lies: 22 and a comment of at most 65,535."""


@dataclass(frozen=True, slots=True)
class DailyExports:
    """Zip archives under `path` ({day}: YYYY-MM-DD). The publisher gives a day only once it is over: after a 400 for
    the last day of the window, the next night, whose window overlaps this one, requests it again."""

    path: str

    def paginator(self, job: CrawlJob) -> DailyExportsPaginator:
        """A crawl of this feed."""
        return DailyExportsPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> None:
        """Nothing: an archive holds full texts."""
        del job, number


@dataclass(slots=True)
class DailyExportsPaginator(AnonymousAccess):
    """One crawl of daily archives. `rows` counts the files in them."""

    feed: DailyExports
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])

    def begin(self) -> Sequence[CrawlRequest]:
        """Every day of the window, oldest first."""
        days = (self.job.last - self.job.first).days + 1
        return [self._day_request(self.job.first + timedelta(days=n)) for n in range(days)]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """No further requests. Raises SourceIncomplete for an archive without its end, SourceChanged for no archive.

        A zip without a file is its end alone."""
        if not body.startswith((_ZIP, _END)):
            raise SourceChanged(f"{request.url}: no zip came but {excerpt(body)}; look at the publisher's contract")
        if _END not in body[-_LONGEST_END:]:
            raise SourceIncomplete(f"{request.url}: the zip is cut off after {len(body)} bytes; crawl again")
        files = sum(1 for _ in read_zip(body))
        self.rows += files
        day = date.fromisoformat(request.key.split()[1])
        if files == 0 and has_working_day(day, day):
            self.alarms.append(f"no notice at all on {day}, a working day; look at the publisher's page of that day")
        return []

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """No further request where a `status` of 400 answers the `request` of the last day, which is not over; raises
        for any other.

        `body` is quoted in the error; `resumed` changes nothing.
        """
        del resumed
        if status == 400 and request.key == f"export {self.job.last}":
            return []
        raise complaint(request, status, body)

    def _day_request(self, day: date) -> CrawlRequest:
        url = self.job.base_url + self.feed.path.format(day=day)
        return CrawlRequest(f"export {day}", f"export {day}", url, f"export-{day}", "zip")
