"""Calls no portal publishes, as an operator wrote them down: market surveys, framework call-offs, invitations.

Publisher: the operator of this watch.

Access: every .csv and .toml file of the folder that pib.toml names (manual = "FOLDER"), read each night; without it the
source is left out. The columns are described in scrapers/readers/manual.py.

Licence: as those who called gave leave.

Caveats: a file with a fault is not used at all, and the night reports which line; a change of a call is seen where its
version is raised; a call taken out of the folder stays known until its deadline.

Check: that the buyer allows the members to be notified of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.crawl.folder import Folder
from scrapers.errors import SourceError
from scrapers.readers.manual import read_manual
from scrapers.source import Source
from warehouse.model.notices import Notice

SOURCE = Source(
    __name__,
    title="Calls written down",
    publisher="the operator",
    licence="as those who called gave leave",
    countries=(),
    base_url="",
    cron="30 9 * * *",
    overlap_days=0,
    expected=(0, 10_000),
    request_delay=0.0,
    patience=0.0,
    is_folder=True,
)

FEED = Folder({".csv": "csv", ".toml": "toml"})


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The calls of one file. Raises SourceChanged with every fault of it."""
    yield from read_manual(kind, body, number or "the file")
