"""What a member changes: preferences, letters stopped and resumed, its opinion of a lot. A page, then a button.

Following a link changes nothing. A form is valid for one POST; only the button that stops letters also works without a
form, because mail programs press it themselves (RFC 8058: a POST without cookies, the link is the key). A link that
stops letters does so after its last day and after `pib members revoke` too, as long as letters go to the address that
it was sent to; resuming them takes a link that has not expired.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal.errors import BadRequest, FormOver, FormSpent, NotThere
from portal.member_choices import LotFeedback, Objection, Opinion
from portal.pages.lot_view import title_of
from portal.web.context import PortalContext
from portal.web.given_links import GivenLinks
from portal.web.one_time_forms import Forms, refuse_other_sites
from portal.web.page import Pages, Reader
from portal.web.security import read_form
from presentation.i18n import translatable
from presentation.signed_links import Grant, Purpose
from warehouse.model.members import Channel, Frequency, Member, Preferences, Weekday

Fields = Mapping[str, tuple[str, ...]]

_MOST_ITEMS = 20
_LEAST_FITS = (20, 28, 40, 50, 60, 70)
"""The thresholds of fit that a member can choose, in per cent."""


class PreferencePages:
    """The routes of a member's choices."""

    def __init__(self, portal: PortalContext, pages: Pages, forms: Forms) -> None:
        self._portal, self._pages, self._forms = portal, pages, forms

    def routes(self) -> list[Route]:
        """The routes of the pages."""
        return [
            Route("/preferences/{token}", self.preferences),
            Route("/preferences/{token}", self.save_preferences, methods=["POST"]),
            Route("/unsubscribe/{token}", self.unsubscribe),
            Route("/unsubscribe/{token}", self.stop, methods=["POST"]),
            Route("/feedback/{token}", self.feedback),
            Route("/feedback/{token}", self.save_feedback, methods=["POST"]),
        ]

    def preferences(self, request: Request) -> Response:
        """The form of the member's preferences."""
        grant, member, reader, given = self._open(request, Purpose.PREFERENCES)
        wished = member.preferences
        return self._pages.answer(
            request,
            "preferences.html.j2",
            reader,
            title=reader.phrases.translate("Preferences"),
            form=self._forms.issue(request.path_params["token"], self._portal.now()),
            action=request.url.path,
            done="saved" in request.query_params,
            wished=wished,
            least=round(wished.threshold * 100),
            fits=sorted({*_LEAST_FITS, round(wished.threshold * 100)}),
            grappes=sorted({*self._portal.snapshots.current().grappes, *wished.grappes}),
            most=_MOST_ITEMS,
            stopped=self._portal.has_stopped(grant.member),
            unsubscribe=given.path(Purpose.UNSUBSCRIBE),
        )

    async def save_preferences(self, request: Request) -> Response:
        """Saves them, for the letters of the next night."""
        fields = await self._sent(request)
        return await run_in_threadpool(self._save_preferences, request, fields)

    def _save_preferences(self, request: Request, fields: Fields) -> Response:
        portal, now = self._portal, self._portal.now()
        grant, member, _, _ = self._open(request, Purpose.PREFERENCES)
        form = self._forms.take(request.path_params["token"], fields, now)
        wished = read_preferences(fields, known=(*portal.snapshots.current().grappes, *member.preferences.grappes))
        try:
            portal.choices.save_preferences(grant.member, wished, form, at=now)
        except FormSpent as error:
            raise FormOver from error
        return self._see(request, "saved")

    def unsubscribe(self, request: Request) -> Response:
        """The page that explains stopping, with its button."""
        grant = self._portal.verify(request.path_params["token"], Purpose.UNSUBSCRIBE)
        snapshot = self._portal.snapshots.current()
        is_current = self._portal.links.is_current(grant)
        reader = Reader.of(request, snapshot, snapshot.members.get(grant.member) if is_current else None)
        return self._pages.answer(
            request,
            "unsubscribe.html.j2",
            reader,
            title=reader.phrases.translate("Stop these letters"),
            form=self._forms.issue(request.path_params["token"], self._portal.now()),
            action=request.url.path,
            is_current=is_current,
            stopped=self._portal.has_stopped(grant.member),
            resumed="resumed" in request.query_params,
        )

    async def stop(self, request: Request) -> Response:
        """Stops the letters; by the button of a mail program, or by that of the page. Also resumes them, by the
        page's."""
        fields = await read_form(request, multipart=True)
        return await run_in_threadpool(self._stop, request, fields)

    def _stop(self, request: Request, fields: Fields) -> Response:
        portal, now = self._portal, self._portal.now()
        token = request.path_params["token"]
        grant = portal.verify(token, Purpose.UNSUBSCRIBE)
        if fields.get("List-Unsubscribe") == ("One-Click",):
            if portal.links.is_current(grant):  # else no letter goes to the address that this link was sent to
                portal.choices.stop(grant.member, at=now)
            return self.unsubscribe(request)  # not a redirect: mail programs follow none (RFC 8058)
        portal.check(grant)
        refuse_other_sites(request)
        form = self._forms.take(token, fields, now)
        if fields.get("what") != ("resume",):
            raise BadRequest(translatable("Only forms of these pages are read here."))
        try:
            portal.choices.resume(grant.member, form, at=now)
        except FormSpent as error:
            raise FormOver from error
        return self._see(request, "resumed")

    def feedback(self, request: Request) -> Response:
        """The form of the member's opinion of a lot."""
        grant, member, reader, given = self._open(request, Purpose.FEEDBACK)
        title, language = self._title(grant, reader)
        return self._pages.answer(
            request,
            "feedback.html.j2",
            reader,
            title=reader.phrases.translate("What do you think of this call?"),
            form=self._forms.issue(request.path_params["token"], self._portal.now()),
            action=request.url.path,
            done="saved" in request.query_params,
            opinion=self._portal.opinion_of(member.id, grant.subject),
            lot_title=title,
            lot_language=language,
            lot_url=given.path(Purpose.LOT, grant.subject),
            objections=[objection.value for objection in Objection],
        )

    async def save_feedback(self, request: Request) -> Response:
        """Saves it, for the ranking of the next night."""
        fields = await self._sent(request)
        return await run_in_threadpool(self._save_feedback, request, fields)

    def _save_feedback(self, request: Request, fields: Fields) -> Response:
        now = self._portal.now()
        grant, member, reader, _ = self._open(request, Purpose.FEEDBACK)
        self._title(grant, reader)
        form = self._forms.take(request.path_params["token"], fields, now)
        opinion, objection = read_opinion(fields)
        feedback = LotFeedback(member.id, grant.subject, opinion, objection, now)
        try:
            self._portal.choices.save_feedback(feedback, form)
        except FormSpent as error:
            raise FormOver from error
        return self._see(request, "saved")

    async def _sent(self, request: Request) -> Fields:
        refuse_other_sites(request)
        return await read_form(request)

    def _open(self, request: Request, purpose: Purpose) -> tuple[Grant, Member, Reader, GivenLinks]:
        snapshot = self._portal.snapshots.current()
        grant = self._portal.read(request.path_params["token"], purpose)
        member, given = self._portal.member_of(grant, snapshot), self._portal.given_by(grant)
        return grant, member, Reader.of(request, snapshot, member, given), given

    def _title(self, grant: Grant, reader: Reader) -> tuple[str, str | None]:
        snapshots = self._portal.snapshots
        lot = snapshots.current().lots.get(grant.subject)
        if lot is None:
            closed = snapshots.load_closed(grant.subject)
            if closed is None:
                raise NotThere
            lot = closed.lot
        return title_of(lot, reader.language)

    def _see(self, request: Request, what: str) -> Response:
        """Redirects the browser to the page by a GET, which it may repeat."""
        language = request.query_params.get("lang", "")
        kept = f"&lang={language}" if language in ("fr", "nl", "en", "de") else ""
        return RedirectResponse(f"{self._portal.links.root}{request.url.path}?{what}{kept}", status_code=303)


def read_preferences(fields: Fields, *, known: tuple[str, ...]) -> Preferences:
    """The preferences of a form. Raises BadRequest where a field has a value that the page does not offer."""
    try:
        return Preferences(
            frequency=Frequency(_one(fields, "frequency")),
            threshold=_whole(fields, "threshold", 0, 100) / 100,
            maximum=_whole(fields, "maximum", 1, _MOST_ITEMS),
            grappes=tuple(sorted(_some(fields, "grappe", known))),
            channel=Channel(_one(fields, "channel")),
            quiet_days=tuple(day for day in Weekday if day in _some(fields, "quiet", tuple(Weekday))),
            heartbeat=fields.get("heartbeat") == ("yes",),
        )
    except ValueError as error:
        raise BadRequest(
            translatable("The form holds a choice that the page does not offer: open it again.")
        ) from error


def read_opinion(fields: Fields) -> tuple[Opinion, Objection | None]:
    """The opinion of a form, with its objection where there is one to have. Raises BadRequest."""
    try:
        opinion = Opinion(_one(fields, "opinion"))
        written = next(iter(fields.get("objection", ())), "")
        objection = Objection(written) if written and opinion is Opinion.NOT_RELEVANT else None
    except ValueError as error:
        raise BadRequest(
            translatable("The form holds a choice that the page does not offer: open it again.")
        ) from error
    return opinion, objection


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    if len(values) != 1:
        raise ValueError(f"{name}: {len(values)} values")
    return values[0]


def _whole(fields: Fields, name: str, least: int, most: int) -> int:
    written = _one(fields, name)
    if not (written.isascii() and written.isdigit() and len(written) < 4 and least <= int(written) <= most):
        raise ValueError(f"{name}: {written!r} is not within {least} to {most}")
    return int(written)


def _some(fields: Fields, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(fields.get(name, ())))
    if not set(values) <= set(known):
        raise ValueError(f"{name}: {values!r} are not all known")
    return values
