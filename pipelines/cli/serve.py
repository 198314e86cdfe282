"""`pib serve`: the portal, with the folders, sources and clock of a workspace; and the operator's link to its page."""

import os
import sys
from dataclasses import replace
from datetime import datetime

from pipelines.config.clock import MachineClock
from pipelines.config.completed_nights import find_unfinished_night
from pipelines.config.portal_links import open_links
from pipelines.config.workspace import ZONE, Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from pipelines.errors import PortalBusy
from pipelines.nightly.interest import directory_of, find_interest_needs, is_set_up, policy_of, room_of
from pipelines.nightly.link_mail import LinkMailer, answer_link_requests, find_unsent_mails
from pipelines.nightly.source_selection import endpoint_warnings, skipped_sources
from portal.interest_service import InterestService
from portal.link_requests import LinkRequests
from portal.member_choices import Choices
from portal.pages.interest import actions_of
from portal.server import listen, serve
from portal.snapshot import SnapshotCache
from portal.web.context import PortalContext, SourceNote
from presentation.signed_links import load_or_create_secret
from scrapers.source import find_sources
from warehouse.errors import StoreTooOld
from warehouse.store import Store


def serve_portal(workspace: Workspace, host: str, port: int) -> None:
    """Serves the portal until it is ended; prints its address, and the operator's link, once it listens. Raises
    PortalBusy when the port is taken."""
    try:
        listening = listen(host, port)
    except OSError as error:
        raise PortalBusy(f"{host}:{port} cannot be listened at ({error.strerror}); give another --port") from error
    _renew_copy(workspace)
    here = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    secret = load_or_create_secret(workspace.link_secret)
    portal = open_portal(workspace, here)
    links = portal.links
    mailer = LinkMailer(lambda: _answer_link_requests(workspace, portal))
    portal = replace(portal, link_requests=LinkRequests(workspace.link_requests, on_saved=mailer.wake))
    behind = "" if links.base_url == here else f", to be reached at {links.base_url}/"
    sys.stdout.write(f"The portal answers at {here}/{behind}\n")
    sys.stdout.write(f"The operator's page, for seven days: {links.status(on=portal.today())}\n")
    sys.stdout.flush()
    mailer.start()
    try:
        serve(portal, secret, listening)
    finally:
        mailer.stop()


def _renew_copy(workspace: Workspace) -> None:
    """Publishes the readers' copy again where an earlier version of PIB did."""
    if not workspace.reading_copy.is_file():
        return
    try:
        Store.open(workspace.reading_copy, read_only=True, facts=workspace.reading_copy_facts).close()
    except StoreTooOld:
        with (
            write_lock(workspace.home, "pib serve, publishing the copy anew", on_wait=print_waiting),
            workspace.open_cluster() as store,
        ):
            workspace.publish_cluster(store)


def _answer_link_requests(workspace: Workspace, portal: PortalContext) -> tuple[str, ...]:
    members = portal.snapshots.current().members
    return answer_link_requests(workspace, portal.links, members, MachineClock())


def open_portal(workspace: Workspace, here: str) -> PortalContext:
    """The portal of a data folder; its links lead to the settings' `portal_url`, else to `here`."""
    return with_interest(workspace, _open_portal(workspace, here))


def with_interest(workspace: Workspace, portal: PortalContext) -> PortalContext:
    """The portal with the pages of interest, where the cluster has set up the service."""
    room = room_of(workspace)
    if not is_set_up(room):
        return portal
    interest_service = InterestService(room, policy_of(room).crowd, directory_of)
    return replace(portal, interest_service=interest_service, actions=actions_of(portal, interest_service))


def _open_portal(workspace: Workspace, here: str) -> PortalContext:
    settings = workspace.settings
    return PortalContext(
        links=open_links(workspace, settings.portal_url or here),
        snapshots=SnapshotCache(workspace.reading_copy, workspace.reading_copy_facts),
        choices=Choices(workspace.choices),
        outbox=workspace.outbox,
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
        needs=lambda: (
            *find_unfinished_night(workspace),
            *find_interest_needs(workspace),
            *skipped_sources(settings, os.environ),
            *endpoint_warnings(settings),
            *find_unsent_mails(workspace),
        ),
        domain=settings.sender.rpartition("@")[2],
        team=settings.reply_to,
    )
