"""One look at a publisher: a page and a document, asked as a crawl asks them, read and thrown away.

For whoever must know whether a door still opens and still says what its contract promises. Nothing is landed, nothing
is retried, and a page is asked once; the publisher's pace is kept by whoever calls.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from scrapers.crawl.folder import FolderPaginator
from scrapers.errors import SourceError, SourceUnreachable
from scrapers.feeds.request import CrawlJob, CrawlRequest, Paginator
from scrapers.source import Source, find_file
from warehouse.model.notices import Notice

TIMEOUT = 60.0
MOST_BYTES = 64 * 2**20


class Kind(StrEnum):
    """What a finding says."""

    ANSWERED = "answered"
    DIFFERS = "differs"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen at a publisher's."""

    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    is_challenge: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """How to look: as whom (`agent`), and what to do between two requests (`pause`, which keeps the pace)."""

    agent: str
    pause: Callable[[], None]

    def look(self, source: Source, job: CrawlJob) -> tuple[Finding, ...]:
        """What the source answers to a page and to one document of it. Never raises for what a publisher does."""
        walk = find_file(source.name).FEED.walk(job)
        try:
            if isinstance(walk, FolderPaginator):
                return self._look_into(source, walk)
            return self._look_at(source, job, walk)
        except SourceUnreachable as gone:
            return (Finding(Kind.UNREACHABLE, str(gone)),)
        except SourceError as wrong:
            return (Finding(Kind.DIFFERS, str(wrong)),)

    def _look_at(self, source: Source, job: CrawlJob, walk: Paginator) -> tuple[Finding, ...]:
        file = find_file(source.name)
        ask, page = self._first_page(walk)
        findings: list[Finding] = []
        try:
            walk.follow(ask, page)
        except SourceError as wrong:
            findings.append(Finding(Kind.DIFFERS, str(wrong)))
        results = list(file.read(ask.kind, page, None))
        read = [identifier for identifier, result in results if isinstance(result, Notice)]
        words = f"{len(read)} of {len(results)} rows of the first page could be read ({job.first} to {job.last})"
        findings.append(Finding(Kind.ANSWERED, words))
        unread = next((str(result) for _, result in results if isinstance(result, SourceError)), None)
        if unread:
            findings.append(Finding(Kind.DIFFERS, unread))
        document = file.FEED.document(job, read[0]) if read else None
        if document:
            findings.append(self._look_at_document(source, walk, document))
        return tuple(findings)

    def _first_page(self, walk: Paginator) -> tuple[CrawlRequest, bytes]:
        """The first answer that is kept in a crawl, after whatever key it takes."""
        asks = deque(walk.begin())
        while asks:
            ask = asks.popleft()
            answer = self._fetch(ask, walk)
            if answer.status != 200:
                asks.extendleft(reversed(walk.refuse(ask, answer.status, answer.body, resumed=False)))
            elif ask.secret:
                asks.extendleft(reversed(walk.follow(ask, answer.body)))
            else:
                return ask, answer.body
        raise SourceUnreachable("nothing was answered that could be looked at")

    def _look_at_document(self, source: Source, walk: Paginator, ask: CrawlRequest) -> Finding:
        answer = self._fetch(ask, walk)
        if answer.is_challenge:
            words = f"{ask.url}: the firewall asks for a browser; notices stay summaries until the publisher lets us in"
            return Finding(Kind.DIFFERS, words)
        if answer.status != 200:
            return Finding(Kind.DIFFERS, f"{ask.url}: {answer.status} for a document that the page lists")
        results = [result for _, result in find_file(source.name).read(ask.kind, answer.body, ask.number)]
        wrong = next((result for result in results if isinstance(result, SourceError)), None)
        if wrong or not results:
            return Finding(Kind.DIFFERS, str(wrong or f"{ask.url}: the document holds no notice"))
        forms = ", ".join(str(result.form) for result in results if isinstance(result, Notice))
        return Finding(Kind.ANSWERED, f"{ask.number} was read in full as {forms}")

    def _look_into(self, source: Source, walk: FolderPaginator) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        for ask in walk.begin():
            try:
                read = list(find_file(source.name).read(ask.kind, walk.read(ask), ask.url))
                findings.append(Finding(Kind.ANSWERED, f"{ask.url}: {len(read)} calls"))
            except SourceError as wrong:
                findings.append(Finding(Kind.DIFFERS, str(wrong)))
        return tuple(findings) or (Finding(Kind.ANSWERED, "the folder holds no file of calls"),)

    def _fetch(self, ask: CrawlRequest, walk: Paginator) -> _Answer:
        """One request, as the crawl would make it. Raises SourceUnreachable where nobody answers."""
        address = urlsplit(ask.url)
        if address.scheme not in {"http", "https"}:
            raise SourceUnreachable(f"{ask.url} is no address of the web")
        self.pause()
        request = urllib.request.Request(ask.url, data=ask.payload)  # noqa: S310 - looked at above
        for name, words in self._headers(ask, walk).items():
            request.add_unredirected_header(name, words)  # a key is for the host that asked for it
        proxies = urllib.request.ProxyHandler({} if address.hostname == "127.0.0.1" else None)
        try:
            with urllib.request.build_opener(proxies).open(request, timeout=TIMEOUT) as answer:
                challenged = "x-amzn-waf-action" in answer.headers or answer.status == 202
                return _Answer(answer.status, answer.read(MOST_BYTES), challenged)
        except urllib.error.HTTPError as refused:
            return _Answer(refused.code, refused.read(MOST_BYTES))
        except (urllib.error.URLError, TimeoutError, OSError) as gone:
            reason = getattr(gone, "reason", gone)
            raise SourceUnreachable(f"{ask.url}: no answer ({reason}); look at the network from this host") from gone

    def _headers(self, ask: CrawlRequest, walk: Paginator) -> Mapping[str, str]:
        posted = {} if ask.payload is None else {"Content-Type": ask.content_type, "Accept": "application/json"}
        return {"User-Agent": self.agent, **posted, **walk.headers(ask)}
