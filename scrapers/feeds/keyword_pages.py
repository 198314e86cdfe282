"""HTML pages of a search by keyword, one page a keyword, for portals whose paging is a form with a state of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from scrapers.errors import SourceChanged
from scrapers.feeds.request import AnonymousAccess, CrawlJob, CrawlRequest, complaint, excerpt

_HTML = re.compile(rb"<html|<!doctype html", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KeywordPages:
    """Pages under `path`, one for each of the `keywords`, given as the parameter `parameter`; `link` finds the listed
    calls in the bytes of a page, each number in the first group."""

    path: str
    parameter: str
    keywords: tuple[str, ...]
    link: re.Pattern[bytes]

    def paginator(self, job: CrawlJob) -> KeywordPaginator:
        """A crawl of this feed."""
        return KeywordPaginator(self, job)

    def document(self, job: CrawlJob, number: str) -> None:
        """Nothing: the page is all that is read."""
        del job, number


@dataclass(slots=True)
class KeywordPaginator(AnonymousAccess):
    """One crawl of keyword pages. `rows` counts what they list, each once."""

    feed: KeywordPages
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])
    _seen: set[bytes] = field(default_factory=set[bytes])
    _left: int = 0

    def begin(self) -> Sequence[CrawlRequest]:
        """One request for each keyword."""
        self._left = len(self.feed.keywords)
        return [self._keyword_request(place, keyword) for place, keyword in enumerate(self.feed.keywords)]

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """No further requests. Raises SourceChanged for what is no page of HTML."""
        if not _HTML.search(body[:2000]):
            raise SourceChanged(f"{request.url}: no HTML page came but {excerpt(body)}; look at the address")
        self._seen.update(self.feed.link.findall(body))
        self.rows = len(self._seen)
        self._left -= 1
        if self._left == 0 and not self._seen:
            self.alarms.append("no page lists anything for any keyword; look at the portal's search page")
        return []

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Always raises: an error of this publisher ends the crawl. `request` was answered with `status` and `body`;
        `resumed` changes nothing."""
        del resumed
        raise complaint(request, status, body)

    def _keyword_request(self, place: int, keyword: str) -> CrawlRequest:
        query = urlencode({self.feed.parameter: keyword})
        url = f"{self.job.base_url}{self.feed.path}?{query}"
        return CrawlRequest("search", f"search {query}", url, f"search-{place:04d}", "html")
