"""Shows a letter as it was sent: its HTML part, under a policy that allows exactly its own styles.

Letters have their styles in their markup, for mail clients; the portal allows no other inline style. The policy names
the digest of each style found (CSP3 'unsafe-hashes'), so that nothing else can be drawn, run or fetched.
"""

from __future__ import annotations

import re
from base64 import b64encode
from email import message_from_bytes
from email.policy import SMTP
from hashlib import sha256
from html.parser import HTMLParser

from starlette.responses import HTMLResponse, Response

from portal.errors import NotThere
from portal.web.given_links import GivenLinks
from presentation.errors import LinkForged
from presentation.signed_links import Grant, Purpose

_LINK = re.compile(r' href="([^"]*)/([a-z]+)/([^"/]+)"')
"""An address whose last two parts may be a purpose and a token, as they stand in the markup of a letter."""


def read_html_part(mime: bytes) -> str:
    """The HTML part of a letter. Raises NotThere for a letter of text only."""
    part = message_from_bytes(mime, policy=SMTP).get_body(("html",))
    if part is None:
        raise NotThere
    # Browsers compute the digest of a style after they normalised its line ends.
    return str(part.get_content()).replace("\r\n", "\n")


def replace_links(html: str, given: GivenLinks) -> str:
    """The letter with its signed links, whichever host they name, replaced by those that the page may hold; the other
    ones are text. A letter that is read again opens no more than the link it is read by, and no longer."""

    def replacement(found: re.Match[str]) -> str:
        grant = _signed_link(found[2], found[3], given)
        if grant is None:
            return found[0]
        url = given.url(grant.purpose, grant.subject) if grant.member == given.grant.member else None
        return f' href="{url}"' if url else ""

    return _LINK.sub(replacement, html)


def _signed_link(purpose: str, token: str, given: GivenLinks) -> Grant | None:
    """The content of a signed link of ours, expired or not; None for any other address."""
    if purpose not in Purpose.__members__.values() or purpose == Purpose.INTEREST:
        return None
    try:
        return given.links.verify(token, Purpose(purpose))
    except LinkForged:
        return None


def answer_with_letter(html: str) -> Response:
    """The letter as a page of its own."""
    return HTMLResponse(html, headers={"content-security-policy": _policy(html)})


def _policy(html: str) -> str:
    found = _Styles()
    found.feed(html)
    found.close()
    allowed = " ".join(sorted(f"'sha256-{_digest(style)}'" for style in found.styles))
    styles = f"style-src 'unsafe-hashes' {allowed}; " if allowed else ""
    return f"default-src 'none'; {styles}form-action 'none'; base-uri 'none'; frame-ancestors 'none'"


def _digest(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()


class _Styles(HTMLParser):
    """Collects the style attributes and style elements of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.styles: set[str] = set()
        self._inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects a style attribute."""
        self.styles |= {value for name, value in attrs if name == "style" and value}
        if tag == "style":
            self._inside = []

    def handle_endtag(self, tag: str) -> None:
        """Collects a style element."""
        if tag == "style" and self._inside is not None:
            self.styles.add("".join(self._inside))
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Collects the text of a style element."""
        if self._inside is not None:
            self._inside.append(data)
