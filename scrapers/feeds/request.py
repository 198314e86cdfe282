"""What a crawl is asked to bring, one request of it, and what a feed must know how to do.

The vocabulary between feeds.py (which request comes next) and crawl_spider.py (how it is made), and the ways of saying
that an answer is not what the contract promises. No network, no disk, no clock.
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
    """What one crawl is asked to bring: the days (both included), the buyers' countries (alpha-3), the doors, the
    numbers whose full text is kept already (`known`) and those to fetch in full though not in the window
    (`complete`). `door` names the way in where a publisher has several, `keys` are what it asks for by the names of
    their environment variables (never shown, never kept), `folder` is the operator's own for a source without a
    publisher."""

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
    """One request. `kind` says what the answer is ("search", "notice", "records"), `key` is the same for the same
    request in every crawl of an errand, `label` and `suffix` name its file; with a `payload` it is a POST of
    `content_type`. A `number` marks the full text of one notice, which the crawl can do without; `renews` fetches it
    though it is known. A `secret` answer (a token) is used and never kept. What `moves` is asked in every crawl, though
    it was landed in an earlier one of the same night."""

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
    """One crawl of a feed. `rows` counts what was listed, `alarms` are sentences for whoever must look. Those of open
    doors take `headers` and `renew` from AnonymousAccess."""

    rows: int
    alarms: list[str]

    def begin(self) -> Sequence[CrawlRequest]:
        """The first requests."""
        ...

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """The requests an answer calls for. Raises SourceChanged or SourceIncomplete."""
        ...

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """What to ask instead after an error status on a request that is no document; raises where nothing helps."""
        ...

    def headers(self, request: CrawlRequest) -> Mapping[str, str]:
        """What the request carries besides, at the moment it is made; never kept."""
        ...

    def renew(self) -> Sequence[CrawlRequest]:
        """How to come by a new key after a 401; nothing where there is none."""
        ...


class AnonymousAccess:
    """A door that asks for no key."""

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
"""Rows on a page from which on it tells of the publisher: none with a number among so many is no listing."""


def read_numbers(request: CrawlRequest, rows: Sequence[object], key: str) -> list[str | None]:
    """The number each listed row stands for, None for a broken row: its page is landed, and its reader sets it aside.
    Raises SourceChanged where none of LISTING rows or more has one."""
    numbers = [_number(row, key) for row in rows]
    if len(rows) >= LISTING and not any(numbers):
        raise SourceChanged(f"{request.url}: {len(rows)} rows without {key}: {str(rows[0])[:EXCERPT]}")
    return numbers


def _number(row: object, key: str) -> str | None:
    number = cast("dict[str, object]", row).get(key) if isinstance(row, dict) else None
    return None if isinstance(number, bool) or not isinstance(number, str | int) else str(number).strip() or None


def complaint(request: CrawlRequest, status: int, body: bytes) -> SourceChanged | SourceUnreachable:
    """A 400 says our question is wrong: the contract changed. Anything else is a door that does not open."""
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
