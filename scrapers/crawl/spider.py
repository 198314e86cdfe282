"""The one spider: it runs any feed's paginator through Scrapy, one request at a time, and lands the responses.

Politeness and retries: what is retried and how long is waited, when to give up, what a firewall's challenge means.
Which request comes next is the feed's part (scrapers/feeds), where bytes go the manifest's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import Challenged, SourceError, SourceUnreachable
from scrapers.feeds.request import CrawlJob, CrawlRequest, Paginator, excerpt

log = logging.getLogger(__name__)

RETRIES = 4
"""How often one request is repeated before the crawl gives up on it."""

STUBBORN = 5
"""After so many documents in a row that the firewall challenged, the rest are not requested; after so many in a row
that failed, the endpoint counts as closed."""


@dataclass(slots=True)
class Tally:
    """What a crawl counted, for its stats. `failure` is what stopped it, if anything did; `finished`: every request of
    the paginator has been settled."""

    requests: int = 0
    waits: int = 0
    replayed: int = 0
    bytes: int = 0
    documents: dict[Outcome, int] = field(default_factory=dict[Outcome, int])
    rate_remaining: int | None = None
    failure: SourceError | OSError | None = None
    finished: bool = False


class SourceSpider(Spider):
    """Requests, lands, follows. Every callback makes the next request itself, so that there is never more than one, and
    a wait delays all others."""

    name = "walk"

    def __init__(
        self,
        *,
        paginator: Paginator,
        job: CrawlJob,
        ledger: Ledger,
        tally: Tally,
        patience: float,
        why_closed: Callable[[], str | None] = lambda: None,
    ) -> None:
        super().__init__()
        self.why_closed = why_closed
        self.paginator, self.job, self.ledger, self.tally, self.patience = paginator, job, ledger, tally, patience
        self._queue: deque[CrawlRequest] = deque()
        self._row: tuple[Outcome, int] = (Outcome.LANDED, 0)
        self._resumed = False
        self._renewed_keys: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """The first request that was not settled before."""
        for scrapy_request in self._proceed(None):
            yield scrapy_request

    async def answered(self, response: Response) -> AsyncIterator[Request]:
        """Lands an answer, or waits and repeats."""
        request, attempt = response.meta["ask"], response.meta["attempt"]
        self._count(response)
        wait = self._wait(response.status, response.headers.get("Retry-After"), attempt)
        if wait is not None:
            log.warning("%s answered by %s; waiting %.1f s before asking again", response.status, request.url, wait)
            self.tally.waits += 1
            await asyncio.sleep(wait)
            yield self._request(request, attempt + 1)
            return
        for scrapy_request in self._proceed(response):
            yield scrapy_request

    async def failed(self, failure: Failure) -> AsyncIterator[Request]:
        """No answer at all: waits longer and longer, then gives up."""
        scrapy_request: Request = failure.request  # type: ignore[attr-defined]
        request, attempt = scrapy_request.meta["ask"], scrapy_request.meta["attempt"]
        self.tally.requests += 1
        if attempt < RETRIES:
            self.tally.waits += 1
            await asyncio.sleep(self._backoff(attempt))
            yield self._request(request, attempt + 1)
            return
        self.tally.failure = SourceUnreachable(
            f"{request.url}: no answer after {attempt + 1} attempts ({failure.getErrorMessage()}); "
            "look at the network and the publisher's status page, then run again: what is landed stays"
        )

    def _proceed(self, response: Response | None) -> list[Request]:
        """Follows the answer, if there is one, then all that was settled before, up to the next request to make."""
        try:
            if response is None:
                self._queue.extend(self.paginator.begin())
            else:
                self._take(response)
            while self._queue:
                request = self._queue.popleft()
                if not self._is_settled(request):
                    self._stop_where_closed()
                    return [self._request(request, 0)]
        except (SourceError, OSError) as failure:
            self.tally.failure = failure
            return []
        self.tally.finished = True
        return []

    def _stop_where_closed(self) -> None:
        """A crawl that began before the hour at which the publisher closes stops at it."""
        why = self.why_closed()
        if why:
            raise SourceUnreachable(why)

    def _take(self, response: Response) -> None:
        request: CrawlRequest = response.meta["ask"]
        if "x-amzn-waf-action" in response.headers or response.status == 202:
            self._challenge(request, response.status)
        elif response.status in {200, 206}:  # 206 answers a request of a range
            self._land(request, response)
        elif self._renewed(request, response.status):
            return
        elif request.number is None:
            if not request.secret:
                self.ledger.settle(request, Outcome.REFUSED, status=response.status, body=response.body)
            self._queue.extendleft(
                self.paginator.refuse(request, response.status, response.body, resumed=self._resumed)
            )
        elif response.status in {404, 410}:
            self._settle(request, Outcome.MISSING, response.status)
        else:
            self._settle(request, Outcome.REFUSED, response.status, response.body)
            self._give_up(request, response)

    def _renewed(self, request: CrawlRequest, status: int) -> bool:
        """A key that has run out is requested again, once for a request."""
        fresh = (
            self.paginator.renew()
            if status == 401 and not request.secret and request.key not in self._renewed_keys
            else ()
        )
        if fresh:
            self._renewed_keys.add(request.key)
            self._queue.extendleft([request, *reversed(fresh)])
        return bool(fresh)

    def _land(self, request: CrawlRequest, response: Response) -> None:
        """Follows first: an answer that breaks the contract is kept as evidence, but never counted as landed."""
        if request.secret:
            self._queue.extendleft(reversed(self.paginator.follow(request, response.body)))
            return
        try:
            following = self.paginator.follow(request, response.body)
        except SourceError:
            self._settle(request, Outcome.REFUSED, response.status, response.body)
            raise
        self._settle(request, Outcome.LANDED, response.status, response.body)
        self._resumed = self._resumed and request.number is not None
        self._queue.extend(following)

    def _challenge(self, request: CrawlRequest, status: int) -> None:
        """The firewall requires a browser, which this is not: the notice stays a summary, to be completed on a later
        night."""
        if request.number is None:
            raise Challenged(
                f"{request.url}: {status}, the publisher's firewall requires a browser; none is imitated. "
                "Write to the publisher, naming the User-Agent"
            )
        self._settle(request, Outcome.CHALLENGED, status)

    def _is_settled(self, request: CrawlRequest) -> bool:
        entry = None if request.secret or request.moves else self.ledger.load_settled(request)
        if entry is not None:
            self._count_document(request, entry.outcome)
            if entry.outcome is Outcome.LANDED:
                self.tally.replayed += 1
                self._resumed = self._resumed or request.number is None
                self._queue.extend(self.paginator.follow(request, self.ledger.read(entry)))
            return True
        if request.number is not None and request.number in self.job.known and not request.renews:
            self._settle(request, Outcome.KNOWN)
            return True
        if request.number is not None and self._row[0] is Outcome.CHALLENGED and self._row[1] >= STUBBORN:
            self._settle(request, Outcome.WITHHELD)
            return True
        return False

    def _settle(
        self, request: CrawlRequest, outcome: Outcome, status: int | None = None, body: bytes | None = None
    ) -> None:
        self.ledger.settle(request, outcome, status=status, body=body)
        if outcome is Outcome.LANDED:
            self.tally.bytes += len(body or b"")
        self._count_document(request, outcome)

    def _count_document(self, request: CrawlRequest, outcome: Outcome) -> None:
        if request.number is None:
            return
        self.tally.documents[outcome] = self.tally.documents.get(outcome, 0) + 1
        if outcome not in {Outcome.WITHHELD, Outcome.KNOWN}:
            self._row = (outcome, self._row[1] + 1 if outcome is self._row[0] else 1)

    def _give_up(self, request: CrawlRequest, response: Response) -> None:
        if self._row[1] >= STUBBORN:
            raise SourceUnreachable(
                f"{request.url}: {response.status} for {self._row[1]} documents in a row, {excerpt(response.body)}; "
                "run again later: what is landed stays"
            )

    def _count(self, response: Response) -> None:
        self.tally.requests += 1
        remaining = response.headers.get("x-ratelimit-remaining") or b""
        if remaining.isdigit():
            self.tally.rate_remaining = int(remaining)

    def _wait(self, status: int, retry_after: bytes | None, attempt: int) -> float | None:
        """Seconds to wait before the same request is made again; None when it is not. TED's 429 is a page of its front
        server without Retry-After, and needs 35 s (measured September 2026)."""
        if attempt >= RETRIES:
            return None
        if status == 429:
            return max(self.patience, float(named) if (named := retry_after or b"").isdigit() else 0.0)
        return self._backoff(attempt) if status >= 500 or status == 408 else None

    def _backoff(self, attempt: int) -> float:
        return self.patience * 2**attempt / 8

    def _request(self, request: CrawlRequest, attempt: int) -> Request:
        return Request(
            request.url,
            method="GET" if request.payload is None else "POST",
            body=request.payload or b"",
            headers={**_headers_of(request), **self.paginator.headers(request)},
            callback=self.answered,
            errback=self.failed,
            meta={"ask": request, "attempt": attempt},
            dont_filter=True,
        )


def _headers_of(request: CrawlRequest) -> dict[str, str]:
    return {} if request.payload is None else {"Content-Type": request.content_type, "Accept": "application/json"}
