"""The application: the routes, and the responses to rejected requests."""

from __future__ import annotations

import json
import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digests.errors import OutboxError
from portal.api import BASE, Api
from portal.errors import ChoicesError, LinkNotAccepted, NothingPublished, NotThere, RequestRejected
from portal.feeds.feeds import FeedPages
from portal.pages.health import HealthPages
from portal.pages.interest import InterestPages
from portal.pages.link_request import LinkRequestPages
from portal.pages.lots import LotPages
from portal.pages.members import MemberPages
from portal.pages.preferences import PreferencePages
from portal.pages.status import StatusPage
from portal.web.context import PortalContext
from portal.web.i18n import PagePhrases
from portal.web.one_time_forms import Forms
from portal.web.page import TEMPLATES, Pages, Reader, read_style, style_name
from portal.web.security import KnownHost, SecureAnswers
from presentation.i18n import translatable
from warehouse.errors import WarehouseError

_log = logging.getLogger(__name__)
_FOR_GOOD = "public, max-age=31536000, immutable"


def create_app(portal: PortalContext, secret: bytes) -> ASGIApp:
    """The ASGI application. `secret` seals forms, and is that of the links."""
    pages = Pages(portal)
    refusals = _Refusals(portal, pages)
    forms = Forms(secret)
    secret_pages = (
        InterestPages(portal, pages, forms, portal.interest_service).routes() if portal.interest_service else []
    )
    routes = [
        *LotPages(portal, pages).routes(),
        *MemberPages(portal, pages).routes(),
        *PreferencePages(portal, pages, forms).routes(),
        *secret_pages,
        *(LinkRequestPages(portal, pages, portal.link_requests).routes() if portal.link_requests else []),
        *FeedPages(portal).routes(),
        *Api(portal).routes(),
        *StatusPage(portal, pages).routes(),
        *HealthPages(portal).routes(),
        Route(f"/{style_name()}", _style),
        Route("/icon.svg", _icon),
        Route("/robots.txt", _robots),
    ]
    handlers = {
        RequestRejected: refusals.refuse,
        HTTPException: refusals.refuse_http,
        ClientDisconnect: refusals.drop,
        NothingPublished: refusals.wait,
        ChoicesError: refusals.fail_for_store,
        OutboxError: refusals.fail_for_store,
        WarehouseError: refusals.fail_for_store,
        Exception: refusals.fail,
    }
    # The outermost layer, so that the response to a failure has the headers too.
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # a redirect would name the host that the client claims
    return SecureAnswers(KnownHost(app, portal.links.host), is_https=portal.links.base_url.startswith("https:"))


class _Refusals:
    """Responds to errors with a page, or with a problem to an API client, that states what to do."""

    def __init__(self, portal: PortalContext, pages: Pages) -> None:
        self._portal, self._pages = portal, pages

    def refuse(self, request: Request, error: Exception) -> Response:
        """The response to a RequestRejected."""
        known = error if isinstance(error, RequestRejected) else NotThere()
        offers_link = isinstance(known, LinkNotAccepted)
        return self._answer(request, known.status, known.title, str(known), {}, offers_link=offers_link)

    def refuse_http(self, request: Request, error: Exception) -> Response:
        """The response to a rejection by the router: no such address, or not by that method."""
        if isinstance(error, HTTPException) and error.status_code == 405:
            sentence = translatable("This address does not take that. Open the page again from its link.")
            return self._answer(request, 405, RequestRejected.title, sentence, dict(error.headers or {}))
        return self.refuse(request, NotThere())

    def drop(self, _: Request, __: Exception) -> Response:
        """A request that was cut off: nobody reads an answer, so none is laid out, and nothing is logged."""
        return Response(status_code=400)

    def wait(self, request: Request, _: Exception) -> Response:
        """The response before the first night."""
        sentence = translatable("No night has been published yet. Come back tomorrow.")
        return self._answer(request, 503, translatable("Not ready yet"), sentence, {"retry-after": "3600"})

    def fail(self, request: Request, error: Exception) -> Response:
        """The response to any other error; the operator finds it in the server's log."""
        _log.error("a page failed", exc_info=error)
        return self._failed(request)

    def fail_for_store(self, request: Request, error: Exception) -> Response:
        """A store that is damaged, held or full; its sentence says what the operator must do."""
        _log.error("a page failed: %s", error)
        return self._failed(request)

    def _failed(self, request: Request) -> Response:
        sentence = translatable(
            "Something failed here, and it is not your doing. Nothing changed; try again in a while."
        )
        return self._answer(request, 500, translatable("This did not work"), sentence, {})

    def _answer(
        self,
        request: Request,
        status: int,
        title: str,
        sentence: str,
        headers: dict[str, str],
        *,
        offers_link: bool = False,
    ) -> Response:
        if request.url.path.startswith(BASE):
            translate = PagePhrases("en").translate
            problem_details = {
                "type": "about:blank",
                "title": translate(title),
                "status": status,
                "detail": translate(sentence),
            }
            kind = "application/problem+json"
            return Response(json.dumps(problem_details), status_code=status, media_type=kind, headers=headers)
        reader = Reader.of(request, None)
        translate = reader.phrases.translate
        answer = self._pages.answer(
            request,
            "refusal.html.j2",
            reader,
            status=status,
            title=translate(title),
            sentence=translate(sentence),
            offers_link=offers_link,
        )
        answer.headers.update(headers)
        return answer


def _style(_: Request) -> Response:
    return Response(read_style(), media_type="text/css", headers={"cache-control": _FOR_GOOD})


def _icon(_: Request) -> Response:
    icon = (TEMPLATES / "icon.svg").read_bytes()
    return Response(icon, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})


def _robots(_: Request) -> Response:
    """Signed links are personal: no search engine should follow one that leaked."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
