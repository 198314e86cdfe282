"""Bulletin officiel des annonces des marchés publics: French notices, national ones and those sent on to TED.

Publisher: Direction de l'information légale et administrative (DILA), https://www.boamp.fr

Access: Opendatasoft Explore API 2.1, anonymous GET of records, 100 a page, 10,000 a question, 50,000 questions a
day. Two drops a day, in the evening and in the morning.

Licence: Licence Ouverte 2.0; the publisher warns that notices hold personal data, which we do not read.

Caveats: datelimitereponse is not a true instant (an hour off before 2024, local time labelled UTC since, two hours off
where the platform writes milliseconds): the deadline is that of gestion and of the eForms notice in donnees. objet is
cut at 200 characters. gestion and donnees are JSON in a string, XML turned to JSON, whose one-element lists collapse.
The form before 2019 stamps +01:00 on deadlines in summer too. Where the data set cannot be reached, the archive has the
XML of each notice at https://echanges.dila.gouv.fr/OPENDATA/BOAMP/<yyyy>/<mm>/<dd>/<idweb>.xml; nothing fetches it by
itself, `pib read` reads it.

Check: that the open-data host answers from where this runs, for it has let some data centres time out.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.errors import SourceError
from scrapers.feeds.paged import PagedRecords
from scrapers.readers.boamp.records import read_records
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="BOAMP",
    publisher="Direction de l'information légale et administrative (DILA)",
    licence="Licence Ouverte 2.0",
    countries=("FRA",),
    base_url="https://boamp-datadila.opendatasoft.com",
    cron="30 7 * * *",
    overlap_days=3,
    expected=(100, 1500),
    request_delay=1.0,
    patience=35.0,
)

FEED = PagedRecords(
    path="/api/explore/v2.1/catalog/datasets/boamp/records",
    day="dateparution",
    identifier="idweb",
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices in one page of records, by their idweb. Raises SourceChanged."""
    del kind, number  # every response of this source is a page of records
    yield from read_records(body)
