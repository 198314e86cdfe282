"""Forms that change something: each is issued for one link, for half a day, and is valid once.

A form has a seal over the link it was opened with, so that one of another member, purpose or page is refused, and a
name that the store of choices spends (replay). A page of another site has neither the link nor the seal.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from starlette.requests import Request

from portal.errors import FormOver
from portal.member_choices import IssuedForm

_LIFETIME = timedelta(hours=12)
FIELD = "form"


class Forms:
    """Issues forms and verifies them."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.new(secret, b"pib.form", sha256).digest()

    def issue(self, token: str, now: datetime) -> str:
        """The hidden field of a form on the page of a link."""
        until = int((now + _LIFETIME).timestamp())
        name = secrets.token_urlsafe(12)
        return f"{name}.{until}.{self._seal(token, name, until)}"

    def take(self, token: str, fields: Mapping[str, tuple[str, ...]], now: datetime) -> IssuedForm:
        """The form that was sent to a link. Raises FormOver unless it was issued for that link, and not too long
        ago."""
        name, _, rest = next(iter(fields.get(FIELD, ())), "").partition(".")
        written, _, seal = rest.partition(".")
        if not (written.isascii() and written.isdigit() and len(written) < 12 and seal.isascii()):
            raise FormOver
        until = int(written)
        if not hmac.compare_digest(seal, self._seal(token, name, until)) or now.timestamp() > until:
            raise FormOver
        return IssuedForm(name, datetime.fromtimestamp(until, UTC))

    def _seal(self, token: str, name: str, until: int) -> str:
        sealed_text = f"{token}\n{name}\n{until}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, sealed_text, sha256).hexdigest()


def refuse_other_sites(request: Request) -> None:
    """Raises FormOver when the browser reports that a page of another site sends the form. (Origin cannot be used: with
    `Referrer-Policy: no-referrer` browsers send "null" for our own pages too.)"""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FormOver
