"""JSON listings by GET whose pages are numbered from 0, with one JSON document per row (Spring's page of content)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

from scrapers.errors import SourceChanged, SourceIncomplete
from scrapers.feeds.request import (
    AnonymousAccess,
    CrawlJob,
    CrawlRequest,
    complaint,
    excerpt,
    has_working_day,
    read_numbers,
    read_object,
)


@dataclass(frozen=True, slots=True)
class NumberedPages:
    """Rows under `path`, of the days between the parameters `since` and `until` (both included), `limit` a page; a row
    is named by `identifier`, and its document lies under `path`/<identifier>."""

    path: str
    since: str
    until: str
    identifier: str
    limit: int = 100

    def paginator(self, job: CrawlJob) -> NumberedPaginator:
        """A crawl of this feed."""
        return NumberedPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> CrawlRequest:
        """The request for one row's document."""
        url = f"{job.base_url}{self.path}/{number}"
        return CrawlRequest("notice", f"notice {number}", url, f"notice-{number}", number=number)


@dataclass(slots=True)
class NumberedPaginator(AnonymousAccess):
    """One crawl of numbered pages: every page first, then the documents."""

    feed: NumberedPages
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])
    _seen: dict[str, None] = field(default_factory=dict[str, None])
    _unnamed: int = 0
    _page: int = 0

    def begin(self) -> Sequence[CrawlRequest]:
        """The first page."""
        return [self._page_request()]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """The next page, or every document once the pages are through."""
        if request.number is not None:
            return []
        page = read_object(request, body)
        total, rows = page.get("totalElements"), page.get("content")
        if not isinstance(total, int) or not isinstance(rows, list):
            raise SourceChanged(f"{request.url}: no totalElements or content in {excerpt(body)}")
        numbers = read_numbers(request, cast("list[object]", rows), self.feed.identifier)
        self._seen.update(dict.fromkeys(number for number in numbers if number))
        self._unnamed += sum(number is None for number in numbers)
        self._page += 1
        if numbers and self._page * self.feed.limit < total:
            return [self._page_request()]
        self._close(request, total)
        wanted = dict.fromkeys((*self._seen, *self.job.complete))
        return [self.feed.document(self.job, number) for number in wanted if number.isdecimal()]

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Always raises: an error of this publisher ends the crawl. `request` was answered with `status` and `body`;
        `resumed` changes nothing."""
        del resumed
        raise complaint(request, status, body)

    def _page_request(self) -> CrawlRequest:
        days = {self.feed.since: self.job.first, self.feed.until: self.job.last}
        query = urlencode({"page": self._page, "size": self.feed.limit, **days})
        url = f"{self.job.base_url}{self.feed.path}?{query}"
        return CrawlRequest("search", f"search {query}", url, f"search-{self._page:04d}")

    def _close(self, request: CrawlRequest, total: int) -> None:
        self.rows = len(self._seen) + self._unnamed
        if self.rows != total:
            raise SourceIncomplete(f"{request.url}: {self.rows} rows came of {total} announced; crawl again later")
        if total == 0 and has_working_day(self.job.first, self.job.last):
            self.alarms.append(f"no row at all from {self.job.first} to {self.job.last}; look at the query")
