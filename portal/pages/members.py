"""A member's own pages: the calls it should see, its letters, the one that would be written now, its feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digests.composing.compose import compose_digest
from digests.delivery.sent_archive import Archive
from digests.rendering.mime import render_html
from portal.errors import NotThere
from portal.pages.letter import answer_with_letter, read_html_part, replace_links
from portal.pages.list_view import lots_for_member, view_line
from portal.snapshot import Snapshot
from portal.web.context import PortalContext
from portal.web.given_links import GivenLinks
from portal.web.page import Pages, Reader
from presentation.call_tables import TableCall, tabulate_calls
from presentation.digest_model import BRUSSELS
from presentation.signed_links import Purpose
from warehouse.model.members import Member
from warehouse.sheets.readable_tables import ReadableTable, write_csv, write_workbook

_WRITERS: Mapping[str, tuple[Callable[[ReadableTable], bytes], str]] = {
    "xlsx": (write_workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (write_csv, "text/csv; charset=utf-8"),
}


class MemberPages:
    """The routes of a member's own pages."""

    def __init__(self, portal: PortalContext, pages: Pages) -> None:
        self._portal, self._pages = portal, pages
        self._archive = Archive(portal.outbox)

    def routes(self) -> list[Route]:
        """The routes of the pages."""
        return [
            Route("/calls/{token}", self.calls),
            Route("/digest/{token}", self.digest),
            Route("/preview/{token}", self.preview),
        ]

    def calls(self, request: Request) -> Response:
        """The member's open calls, its letters, its feeds."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], Purpose.CALLS)
        member, given = portal.member_of(grant, snapshot), portal.given_by(grant)
        reader, now = Reader.of(request, snapshot, member, given), portal.now()
        if table := request.query_params.get("table"):
            return self._table(table, reader, member, snapshot)
        lines = [
            replace(
                view_line(lot, given.path(Purpose.CALL, lot.uid) or "", reader.phrases, now),
                dots=dots,
                together=together,
            )
            for lot, dots, together in lots_for_member(member, snapshot, now)
        ]
        return self._pages.answer(
            request,
            "calls.html.j2",
            reader,
            title=reader.phrases.translate("Your calls"),
            lines=lines,
            letters=self._letters(member, reader, given),
            stopped=portal.has_stopped(member.id),
            as_of=reader.phrases.format_moment(snapshot.as_of),
            subscriptions=_subscriptions(given),
            subscribed_until=reader.phrases.format_long_day(given.until(Purpose.FEED)),
        )

    def _table(self, kind: str, reader: Reader, member: Member, snapshot: Snapshot) -> Response:
        """The member's open calls as a table to open in a spreadsheet, xlsx or csv."""
        if kind not in _WRITERS:
            raise NotThere
        fits = {match.lot_uid: match.score for match in snapshot.matches.get(member.id, ())}
        calls = [
            TableCall(lot, fits.get(lot.uid), page=self._portal.links.public_lot(lot.uid))
            for lot, _, _ in lots_for_member(member, snapshot, self._portal.now())
        ]
        write, media_type = _WRITERS[kind]
        headers = {"content-disposition": f'attachment; filename="pib.{kind}"', "cache-control": "private, no-store"}
        body = write(tabulate_calls(calls, reader.phrases))
        return Response(body, media_type=media_type, headers=headers)

    def digest(self, request: Request) -> Response:
        """A letter as it was sent, with the links that this page may hold."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], Purpose.DIGEST)
        member = portal.member_of(grant, snapshot)
        mime = self._archive.load_mime(member.id, grant.subject)
        if mime is None:
            raise NotThere
        return answer_with_letter(replace_links(read_html_part(mime), portal.given_by(grant)))

    def preview(self, request: Request) -> Response:
        """The letter that would be written now, as if the member had not been notified of anything yet; nothing is
        saved or sent."""
        portal, snapshot = self._portal, self._portal.snapshots.current()
        grant = portal.read(request.path_params["token"], Purpose.PREVIEW)
        member = portal.member_of(grant, snapshot)
        reader = Reader.of(request, snapshot, member, portal.given_by(grant))
        digest = compose_digest(
            replace(member, languages=(reader.language, *member.languages)),
            snapshot.lots,
            snapshot.match_results.values(),
            as_of=snapshot.as_of.astimezone(BRUSSELS),
            members=snapshot.members,
        )
        if digest is None:
            title = reader.phrases.translate("Next letter")
            return self._pages.answer(request, "no_letter.html.j2", reader, title=title)
        return answer_with_letter(render_html(replace(digest, labels=snapshot.labels)))

    def _letters(self, member: Member, reader: Reader, given: GivenLinks) -> list[tuple[str, str, str, int]]:
        """Day, subject, address and number of calls of each letter, newest first."""
        return [
            (
                reader.phrases.format_long_day(letter.kept_at.astimezone(BRUSSELS).date()),
                letter.subject,
                given.path(Purpose.DIGEST, letter.edition) or "",
                letter.items,
            )
            for letter in self._archive.load_letters(member.id)[:60]
        ]


def _subscriptions(given: GivenLinks) -> dict[str, str]:
    agenda = given.url(Purpose.AGENDA) or ""
    return {"feed": given.url(Purpose.FEED) or "", "agenda": agenda, "webcal": "webcal:" + agenda.partition(":")[2]}
