"""What one crawl fetches, one request of it, and the interface of a feed.

The vocabulary between the feeds (which request comes next) and crawl/spider.py (how it is made), and the errors for an
answer that breaks the contract. No network, no disk, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol, cast

from scrapers.errors import SourceChanged, SourceIncomplete, SourceUnreachable
from scrapers.safe_formats.json import parse_json
from warehouse.model.workdays import UNION, is_working_day

EXCERPT = 300
"""Characters of an answer shown in a message."""


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """What one crawl fetches: the days (both included), the buyers' countries (alpha-3), the base URLs, the numbers
    whose full text is stored already (`known`) and those to fetch in full though not in the window (`complete`).
    `endpoint` names the way in where a publisher has several, `keys` are its credentials by the names of their
    environment variables (never shown, never stored), `folder` is the operator's own for a source without a publisher.
    """

    base_url: str
    document_url: str
    first: date
    last: date
    countries: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    complete: tuple[str, ...] = ()
    endpoint: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """One request. `kind` is what the answer is ("search", "notice", "records"), `key` is the same for the same request
    in every crawl of a job, `label` and `suffix` name its file; with a `payload` it is a POST of `content_type`. A
    `number` marks the full text of one notice, which the crawl can do without; `renews` fetches it though it is known.
    A `secret` answer (a token) is used and never stored. A request with `moves` is made in every crawl, though it was
    landed in an earlier one of the same night."""

    kind: str
    key: str
    url: str
    label: str
    suffix: str = "json"
    payload: bytes | None = field(default=None, repr=False)
    number: str | None = None
    content_type: str = "application/json"
    renews: bool = False
    moves: bool = False
    secret: bool = False


class Paginator(Protocol):
    """One crawl of a feed. `rows` counts what was listed, `alarms` are sentences for the person who must check. Feeds
    without keys take `headers` and `renew` from AnonymousAccess."""

    rows: int
    alarms: list[str]

    def begin(self) -> Sequence[CrawlRequest]:
        """The first requests."""
        ...

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """The requests that follow from an answer. Raises SourceChanged or SourceIncomplete."""
        ...

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """The requests to make instead after an error `status` on a `request` that is no document; raises SourceError
        where there are none.

        `body` is the answer, quoted in the error; `resumed` is True where the crawl continues one that was killed.
        """
        ...

    def headers(self, request: CrawlRequest) -> Mapping[str, str]:
        """Further headers of the request, computed when it is made; never stored."""
        ...

    def renew(self) -> Sequence[CrawlRequest]:
        """Requests of a new key after a 401; none where there is no key."""
        ...


class AnonymousAccess:
    """An endpoint without a key."""

    __slots__ = ()

    def headers(self, request: CrawlRequest) -> Mapping[str, str]:
        """Nothing."""
        del request
        return {}

    def renew(self) -> Sequence[CrawlRequest]:
        """Nothing."""
        return ()


class Feed(Protocol):
    """A shape of access."""

    def paginator(self, job: CrawlJob) -> Paginator:
        """A crawl of this feed."""
        ...

    def document(self, job: CrawlJob, number: str) -> CrawlRequest | None:
        """The request for the full text of one notice; None where pages hold all there is."""
        ...


def read_object(request: CrawlRequest, body: bytes) -> Mapping[str, object]:
    """The JSON object an answer is. Raises SourceChanged with an excerpt, SourceIncomplete for one that breaks off."""
    try:
        found = parse_json(body)
    except ValueError as error:
        if body.lstrip()[:1] in (b"{", b"[") and not body.rstrip().endswith((b"}", b"]")):
            raise SourceIncomplete(
                f"{request.url}: the answer breaks off after {len(body)} bytes; crawl again"
            ) from error
        raise SourceChanged(f"{request.url}: the answer is not JSON: {excerpt(body)}") from error
    if not isinstance(found, dict):
        raise SourceChanged(f"{request.url}: the answer is not a JSON object: {excerpt(body)}")
    return cast("dict[str, object]", found)


LISTING = 10
"""Rows on a page from which on broken rows are the publisher's change: a page of so many without a number is no
listing."""


def read_numbers(request: CrawlRequest, rows: Sequence[object], key: str) -> list[str | None]:
    """The number of each listed row, None for a broken row: its page is landed, and its reader sets it aside. Raises
    SourceChanged where none of LISTING rows or more has one."""
    numbers = [_number(row, key) for row in rows]
    if len(rows) >= LISTING and not any(numbers):
        raise SourceChanged(f"{request.url}: {len(rows)} rows without {key}: {str(rows[0])[:EXCERPT]}")
    return numbers


def _number(row: object, key: str) -> str | None:
    number = cast("dict[str, object]", row).get(key) if isinstance(row, dict) else None
    return None if isinstance(number, bool) or not isinstance(number, str | int) else str(number).strip() or None


def complaint(request: CrawlRequest, status: int, body: bytes) -> SourceChanged | SourceUnreachable:
    """SourceChanged for a status by which the publisher refuses the request itself (400, 404, 405, 410, 415, 422): the
    contract changed. SourceUnreachable for any other."""
    if status in {400, 404, 405, 410, 415, 422}:
        return SourceChanged(
            f"{request.url}: {status} {excerpt(body)}; compare the request with the publisher's contract"
        )
    return SourceUnreachable(f"{request.url}: {status} {excerpt(body)}; try again later")


def excerpt(body: bytes) -> str:
    """The beginning of an answer, on one line, for a message."""
    return " ".join(body[:EXCERPT].decode("utf-8", "replace").split()) or "(empty)"


def has_working_day(first: date, last: date) -> bool:
    """Whether a working day of the Union's calendar lies between the two days, both included."""
    return any(is_working_day(first + timedelta(days=n), UNION) for n in range((last - first).days + 1))
