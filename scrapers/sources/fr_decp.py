"""Essential data of French public contracts: who won, from whom, for how much; for the track records of firms.

Publisher: Direction des affaires juridiques (DAJ), https://data.economie.gouv.fr

Access: Opendatasoft Explore API 2.1 of the data set decp-2022-marches-valides, anonymous GET of records by the day
their data were published, 100 a page, 10,000 a question. The same rows are served by the tabular API of data.gouv.fr
(resource 22847056-61df-452d-837d-8b8ceadbfc52), whose shape is read too.

Licence: Licence Ouverte 2.0.

Caveats: buyers have two months from the notification to publish; the data set names neither buyer nor winner, only
their numbers, and three winners at most; a contract is repeated for every modification and every subcontract; "CDL"
fills what is empty; the same award may be at BOAMP and at TED, which it does not name.

Check: that datepublicationdonnees can be compared with a day; how many rows a day brings; that no column was added.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.errors import SourceError
from scrapers.feeds.paged import PagedRecords
from scrapers.readers.decp import read_contracts
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="DECP",
    publisher="Direction des affaires juridiques (DAJ)",
    licence="Licence Ouverte 2.0",
    countries=("FRA",),
    base_url="https://data.economie.gouv.fr",
    cron="0 8 * * *",
    overlap_days=4,
    expected=(50, 8000),
    request_delay=1.0,
    patience=35.0,
)

FEED = PagedRecords(
    path="/api/explore/v2.1/catalog/datasets/decp-2022-marches-valides/records",
    day="datepublicationdonnees",
    identifier="id",
    more_order=("acheteur_id", "idmodification", "idactesoustraitance", "titulaire_id_1"),
    is_unique=False,
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The contracts on one page of records. Raises SourceChanged."""
    del kind, number  # every response of this source is a page of records
    yield from read_contracts(body)
