"""Projects of French public purchases: calls that the State and its hospitals plan, before they are published.

Publisher: Direction des achats de l'État (DAE), https://projets-achats.marches-publics.gouv.fr

Access: Opendatasoft Explore API 2.1 of the data set projets-dachats-publics on data.economie.gouv.fr, anonymous GET of
records whose date_previsionnelle_de_publication is of the window or up to three years after it, 100 a page.

Licence: Licence Ouverte 2.0.

Caveats: no answer was recorded, names are those public clients read; a project commits nobody and carries no day of
its own publication; the buyer is a SIREN without a name and without its leading zeros; amounts are ranges in words; a
project is kept as it was first seen.

Check: every field name of one answer, those of the considerations above all; that a code names one project.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.errors import SourceError
from scrapers.feeds.paged import PagedRecords
from scrapers.readers.approch import read_projects
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="APProch",
    publisher="Direction des achats de l'État (DAE)",
    licence="Licence Ouverte 2.0",
    countries=("FRA",),
    base_url="https://data.economie.gouv.fr",
    cron="15 9 * * *",
    overlap_days=3,
    expected=(1, 10_000),
    request_delay=1.0,
    patience=35.0,
)

FEED = PagedRecords(
    path="/api/explore/v2.1/catalog/datasets/projets-dachats-publics/records",
    day="date_previsionnelle_de_publication",
    identifier="code",
    is_unique=False,
    ahead=1095,
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The projects on one page of records. Raises SourceChanged."""
    del kind, number  # every response of this source is a page of records
    yield from read_projects(body)
