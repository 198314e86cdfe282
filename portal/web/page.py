"""Renders pages and responds with them: templates, the frame around every page, and the rules of caching.

The content of a page is decided elsewhere; here it becomes HTML, in one language, escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from portal.snapshot import Snapshot
from portal.web.context import PortalContext
from portal.web.given_links import GivenLinks
from portal.web.i18n import NAMES, PagePhrases, choose_language
from presentation.signed_links import Purpose
from warehouse.model.members import Member

LINK_REQUESTS = "/links"
"""The page on which a new link is requested by mail."""
TEMPLATES = Path(__file__).parents[1] / "templates"


@cache
def read_style() -> str:
    """The one stylesheet."""
    return (TEMPLATES / "portal.css").read_text(encoding="utf-8")


@cache
def style_name() -> str:
    """The stylesheet's name, which changes with its content, so that browsers may cache it permanently."""
    return f"portal-{sha256(read_style().encode()).hexdigest()[:12]}.css"


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: its language, the member a link was issued to (None on the public pages), and the links that
    the page may hold by the link that opened it."""

    language: str
    phrases: PagePhrases
    member: Member | None = None
    given: GivenLinks | None = None

    @classmethod
    def of(
        cls,
        request: Request,
        snapshot: Snapshot | None,
        member: Member | None = None,
        given: GivenLinks | None = None,
    ) -> Reader:
        """The reader of a request: a `member`, whose page may hold the links `given`, or anybody (None). `snapshot`
        gives the labels of codes."""
        language = choose_language(request, member)
        return cls(language, PagePhrases(language, snapshot.labels if snapshot else None), member, given)


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link of a page's navigation."""

    label: str
    url: str
    is_here: bool = False


class Pages:
    """Renders the portal's pages."""

    def __init__(self, portal: PortalContext) -> None:
        self._portal = portal

    def answer(
        self, request: Request, template: str, reader: Reader, *, status: int = 200, title: str, **values: object
    ) -> Response:
        """The response to `request`: the page of a `template`, for `reader`, with HTTP `status`.

        `title` is the title in the browser's tab; `values` are the template's variables.
        """
        page = (
            _environment()
            .get_template(template)
            .render(
                title=title,
                language=reader.language,
                translate=reader.phrases.translate,
                translate_plural=reader.phrases.translate_plural,
                member=reader.member,
                root=self._portal.links.root,
                style=style_name(),
                steps=self._steps(request, reader),
                languages=_languages(request, reader),
                team=self._portal.team,
                link_request=self._link_request_path(reader),
                **values,
            )
        )
        headers = {"content-language": reader.language, "vary": "accept-language"}
        return HTMLResponse(page, status_code=status, headers=headers)

    def _steps(self, request: Request, reader: Reader) -> tuple[NavigationLink, ...]:
        """The navigation links: to the member's other pages where the link that opened this one opens them too, else
        to the public list of calls."""
        translate, here = reader.phrases.translate, request.url.path
        named = {
            Purpose.CALLS: translate("Your calls"),
            Purpose.PREVIEW: translate("Next letter"),
            Purpose.PREFERENCES: translate("Preferences"),
        }
        paths = {purpose: reader.given.path(purpose) for purpose in named} if reader.given else {}
        found = tuple(
            NavigationLink(named[purpose], path, here.startswith(f"/{purpose}/"))
            for purpose, path in paths.items()
            if path
        )
        return found or (NavigationLink(translate("Open calls"), f"{self._portal.links.root}/", here == "/"),)

    def _link_request_path(self, reader: Reader) -> str | None:
        """Where a new link is mailed from; None where nobody mails links."""
        if self._portal.link_requests is None:
            return None
        return f"{self._portal.links.root}{LINK_REQUESTS}?lang={reader.language}"


def _languages(request: Request, reader: Reader) -> tuple[tuple[str, str, str | None], ...]:
    """Code, name and address of each language; no address for the one read now."""
    others = {k: v for k, v in request.query_params.items() if k in ("after", "grappe", "region", "buyer")}
    return tuple(
        (code, name, None if code == reader.language else "?" + urlencode({**others, "lang": code}))
        for code, name in NAMES.items()
    )


def answer_with_tag(request: Request, body: bytes, media_type: str, *, is_public: bool, **headers: str) -> Response:
    """The response to `request` with `body` under an ETag of its bytes, or 304 where the client has it already (RFC
    9110, 13.1.2).

    `media_type` is that of the body; `is_public` whether shared caches may store it; `headers` are further headers by
    name.
    """
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    scope = "public" if is_public else "private"
    tag_headers = {"etag": tag, "cache-control": f"{scope}, max-age=300", **headers}
    known_tags = request.headers.get("if-none-match", "")
    if known_tags.strip() == "*" or tag in {
        candidate.strip().removeprefix("W/") for candidate in known_tags.split(",")
    }:
        return Response(status_code=304, headers=tag_headers)
    return Response(body, media_type=media_type, headers=tag_headers)
