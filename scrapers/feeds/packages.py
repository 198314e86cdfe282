"""A publisher's archives, one a day or one a month, by its calendar of issues: how years are fetched at once.

Which package comes next and whether it is one; its content is read later, from where it was landed. A month is
requested in pieces, so that no more than one is ever in memory and a killed crawl loses at most one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from scrapers.errors import SourceChanged, SourceIncomplete
from scrapers.feeds.request import AnonymousAccess, CrawlJob, CrawlRequest, complaint, excerpt

KIND = "package"
"""The kind of every response that is an archive, or a piece of one."""

PIECE = 32 * 2**20
"""Bytes requested at once of a month, which has 200 to 400 MB."""

_GZIP = b"\x1f\x8b"
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class Span(StrEnum):
    """What one package covers."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Packages:
    """Archives under `daily` ({year}, {issue}: the number of the day's issue, five digits) and `monthly` ({year},
    {month}); `calendar` ({year}) is a CSV of issue and day (dd/mm/yyyy), with a heading."""

    calendar: str
    daily: str
    monthly: str
    span: Span = Span.DAY

    def paginator(self, job: CrawlJob) -> PackagesPaginator:
        """A crawl of this feed."""
        return PackagesPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> None:
        """Nothing: a package holds full texts."""
        del job, number


@dataclass(slots=True)
class PackagesPaginator(AnonymousAccess):
    """One crawl of packages. `rows` counts packages: their content is not read here."""

    feed: Packages
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])

    def begin(self) -> Sequence[CrawlRequest]:
        """The calendars of the years, or the months themselves."""
        first, last = self.job.first, self.job.last
        if self.feed.span is Span.MONTH:
            months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
            return [self._month_request(f"{month // 12}-{month % 12 + 1}", 0) for month in months]
        return [self._calendar_request(year) for year in range(first.year, last.year + 1)]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """The packages of a calendar's days, the next piece of a month, or nothing."""
        if request.kind != KIND:
            return self._follow_calendar(request, body)
        month, start = _piece_of(request)
        if start == 0 and not body.startswith(_GZIP):
            raise SourceChanged(f"{request.url}: no package came but {excerpt(body)}; look at the address in a browser")
        self.rows += start == 0
        if self.feed.span is Span.MONTH and len(body) == PIECE:
            return [self._month_request(month, start + PIECE)]
        if start and len(body) > PIECE:
            raise SourceChanged(f"{request.url}: a piece from byte {start} was requested and {len(body)} bytes came")
        return []

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """No further request where a `status` of 416 shows that the month ended with a whole piece; raises otherwise.

        A package named by the calendar and absent (404, 410) raises SourceIncomplete. `request` is the refused one,
        `body` its answer; `resumed` changes nothing.
        """
        del resumed
        if request.kind == KIND and status == 416 and _piece_of(request)[1]:
            return []
        if request.kind == KIND and status in {404, 410}:
            raise SourceIncomplete(
                f"{request.url}: {status}, though the issue should be out; it may come later (a month on its fifth "
                "working day): request fewer days, or run again then, what is landed stays"
            )
        raise complaint(request, status, body)

    def headers(self, request: CrawlRequest) -> Mapping[str, str]:
        """Which bytes of a month are requested."""
        if request.kind != KIND or self.feed.span is not Span.MONTH:
            return {}
        start = _piece_of(request)[1]
        return {"Range": f"bytes={start}-{start + PIECE - 1}"}

    def _follow_calendar(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        issues = read_calendar(request, body)
        wanted = [issue for issue, day in issues if self.job.first <= day <= self.job.last]
        return [self._day_request(request.key.split()[1], issue) for issue in wanted]

    def _calendar_request(self, year: int) -> CrawlRequest:
        url = self.job.document_url + self.feed.calendar.format(year=year)
        return CrawlRequest("calendar", f"calendar {year}", url, f"calendar-{year}", "csv")

    def _day_request(self, year: str, issue: int) -> CrawlRequest:
        url = self.job.document_url + self.feed.daily.format(year=year, issue=f"{issue:05d}")
        return CrawlRequest(KIND, f"{KIND} {year}{issue:05d} 0", url, f"package-{year}{issue:05d}", "tar.gz")

    def _month_request(self, month: str, start: int) -> CrawlRequest:
        year, _, number = month.partition("-")
        url = self.job.document_url + self.feed.monthly.format(year=year, month=number)
        name = f"package-{year}-{int(number):02d}"
        suffix = "tar.gz" if start == 0 else f"tar.gz.{start // PIECE:03d}"
        return CrawlRequest(KIND, f"{KIND} {month} {start}", url, name, suffix)


def _piece_of(request: CrawlRequest) -> tuple[str, int]:
    """The package a request is of, and the byte it starts from."""
    _, package, start = request.key.split()
    return package, int(start)


def read_calendar(request: CrawlRequest, body: bytes) -> list[tuple[int, date]]:
    """Issue and day of each row. Raises SourceChanged for a calendar without a readable row."""
    text = body.decode("utf-8-sig", "replace")
    heading, _, rest = text.partition("\n")
    rows = csv.reader(rest.splitlines(), delimiter=";" if ";" in heading else ",")
    found: list[tuple[int, date]] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        day = _DAY.fullmatch(cells[1]) if len(cells) > 1 else None
        if day is None or not cells[0].isdecimal():
            raise SourceChanged(f"{request.url}: a row of the calendar is {row!r}; it was issue, dd/mm/yyyy")
        found.append((int(cells[0]), date(int(day[3]), int(day[2]), int(day[1]))))
    if not found:
        raise SourceChanged(f"{request.url}: the calendar names no issue: {excerpt(body)}")
    return found
