"""What a crawl is asked to bring, one request of it, and what a feed must know how to do.

The vocabulary between feeds.py (which request comes next) and crawl_spider.py (how it is made), and the ways of saying
that an answer is not what the contract promises. No network, no disk, no clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, cast

from scrapers.errors import SourceChanged, SourceUnreachable

EXCERPT = 300
"""Characters of an answer shown in a message."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What one crawl is asked to bring: the days (both included), the buyers' countries (alpha-3), the doors, the
    numbers whose full text is kept already (`known`) and those to fetch in full though not in the window
    (`complete`)."""

    base_url: str
    document_url: str
    first: date
    last: date
    countries: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    complete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `kind` says what the answer is ("search", "notice", "records"), `key` is the same for the same
    request in every crawl of an errand, `label` and `suffix` name its file; with a `payload` it is a POST of JSON.
    A `number` marks the full text of one notice, which the crawl can do without."""

    kind: str
    key: str
    url: str
    label: str
    suffix: str = "json"
    payload: bytes | None = None
    number: str | None = None


class Walk(Protocol):
    """One crawl of a feed. `rows` counts what was listed, `alarms` are sentences for whoever must look."""

    rows: int
    alarms: list[str]

    def begin(self) -> Sequence[Ask]:
        """The first requests."""
        ...

    def follow(self, ask: Ask, body: bytes) -> Sequence[Ask]:
        """The requests an answer calls for. Raises SourceChanged or SourceIncomplete."""
        ...

    def refuse(self, ask: Ask, status: int, body: bytes, *, resumed: bool) -> Sequence[Ask]:
        """What to ask instead after an error status on a request that is no document; raises where nothing helps."""
        ...


class Feed(Protocol):
    """A shape of access."""

    def walk(self, errand: Errand) -> Walk:
        """A crawl of this feed."""
        ...


def read_object(ask: Ask, body: bytes) -> Mapping[str, object]:
    """The JSON object an answer is. Raises SourceChanged with an excerpt."""
    try:
        found = cast("object", json.loads(body))
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"{ask.url}: the answer is not JSON: {excerpt(body)}") from error
    if not isinstance(found, dict):
        raise SourceChanged(f"{ask.url}: the answer is not a JSON object: {excerpt(body)}")
    return cast("dict[str, object]", found)


def read_number(ask: Ask, row: object, key: str = "publication-number") -> str:
    """The number a listed row stands for. Raises SourceChanged."""
    number = cast("dict[str, object]", row).get(key) if isinstance(row, dict) else None
    if not isinstance(number, str) or not number:
        raise SourceChanged(f"{ask.url}: a row without {key}: {str(row)[:EXCERPT]}")
    return number


def complaint(ask: Ask, status: int, body: bytes) -> SourceChanged | SourceUnreachable:
    """A 400 says our question is wrong: the contract changed. Anything else is a door that does not open."""
    if status in {400, 404, 405, 410, 415, 422}:
        return SourceChanged(f"{ask.url}: {status} {excerpt(body)}; compare the request with the publisher's contract")
    return SourceUnreachable(f"{ask.url}: {status} {excerpt(body)}; try again later")


def excerpt(body: bytes) -> str:
    """The beginning of an answer, on one line, for a message."""
    return " ".join(body[:EXCERPT].decode("utf-8", "replace").split()) or "(empty)"


def has_working_day(first: date, last: date) -> bool:
    """Whether a Monday to Friday lies between the two days, both included; no calendar of holidays is consulted."""
    return any((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1))
