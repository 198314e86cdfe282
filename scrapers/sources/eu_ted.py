"""Tenders Electronic Daily: notices of public buyers above the European thresholds, here those of our countries.

Publisher: Publications Office of the European Union, https://ted.europa.eu

Access: Search API v3, anonymous POST of an expert query, pages by iteration token, 250 rows of at most 40 fields; then
the XML of each notice (eForms, or TED_EXPORT before November 2023). The day's issue is final by 09:30. Years are
fetched as packages, one a day or a month (tar.gz, every country), after the release calendar, one at a time.

Licence: reuse is free with attribution (Decision 2011/833/EU, CC BY 4.0).

Caveats: timedOut comes with status 200 and partial rows; a 429 is an HTML page without Retry-After; a mistyped date
answers 0 rows without an error; since 2026-09-30 the firewall of ted.europa.eu answers some with 202 and requires a
browser, and the notice then stays a summary made of its search fields.

Check: how the firewall of ted.europa.eu answers our User-Agent; that some hundreds of notices come on a working day.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import BinaryIO

from scrapers.errors import SourceError
from scrapers.feeds.packages import Packages
from scrapers.feeds.paged import TokenSearch
from scrapers.readers.ted.packages import read_package as read_notices
from scrapers.readers.ted.search import FIELDS, read_search
from scrapers.readers.xml_dispatch import read_ted_xml
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="Tenders Electronic Daily",
    publisher="Publications Office of the European Union",
    licence="Reuse with attribution (Decision 2011/833/EU, CC BY 4.0)",
    countries=("BEL", "FRA", "LUX"),
    base_url="https://api.ted.europa.eu",
    document_url="https://ted.europa.eu",
    cron="45 9 * * *",
    overlap_days=3,
    expected=(150, 1500),
    request_delay=1.0,
    patience=35.0,
)

FEED = TokenSearch(
    search="/v3/notices/search",
    page="/en/notice/{number}/xml",
    query="publication-date>={first} AND publication-date<={last} SORT BY publication-number ASC",
    buyers="buyer-country IN ({countries}) AND ",
    fields=FIELDS,
)

BACKFILL = Packages(
    calendar="/en/release-calendar/-/download/file/CSV/{year}",
    daily="/packages/daily/{year}{issue}",
    monthly="/packages/monthly/{year}-{month}",
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The summaries in a page of search rows, or the notice in its XML. Raises SourceChanged."""
    if kind == "search":
        yield from read_search(body)
    elif kind != "calendar":  # which names no notice
        yield number or "", _read_document(body, number)


def read_package(stream: BinaryIO, countries: Set[str]) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices of a landed package whose buyers sit in `countries` (alpha-3; all when empty)."""
    yield from read_notices(stream, countries)


def _read_document(body: bytes, number: str | None) -> Notice | SourceError:
    """The notice, or why it cannot be read."""
    try:
        return read_ted_xml(body, number)
    except SourceError as wrong:
        return wrong
