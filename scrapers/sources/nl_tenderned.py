"""TenderNed (the Netherlands): notices of Dutch public buyers above and below the European thresholds.

Publisher: TenderNed (PIANOo, Ministerie van Economische Zaken), https://www.tenderned.nl

Access: the JSON that the portal's own pages read, anonymous GET of /papi/tenderned-rs-tns/v2/publicaties between two
days, 100 rows a page from 0, then /publicaties/<id> for each. The official XML API returns eForms under
/publicaties/<id>/public-xml with credentials that TenderNed gives on request; this source does not use it.

Licence: CC0 (data.overheid.nl).

Caveats: the JSON is no published contract: names are those that public clients read in 2026, what is not known is
passed over; no lots, amounts, criteria or winners; deadlines are naive, in Amsterdam; a publication above the
thresholds is also at TED, under an identifier that the JSON does not state. Off unless pib.toml names it in
more_sources.

Check: ask for credentials of the XML API; every code of typePublicatie; that the days' parameters bite.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.errors import SourceError
from scrapers.feeds.numbered_pages import NumberedPages
from scrapers.readers.neighbours.tenderned import read_publication, read_rows
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="TenderNed",
    publisher="TenderNed (PIANOo)",
    licence="CC0",
    countries=("NLD",),
    base_url="https://www.tenderned.nl",
    cron="45 8 * * *",
    overlap_days=3,
    expected=(20, 600),
    request_delay=1.0,
    patience=35.0,
    is_optional=True,
)

FEED = NumberedPages(
    path="/papi/tenderned-rs-tns/v2/publicaties",
    since="publicatieDatumVanaf",
    until="publicatieDatumTot",
    identifier="publicatieId",
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The summaries in a page of the listing, or the notice in a publication. Raises SourceChanged."""
    if kind == "search":
        yield from read_rows(body)
    else:
        yield from read_publication(body, number or "")
