"""Feeds to subscribe to, as Atom and as calendars: a member's own, and by grappe, region and buyer."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import NotThere
from portal.feeds.atom import AtomFeed, write_feed
from portal.pages.list_view import lots_for_member
from portal.pages.lot_view import NOBODY
from portal.snapshot import Snapshot
from portal.web.context import PortalContext
from portal.web.page import Reader, answer_with_tag
from portal.web.pagination import Filters, read_filters, select_lots
from presentation.digest_model import Digest
from presentation.ical import deadline_item, write_agenda, write_empty_agenda
from presentation.languages import choose_text
from presentation.place_names import name_place
from presentation.sanitize import clip_text
from presentation.signed_links import Purpose
from warehouse.codes.classifications import Nuts
from warehouse.model.notices import OpenLot

_MOST = 200
"""Entries of a feed; readers request it repeatedly."""


class FeedPages:
    """The routes of feeds and calendars."""

    def __init__(self, portal: PortalContext) -> None:
        self._portal = portal

    def routes(self) -> list[Route]:
        """The routes of the feeds."""
        return [
            Route("/feed/{token}", self.own_feed),
            Route("/agenda/{token}", self.own_agenda),
            Route("/feeds/{kind}/{name}.atom", self.feed),
            Route("/feeds/{kind}/{name}.ics", self.agenda),
        ]

    def own_feed(self, request: Request) -> Response:
        """A member's calls as Atom."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], Purpose.FEED)
        member = portal.member_of(grant, snapshot)
        reader = Reader.of(request, snapshot, member)
        # The pages' links are signed for the night, so that the feed stays the same, byte for byte, until the next.
        given = portal.given_by(grant, on=snapshot.night)
        links = [
            (lot, given.url(Purpose.LOT, lot.uid) or portal.links.public_lot(lot.uid))
            for lot, _, _ in lots_for_member(member, snapshot, snapshot.as_of)[:_MOST]
        ]
        title = reader.phrases.translate("Calls for {member}", member=clip_text(member.name, 60))
        url = f"{portal.links.base_url}{request.url.path}"
        feed = AtomFeed(f"member {member.id}", title, url, page=f"{portal.links.base_url}/")
        body = write_feed(feed, links, reader.phrases, snapshot.as_of, portal.domain)
        return answer_with_tag(request, body, "application/atom+xml", is_public=False)

    def own_agenda(self, request: Request) -> Response:
        """A member's deadlines as a calendar."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        member = portal.member_of(portal.read(request.path_params["token"], Purpose.AGENDA), snapshot)
        reader = Reader.of(request, snapshot, member)
        lots = [lot for lot, _, _ in lots_for_member(member, snapshot, snapshot.as_of)[:_MOST]]
        name = reader.phrases.translate("Deadlines of {member}", member=clip_text(member.name, 60))
        return self._answer_agenda(request, lots, snapshot, reader, name)

    def feed(self, request: Request) -> Response:
        """The calls of a grappe, a region or a buyer as Atom."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        filters = _filters(request)
        reader = Reader.of(request, snapshot)
        lots = select_lots(snapshot, filters, snapshot.as_of)[:_MOST]
        base = portal.links.base_url
        feed = AtomFeed(
            name=filters.feed or "",
            title=_title(filters, lots, reader),
            url=f"{base}{request.url.path}",
            page=f"{base}/?{filters.query}",
        )
        linked = [(lot, portal.links.public_lot(lot.uid)) for lot in lots]
        body = write_feed(feed, linked, reader.phrases, snapshot.as_of, portal.domain)
        return answer_with_tag(request, body, "application/atom+xml", is_public=True, vary="accept-language")

    def agenda(self, request: Request) -> Response:
        """The deadlines of a grappe, a region or a buyer as a calendar."""
        snapshot = self._portal.snapshots.current()
        filters, reader = _filters(request), Reader.of(request, snapshot)
        lots = select_lots(snapshot, filters, snapshot.as_of)[:_MOST]
        return self._answer_agenda(request, lots, snapshot, reader, _title(filters, lots, reader))

    def _answer_agenda(
        self, request: Request, lots: Iterable[OpenLot], snapshot: Snapshot, reader: Reader, title: str
    ) -> Response:
        """The calendar of the `lots`, named by its `title`: a member's own where the `reader` is one."""
        name = f"PIB · {title}"
        items = tuple(deadline_item(lot) for lot in lots)
        digest = Digest(reader.member or NOBODY, "", snapshot.as_of, items, 0, (), ())
        agenda = write_agenda(digest, reader.language, self._portal.domain, self._portal.links, subscribed_as=name)
        body = (agenda or write_empty_agenda(name, snapshot.as_of)).encode()
        headers = {} if reader.member else {"vary": "accept-language"}
        return answer_with_tag(
            request, body, "text/calendar; charset=utf-8", is_public=reader.member is None, **headers
        )


def _filters(request: Request) -> Filters:
    kind, name = request.path_params["kind"], request.path_params["name"]
    if kind not in ("grappe", "region", "buyer"):
        raise NotThere
    return read_filters({kind: name})


def _title(filters: Filters, lots: list[OpenLot], reader: Reader) -> str:
    """The title of a feed: its filter; for a buyer its name, which only its calls have."""
    translate = reader.phrases.translate
    if filters.grappe:
        return translate("Calls for the grappe {grappe}", grappe=filters.grappe)
    if filters.region:
        place = name_place(Nuts(filters.region), reader.language)
        return translate("Calls in {place}", place=f"{place} ({filters.region})" if place else filters.region)
    names = [choose_text(buyer.organisation.names, reader.language) for lot in lots[:1] for buyer in lot.notice.buyers]
    name = next((clip_text(text.value, 100) for text in names if text), None)
    return translate("Calls of {buyer}", buyer=name) if name else translate("Calls of one buyer")
