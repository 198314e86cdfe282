"""Datenservice Öffentlicher Einkauf: notices of German public buyers above and below the European thresholds.

Publisher: Beschaffungsamt des Bundesministeriums des Innern, https://oeffentlichevergabe.de

Access: OpenData API, anonymous GET of /api/notice-exports?pubDay=YYYY-MM-DD&format=eforms.zip, a zip with one eForms-DE
XML a notice. There is no search; ocds.zip and csv.zip exist and state no deadline for tenders.

Licence: CC0 by its open-data policy; a client of 2026 names dl-de/by-2.0, so the publisher is named in any case.

Caveats: the contract is known from its OpenAPI page and from public clients of 2023 to 2026, no answer was recorded; a
day is given once it is over (400 for today) and amended afterwards; some 1,300 notices a working day, those above the
thresholds also at TED under the same identifier and version; those below (CustomizationID eforms-sdk-0.1) state few
facts, half of them no CPV of eight digits. Off unless pib.toml names it in more_sources.

Check: one archive of one day, how many of its notices are set aside and why; the licence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scrapers.errors import SourceError
from scrapers.feeds.daily_exports import DailyExports
from scrapers.readers.neighbours.eforms_archive import read_eforms_archive
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="Datenservice Öffentlicher Einkauf",
    publisher="Beschaffungsamt des Bundesministeriums des Innern",
    licence="CC0 (open-data policy of the portal)",
    countries=("DEU",),
    base_url="https://oeffentlichevergabe.de",
    cron="30 9 * * *",
    overlap_days=3,
    expected=(300, 3000),
    request_delay=1.0,
    patience=35.0,
    is_optional=True,
)

FEED = DailyExports("/api/notice-exports?pubDay={day}&format=eforms.zip")

_PAGE = "https://oeffentlichevergabe.de/api/notices/{id}?format=eforms-de&noticeVersion={version:02d}"


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices in the archive of a day ("export YYYY-MM-DD"). Raises SourceChanged."""
    del number
    day = date.fromisoformat(kind.split()[1])
    yield from read_eforms_archive(SOURCE.name, body, day=day, page=_PAGE)
