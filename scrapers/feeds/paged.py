"""How publishers are fetched, by shape of access: the first request, the requests that follow from each answer, and
when the answers are complete.

A feed is a declaration; its `paginator` is one crawl of it: plain logic without network, clock or disk, run by the
spider in crawl/spider.py. A shape that one source has stays in its source file; one that two have is a class here. The
content of a notice is not interpreted here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
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
class TokenSearch:
    """A JSON search by POST whose pages follow one another by an iteration token, with one document per row.

    `query` is a template with {first} and {last} (YYYYMMDD), `buyers` the clause with {countries} put before it where
    countries are requested. The limits are the publisher's: `limit` rows a page, at most 40 `fields`, fields times
    limit at most 10,000 (docs.ted.europa.eu/reuse/search-api.html).
    """

    search: str
    page: str
    query: str
    buyers: str
    fields: tuple[str, ...]
    limit: int = 250

    def paginator(self, job: CrawlJob) -> TokenPaginator:
        """A crawl of this feed."""
        return TokenPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> CrawlRequest:
        """The request for one notice's XML."""
        url = job.document_url + self.page.format(number=number)
        return CrawlRequest("notice", f"notice {number}", url, f"notice-{number}", "xml", number=number)

    def payload(self, job: CrawlJob, token: str | None) -> bytes:
        """The body of one search request, the same bytes for the same request."""
        buyers = self.buyers.format(countries=" ".join(job.countries)) if job.countries else ""
        query = buyers + self.query.format(first=f"{job.first:%Y%m%d}", last=f"{job.last:%Y%m%d}")
        body: dict[str, object] = {
            "query": query,
            "fields": list(self.fields),
            "limit": self.limit,
            "scope": "ALL",
            "paginationMode": "ITERATION",
            "checkQuerySyntax": False,
            "onlyLatestVersions": False,
        }
        if token is not None:
            body["iterationNextToken"] = token
        return json.dumps(body).encode()


@dataclass(slots=True)
class TokenPaginator(AnonymousAccess):
    """One crawl of a token search: every page first, for a token may expire, then the documents."""

    feed: TokenSearch
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])
    _tokens: set[str] = field(default_factory=set[str])
    _numbers: dict[str, None] = field(default_factory=dict[str, None])
    _page: int = 0
    _round: int = 1

    def begin(self) -> Sequence[CrawlRequest]:
        """The first page."""
        return [self._page_request(None)]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """The next page, or every document once the pages are through."""
        if request.number is not None:
            return []
        page = read_object(request, body)
        if page.get("timedOut"):
            raise SourceIncomplete(
                f"{request.url}: page {self._page} has timedOut with partial rows; crawl again later"
            )
        total, rows, token = page.get("totalNoticeCount"), page.get("notices"), page.get("iterationNextToken")
        if not isinstance(total, int) or not isinstance(rows, list):
            raise SourceChanged(f"{request.url}: no totalNoticeCount or notices in {excerpt(body)}")
        numbers = read_numbers(request, cast("list[object]", rows), "publication-number")
        self.rows += len(numbers)
        self._numbers.update(dict.fromkeys(number for number in numbers if number))
        if numbers and isinstance(token, str):
            return [self._next_page_request(request, token)]
        self._close(request, total)
        wanted = dict.fromkeys((*self._numbers, *self.job.complete))
        return [self.feed.document(self.job, number) for number in wanted]

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Begins the search again where the token of a resumed crawl has died (`resumed`, `status` 500 or more); raises
        otherwise.

        `request` is the refused one and `body` its answer, quoted in the error.
        """
        if status >= 500 and resumed and self._page > 1:
            self.rows, self._page, self._round = 0, 0, self._round + 1
            self._tokens.clear()
            self._numbers.clear()
            return self.begin()
        raise complaint(request, status, body)

    def _page_request(self, token: str | None) -> CrawlRequest:
        self._page += 1
        payload = self.feed.payload(self.job, token)
        key = f"search {self._round} {self._page} {hashlib.sha256(payload).hexdigest()[:16]}"
        url = self.job.base_url + self.feed.search
        return CrawlRequest("search", key, url, f"search-{self._page:04d}", payload=payload)

    def _next_page_request(self, request: CrawlRequest, token: str) -> CrawlRequest:
        if token in self._tokens:
            raise SourceIncomplete(
                f"{request.url}: the token of page {self._page} came twice; the pages would never end"
            )
        self._tokens.add(token)
        return self._page_request(token)

    def _close(self, request: CrawlRequest, total: int) -> None:
        if self.rows != total:
            raise SourceIncomplete(f"{request.url}: {self.rows} rows came of {total} announced; crawl again later")
        # Several malformed dates answer 0 without an error (eForms-SDK issue 1390), and so does a holiday.
        if total == 0 and has_working_day(self.job.first, self.job.last):
            self.alarms.append(
                f"no notice at all from {self.job.first} to {self.job.last}, a working day among them; "
                "look at the query and the publisher's calendar"
            )


@dataclass(frozen=True, slots=True)
class PagedRecords:
    """JSON records of a data set by GET with `where`, `order_by`, `limit` and `offset` (Opendatasoft Explore 2.1).

    The order must be total, or pages overlap; `limit` is at most 100 and offset + limit at most `ceiling`, beyond which
    the answer is a 400: a longer window is split by day. `identifier` names a row and, with `more_order`, puts the
    rows in that order; `is_unique` is False where the data set repeats rows, which are then counted as they come.
    `ahead` days after the window are requested too, for data sets of what is planned.
    """

    path: str
    day: str
    identifier: str
    more_order: tuple[str, ...] = ()
    is_unique: bool = True
    ahead: int = 0
    limit: int = 100
    ceiling: int = 10_000

    def paginator(self, job: CrawlJob) -> RecordsPaginator:
        """A crawl of this feed."""
        return RecordsPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> None:
        """Nothing: a record is all there is."""
        del job, number

    def between(self, first: date, last: date) -> str:
        """The condition for the records of these days, both included."""
        return f"{self.day} >= date'{first}' and {self.day} <= date'{last}'"

    def among(self, numbers: Sequence[str]) -> str:
        """The condition for the records of these numbers."""
        return f"{self.identifier} in ({', '.join(json.dumps(number) for number in numbers)})"


@dataclass(slots=True)
class RecordsPaginator(AnonymousAccess):
    """One crawl of paged records: a window is a condition, its pages follow one another by offset."""

    feed: PagedRecords
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])
    _windows: dict[str, tuple[date, date] | None] = field(default_factory=dict[str, "tuple[date, date] | None"])
    _offset: int = 0
    _seen: set[str] = field(default_factory=set[str])
    _count: int = 0

    def begin(self) -> Sequence[CrawlRequest]:
        """The first page of the days; the numbers to complete come after, fifty to a condition."""
        first, last = self.job.first, self.job.last + timedelta(days=self.feed.ahead)
        self._windows[self.feed.between(first, last)] = (first, last)
        for start in range(0, len(self.job.complete), 50):
            self._windows[self.feed.among(self.job.complete[start : start + 50])] = None
        return [self._records_request()]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """The next page of the window, the first of the next window, or nothing."""
        page = read_object(request, body)
        total, rows = page.get("total_count"), page.get("results")
        if not isinstance(total, int) or not isinstance(rows, list):
            raise SourceChanged(f"{request.url}: no total_count or results in {excerpt(body)}")
        if total > self.feed.ceiling:
            self._split(request, total)
            return [self._records_request()]
        numbers = read_numbers(request, cast("list[object]", rows), self.feed.identifier)
        self._seen.update(number or f"row {self._offset + place}" for place, number in enumerate(numbers))
        self._count += len(cast("list[object]", rows))
        self._offset += self.feed.limit
        if self._offset < total and rows:
            return [self._records_request()]
        self._close(request, total)
        return [self._records_request()] if self._windows else []

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Always raises: an error of this publisher ends the crawl. `request` was answered with `status` and `body`;
        `resumed` changes nothing."""
        del resumed
        raise complaint(request, status, body)

    def _records_request(self) -> CrawlRequest:
        where = next(iter(self._windows))
        order = ", ".join(dict.fromkeys((self.feed.day, self.feed.identifier, *self.feed.more_order)))
        query = {"where": where, "order_by": order, "limit": self.feed.limit, "offset": self._offset}
        query_string = urlencode(query)
        label = f"records-{self._offset // self.feed.limit:04d}"
        return CrawlRequest(
            "records", f"records {query_string}", f"{self.job.base_url}{self.feed.path}?{query_string}", label
        )

    def _split(self, request: CrawlRequest, total: int) -> None:
        days = self._windows.pop(next(iter(self._windows)))
        if days is None or days[0] == days[1]:
            raise SourceIncomplete(
                f"{request.url}: {total} records in one day, and the API returns at most {self.feed.ceiling}; "
                "add requests by département to the feed, or fetch the export by hand"
            )
        first, last = days
        rest = self._windows
        self._windows = {
            self.feed.between(day, day): (day, day)
            for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        } | rest

    def _close(self, request: CrawlRequest, total: int) -> None:
        came = len(self._seen) if self.feed.is_unique else self._count
        if came != total:
            raise SourceIncomplete(f"{request.url}: {came} records came of {total} announced; crawl again later")
        self.rows += total
        days = self._windows.pop(next(iter(self._windows)))
        if total == 0 and days and has_working_day(*days):
            self.alarms.append(f"no record at all from {days[0]} to {days[1]}; look at the query")
        self._offset, self._seen, self._count = 0, set(), 0
