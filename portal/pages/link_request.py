"""The page on which a new link is requested: an address is typed, and the answer is the same whoever's it is."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import BadRequest
from portal.link_requests import LONGEST_ADDRESS, LinkRequests
from portal.web.context import PortalContext
from portal.web.one_time_forms import refuse_other_sites
from portal.web.page import LINK_REQUESTS, Pages, Reader
from portal.web.security import read_form
from presentation.i18n import translatable


class LinkRequestPages:
    """Answers whoever wants a link mailed to an address."""

    def __init__(self, portal: PortalContext, pages: Pages, requests: LinkRequests) -> None:
        self._portal, self._pages, self._requests = portal, pages, requests

    def routes(self) -> list[Route]:
        """Where the page is."""
        return [Route(LINK_REQUESTS, self.show), Route(LINK_REQUESTS, self.take, methods=["POST"])]

    def show(self, request: Request) -> Response:
        """The form."""
        return self._answer(request, is_taken=False)

    async def take(self, request: Request) -> Response:
        """Keeps the request. Whether somebody is registered under the address is not looked up here, so that neither
        the answer nor its time depends on it."""
        refuse_other_sites(request)
        fields = await read_form(request)
        return await run_in_threadpool(self._take, request, fields)

    def _take(self, request: Request, fields: Mapping[str, tuple[str, ...]]) -> Response:
        self._requests.save(read_address(fields), at=self._portal.now())
        return self._answer(request, is_taken=True)

    def _answer(self, request: Request, *, is_taken: bool) -> Response:
        reader = Reader.of(request, None)
        title = reader.phrases.translate("A link by mail")
        return self._pages.answer(
            request,
            "link_request.html.j2",
            reader,
            title=title,
            action=LINK_REQUESTS,
            is_taken=is_taken,
            longest=LONGEST_ADDRESS,
        )


def read_address(fields: Mapping[str, tuple[str, ...]]) -> str:
    """The address of a form. Raises BadRequest where it cannot be one."""
    address = next(iter(fields.get("address", ())), "").strip()
    name, _, domain = address.rpartition("@")
    if not name or not domain or len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise BadRequest(translatable("This is no mail address: write it as name@firm.example."))
    return address
