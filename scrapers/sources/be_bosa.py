"""Belgium's e-Procurement: every Belgian notice, those below the European thresholds too.

Publisher: Federal Public Service Policy and Support (BOSA), https://www.publicprocurement.be

Access: the Media/Partner API by OAuth2 client credentials, which BOSA gives on request and the operator puts into
PIB_BOSA_CLIENT_ID and PIB_BOSA_CLIENT_SECRET; without them the source is left out. POST of a search by days of
publication, 100 a page, then each workspace, whose versions hold the eForms XML. A second way, public-web-client, is
the one the public web application uses: its legal status is NOT SETTLED, it is off unless the operator writes bosa_door
= "public-web-client", and nothing of its key is ever kept.

Licence: none found; the terms of use (31.03.2025) forbid overloading. Above the thresholds the same notices reach us
through TED in any case.

Caveats: publicationDateTo is exclusive; a key of the search that is not understood is silently ignored and everything
comes back, so that days and totals are checked; deadlines have no zone and mean Brussels;
corrections are new versions of a workspace, so that an open one is fetched again every week; access may be cut from
23:00 to 04:00, and on Fridays from 12:00 for maintenance.

Check: which parameters the official search knows, and whether by POST or GET (PIB uses POST, and GET where that
is not known); whether procedureId is the procedure's ContractFolderID; whether pageSize may exceed 100; which numbers
belong to a version that was cancelled; the licence, and in writing the right to use the second way before turning it
on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from scrapers.errors import SourceError
from scrapers.feeds.bosa_workspaces import Paths, WorkspaceSearch
from scrapers.readers.bosa import read_publications, read_workspace
from scrapers.source import Endpoint, Source
from warehouse.model.notices import Notice

KEYS = ("PIB_BOSA_CLIENT_ID", "PIB_BOSA_CLIENT_SECRET")

SOURCE = Source(
    __name__,
    title="e-Procurement",
    publisher="Federal Public Service Policy and Support (BOSA)",
    licence="No data licence found; terms of use of 31.03.2025",
    countries=("BEL",),
    base_url="https://public.pr.fedservices.be",
    cron="15 5 * * *",
    overlap_days=3,
    expected=(40, 800),
    request_delay=2.0,
    patience=35.0,
    endpoints=(
        Endpoint("official", "https://public.pr.fedservices.be", keys=KEYS),
        Endpoint(
            "public-web-client",
            "https://www.publicprocurement.be",
            warning="the legal status of the public web client's endpoint is not settled, and BOSA publishes no data "
            "licence; request credentials of the Media/Partner API instead",
        ),
    ),
    closed=(time(23, 0), time(4, 0)),
    revisit=7,
)

FEED = WorkspaceSearch(
    {
        "official": Paths(
            token="/api/oauth2/token",  # noqa: S106 - a path
            search="/api/eProcurementSea/v1/search/publications",
            workspace="/api/eProcurementDos/v1/publication-workspaces/{number}?includeDrafts=false",
            keys=KEYS,
        ),
        "public-web-client": Paths(
            config="/env.config.js",
            token="/auth/realms/supplier/protocol/openid-connect/token",  # noqa: S106 - a path
            search="/api/sea/search/publications",
            workspace="/api/dos/publication-workspaces/{number}?includeDrafts=false",
            scope="openid",
        ),
    }
)


def read(kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
    """The summaries in a page of the search, or the notices in a workspace. Raises SourceChanged."""
    if kind == "search":
        yield from read_publications(body)
    else:
        yield from read_workspace(body, number or "")
