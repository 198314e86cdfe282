"""A probe of a publisher: a page and a document, requested as a crawl requests them, read and discarded.

It checks whether an endpoint still answers and still follows its contract. Nothing is landed, nothing is retried, and a
page is requested once; the caller keeps the publisher's delay between requests.
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
    """The kind of a finding."""

    ANSWERED = "answered"
    DIFFERS = "differs"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found at a publisher."""

    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    is_challenge: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """How to probe: the User-Agent (`agent`), and what to do between two requests (`pause`, which keeps the delay)."""

    agent: str
    pause: Callable[[], None]

    def look(self, source: Source, job: CrawlJob) -> tuple[Finding, ...]:
        """What the source answers to the request of a page and of one of its documents. Never raises for what a
        publisher does."""
        paginator = find_file(source.name).FEED.paginator(job)
        try:
            if isinstance(paginator, FolderPaginator):
                return self._check_folder(source, paginator)
            return self._check_pages(source, job, paginator)
        except SourceUnreachable as gone:
            return (Finding(Kind.UNREACHABLE, str(gone)),)
        except SourceError as wrong:
            return (Finding(Kind.DIFFERS, str(wrong)),)

    def _check_pages(self, source: Source, job: CrawlJob, paginator: Paginator) -> tuple[Finding, ...]:
        file = find_file(source.name)
        request, page = self._first_page(paginator)
        findings: list[Finding] = []
        try:
            paginator.follow(request, page)
        except SourceError as wrong:
            findings.append(Finding(Kind.DIFFERS, str(wrong)))
        results = list(file.read(request.kind, page, None))
        read = [identifier for identifier, result in results if isinstance(result, Notice)]
        words = f"{len(read)} of {len(results)} rows of the first page could be read ({job.first} to {job.last})"
        findings.append(Finding(Kind.ANSWERED, words))
        unread = next((str(result) for _, result in results if isinstance(result, SourceError)), None)
        if unread:
            findings.append(Finding(Kind.DIFFERS, unread))
        document = file.FEED.document(job, read[0]) if read else None
        if document:
            findings.append(self._check_document(source, paginator, document))
        return tuple(findings)

    def _first_page(self, paginator: Paginator) -> tuple[CrawlRequest, bytes]:
        """The first answer that a crawl would land, after the request of a key where one is needed."""
        requests = deque(paginator.begin())
        while requests:
            request = requests.popleft()
            answer = self._fetch(request, paginator)
            if answer.status != 200:
                requests.extendleft(reversed(paginator.refuse(request, answer.status, answer.body, resumed=False)))
            elif request.secret:
                requests.extendleft(reversed(paginator.follow(request, answer.body)))
            else:
                return request, answer.body
        raise SourceUnreachable("nothing was answered that could be looked at")

    def _check_document(self, source: Source, paginator: Paginator, request: CrawlRequest) -> Finding:
        answer = self._fetch(request, paginator)
        if answer.is_challenge:
            words = (
                f"{request.url}: the firewall requires a browser; notices stay summaries until it admits this program"
            )
            return Finding(Kind.DIFFERS, words)
        if answer.status != 200:
            return Finding(Kind.DIFFERS, f"{request.url}: {answer.status} for a document that the page lists")
        results = [result for _, result in find_file(source.name).read(request.kind, answer.body, request.number)]
        wrong = next((result for result in results if isinstance(result, SourceError)), None)
        if wrong or not results:
            return Finding(Kind.DIFFERS, str(wrong or f"{request.url}: the document holds no notice"))
        forms = ", ".join(str(result.form) for result in results if isinstance(result, Notice))
        return Finding(Kind.ANSWERED, f"{request.number} was read in full as {forms}")

    def _check_folder(self, source: Source, paginator: FolderPaginator) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        for request in paginator.begin():
            try:
                read = list(find_file(source.name).read(request.kind, paginator.read(request), request.url))
                findings.append(Finding(Kind.ANSWERED, f"{request.url}: {len(read)} calls"))
            except SourceError as wrong:
                findings.append(Finding(Kind.DIFFERS, str(wrong)))
        return tuple(findings) or (Finding(Kind.ANSWERED, "the folder holds no file of calls"),)

    def _fetch(self, request: CrawlRequest, paginator: Paginator) -> _Answer:
        """One request, as the crawl would make it. Raises SourceUnreachable without an answer."""
        address = urlsplit(request.url)
        if address.scheme not in {"http", "https"}:
            raise SourceUnreachable(f"{request.url} is no address of the web")
        self.pause()
        http_request = urllib.request.Request(request.url, data=request.payload)  # noqa: S310 - looked at above
        for name, words in self._headers(request, paginator).items():
            http_request.add_unredirected_header(name, words)  # a key is sent to the host that requires it only
        proxies = urllib.request.ProxyHandler({} if address.hostname == "127.0.0.1" else None)
        try:
            with urllib.request.build_opener(proxies).open(http_request, timeout=TIMEOUT) as answer:
                challenged = "x-amzn-waf-action" in answer.headers or answer.status == 202
                return _Answer(answer.status, answer.read(MOST_BYTES), challenged)
        except urllib.error.HTTPError as refused:
            return _Answer(refused.code, refused.read(MOST_BYTES))
        except (urllib.error.URLError, TimeoutError, OSError) as gone:
            reason = getattr(gone, "reason", gone)
            raise SourceUnreachable(
                f"{request.url}: no answer ({reason}); look at the network from this host"
            ) from gone

    def _headers(self, request: CrawlRequest, paginator: Paginator) -> Mapping[str, str]:
        posted = {} if request.payload is None else {"Content-Type": request.content_type, "Accept": "application/json"}
        return {"User-Agent": self.agent, **posted, **paginator.headers(request)}
