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
        """A lot as a member sees it, open or not."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], Purpose.LOT)
        member = portal.member_of(grant, snapshot)
        lot, closed = self._load_lot(grant.subject, snapshot)
        return self._answer(request, lot, snapshot, Reader.of(request, snapshot, member), closed)

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
            others=[view_line(other, self._path(other, reader.member), reader.phrases, now) for other in others[:30]],
            buyer_url=f"{portal.links.root}/?buyer={key}" if key else None,
            own=self._own(lot, reader, is_open=closed is None) if reader.member else None,
        )

    def _own(self, lot: OpenLot, reader: Reader, *, is_open: bool) -> dict[str, object]:
        """What only the member's page has: its opinion, its links, actions of other rooms."""
        portal, member = self._portal, reader.member
        if member is None:
            return {}
        offered: tuple[Action, ...] = portal.actions(member.id, lot.uid, reader.language) if is_open else ()
        return {
            "opinion": portal.opinion_of(member.id, lot.uid),
            "feedback": portal.path(Purpose.FEEDBACK, member.id, lot.uid),
            "calendar": portal.path(Purpose.CALENDAR, member.id, lot.uid) if lot.lot.deadline else None,
            "actions": offered,
        }

    def _path(self, lot: OpenLot, member: Member | None) -> str:
        return self._portal.path(Purpose.LOT, member.id, lot.uid) if member else self._public_path(lot)

    def _public_path(self, lot: OpenLot) -> str:
        return self._portal.links.public_lot(lot.uid).removeprefix(self._portal.links.origin)
