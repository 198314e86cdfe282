"""`pib serve`: the portal, with the house's folders, sources and clock; and the operator's link to its page."""

import os
import sys
from dataclasses import replace
from datetime import datetime

from pipelines.config.workspace import ZONE, House
from pipelines.errors import PortalBusy
from pipelines.nightly.interest import directory_of, is_set_up, policy_of, room_of
from pipelines.nightly.source_selection import find_not_asked, find_warnings
from portal.interest_service import Secrecy
from portal.member_choices import Choices
from portal.pages.interest import actions_of
from portal.server import listen, serve
from portal.snapshot import Desk
from portal.web.context import Portal, SourceNote
from presentation.signed_links import Links, keep_secret
from scrapers.source import find_sources


def serve_portal(house: House, host: str, port: int) -> None:
    """Serves the portal until it is ended; says where, and the operator's link, once it listens. Raises PortalBusy when
    the port is taken."""
    try:
        listening = listen(host, port)
    except OSError as error:
        raise PortalBusy(f"{host}:{port} cannot be listened at ({error.strerror}); give another --port") from error
    here = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    secret = keep_secret(house.link_secret)
    portal = open_portal(house, here, secret)
    links = portal.links
    behind = "" if links.base_url == here else f", to be reached at {links.base_url}/"
    sys.stdout.write(f"The portal answers at {here}/{behind}\n")
    sys.stdout.write(f"The operator's page, for seven days: {links.status(on=portal.today())}\n")
    sys.stdout.flush()
    serve(portal, secret, listening)


def open_portal(house: House, here: str, secret: bytes) -> Portal:
    """The portal of a house; its links lead to the settings' `portal_url`, else to `here`."""
    return with_interest(house, _open_portal(house, here, secret))


def with_interest(house: House, portal: Portal) -> Portal:
    """The portal with the pages of interest, where the cluster has set its room up."""
    room = room_of(house)
    if not is_set_up(room):
        return portal
    secrecy = Secrecy(room, policy_of(room).crowd, directory_of)
    return replace(portal, secrecy=secrecy, actions=actions_of(portal, secrecy))


def _open_portal(house: House, here: str, secret: bytes) -> Portal:
    settings = house.settings
    return Portal(
        links=Links(settings.portal_url or here, secret),
        desk=Desk(house.reading_copy),
        choices=Choices(house.choices),
        outbox=house.outbox,
        now=lambda: datetime.now(ZONE),
        sources={
            name: SourceNote(
                source.title,
                source.publisher,
                source.licence,
                source.expected if settings.is_live else None,  # of a local portal nothing is expected
            )
            for name, source in find_sources().items()
        },
        needs=lambda: (*find_not_asked(settings, os.environ), *find_warnings(settings)),
        domain=settings.sender.rpartition("@")[2],
        team=settings.reply_to,
    )
