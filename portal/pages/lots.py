"""The pages of lots: for everybody the facts, for a member also why, with whom, and its actions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import NotThere
from portal.pages.list_view import view_line
from portal.pages.lot_view import documents_of, view_lot
from portal.snapshot import ClosedLot, Snapshot, buyer_key
from portal.web.context import Action, PortalContext
from portal.web.given_links import GivenLinks
from portal.web.page import Pages, Reader
from portal.web.pagination import read_filters, read_place, select_lots
from presentation.digest_model import Digest
from presentation.ical import deadline_item, write_agenda
from presentation.signed_links import Purpose, decode_name
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot

_A_PAGE = 20


class LotPages:
    """The routes of lots."""

    def __init__(self, portal: PortalContext, pages: Pages) -> None:
        self._portal, self._pages = portal, pages

    def routes(self) -> list[Route]:
        """The routes of the pages."""
        return [
            Route("/", self.front),
            Route("/lots/{name}", self.public),
            Route("/lot/{token}", self.own),
            Route("/call/{token}", self.call),
            Route("/calendar/{token}", self.calendar),
        ]

    def front(self, request: Request) -> Response:
        """Open calls, nearest deadline first, and where to subscribe."""
        snapshot = self._portal.snapshots.current()
        reader, now = Reader.of(request, snapshot), self._portal.now()
        query = dict(request.query_params)
        filters = read_filters({**query, "region": query.get("region", "").strip().upper()})  # as people type it
        found = select_lots(snapshot, filters, now)
        page = read_place(found, request.query_params.get("after"), _A_PAGE)
        links = self._portal.links
        return self._pages.answer(
            request,
            "front.html.j2",
            reader,
            title=reader.phrases.translate("Open calls"),
            lines=[view_line(lot, self._public_path(lot), reader.phrases, now) for lot in page.lots],
            total=len(found),
            after=page.after,
            filters=filters,
            query=filters.query,
            grappes=snapshot.grappes,
            as_of=reader.phrases.format_moment(snapshot.as_of),
            feed=f"{links.root}/feeds/{filters.feed}.atom" if filters.feed else None,
            agenda=f"{links.root}/feeds/{filters.feed}.ics" if filters.feed else None,
        )

    def public(self, request: Request) -> Response:
        """A lot's facts, while it is open."""
        snapshot = self._portal.snapshots.current()
        name = decode_name(request.path_params["name"])
        lot = snapshot.lots.get(snapshot.other_names.get(name or "", name or ""))
        if lot is None:
            raise NotThere
        return self._answer(request, lot, snapshot, Reader.of(request, snapshot), None)

    def own(self, request: Request) -> Response:
        """A lot as a member sees it, open or not, to be read only."""
        return self._own(request, Purpose.LOT)

    def call(self, request: Request) -> Response:
        """The same with what the member can do about it, for who comes from its own pages."""
        return self._own(request, Purpose.CALL)

    def _own(self, request: Request, purpose: Purpose) -> Response:
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], purpose)
        reader = Reader.of(request, snapshot, portal.member_of(grant, snapshot), portal.given_by(grant))
        lot, closed = self._load_lot(grant.subject, snapshot)
        return self._answer(request, lot, snapshot, reader, closed)

    def calendar(self, request: Request) -> Response:
        """A lot's deadline as a calendar file."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], Purpose.CALENDAR)
        member = portal.member_of(grant, snapshot)
        lot, closed = self._load_lot(grant.subject, snapshot)
        item = deadline_item(lot, is_withdrawn=bool(closed and closed.is_cancelled))
        digest = Digest(member, "", snapshot.as_of, (item,), 0, (), ())
        language = Reader.of(request, snapshot, member).language
        agenda = write_agenda(digest, language, portal.domain, portal.links)
        if agenda is None:
            raise NotThere
        headers = {"content-disposition": 'attachment; filename="pib.ics"'}
        return Response(agenda, media_type="text/calendar; charset=utf-8", headers=headers)

    def _load_lot(self, uid: str, snapshot: Snapshot) -> tuple[OpenLot, ClosedLot | None]:
        lot = snapshot.lots.get(snapshot.other_names.get(uid, uid))
        if lot is not None:
            return lot, None
        closed = self._portal.snapshots.load_closed(uid)
        if closed is None:
            raise NotThere
        return closed.lot, closed

    def _answer(
        self, request: Request, lot: OpenLot, snapshot: Snapshot, reader: Reader, closed: ClosedLot | None
    ) -> Response:
        portal, now = self._portal, self._portal.now()
        view = view_lot(
            *(lot, snapshot, reader.phrases),
            now=now,
            sources=portal.sources,
            member=reader.member,
            closed=closed,
        )
        others = [other for other in snapshot.purchases.get(lot.procedure_uid, ()) if other.uid != lot.uid]
        key = buyer_key(lot)
        return self._pages.answer(
            request,
            "lot.html.j2",
            reader,
            title=view.item.title.text,
            lot=view,
            now=reader.phrases.format_moment(now),
            documents=documents_of(lot),
            others=[view_line(other, self._path(other, reader), reader.phrases, now) for other in others[:30]],
            buyer_url=f"{portal.links.root}/?buyer={key}" if key else None,
            own=self._member_view(lot, reader, reader.member, reader.given, is_open=closed is None)
            if reader.member and reader.given
            else None,
        )

    def _member_view(
        self, lot: OpenLot, reader: Reader, member: Member, given: GivenLinks, *, is_open: bool
    ) -> dict[str, object]:
        """What only a member's page has: the deadline as a file, the page to forward; and where its link opens them the
        member's opinion, the form for it, and what others offer to do."""
        portal, can_act = self._portal, given.allows(Purpose.FEEDBACK)
        offered: tuple[Action, ...] = ()
        if is_open and given.allows(Purpose.INTEREST):
            offered = portal.actions(member.id, lot.uid, reader.language, given.until(Purpose.INTEREST))
        return {
            "opinion": portal.opinion_of(member.id, lot.uid) if can_act else None,
            "feedback": given.path(Purpose.FEEDBACK, lot.uid),
            "calendar": given.path(Purpose.CALENDAR, lot.uid) if lot.lot.deadline else None,
            "actions": offered,
            "public": self._public_path(lot) if is_open else None,
        }

    def _path(self, lot: OpenLot, reader: Reader) -> str:
        own = reader.given.path(Purpose.CALL, lot.uid) if reader.given else None
        return own or self._public_path(lot)

    def _public_path(self, lot: OpenLot) -> str:
        return self._portal.links.public_lot(lot.uid).removeprefix(self._portal.links.origin)
