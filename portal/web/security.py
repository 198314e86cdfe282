"""What every answer carries so that a browser does nothing but show it, and the size of what may be sent to us.

No script runs on any page; styles come from one file of ours; nothing is asked of another host. A letter shown again
has its styles in its own markup: it is let through by the digests of exactly these styles (see frozen.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.errors import BadRequest
from presentation.i18n import translatable

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_SENT = 8192
"""Bytes of a form; the longest of ours has some four hundred."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # a signed link must not be told to the portal of a publisher
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
}


class SecureAnswers:
    """Adds the headers to every answer that does not set them itself; `is_https` where the public address is."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._headers = {**_ALWAYS, "content-security-policy": POLICY}
        if is_https:
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_secured if scope["type"] == "http" else send)


async def read_form(request: Request) -> Mapping[str, tuple[str, ...]]:
    """The fields of a form, each with its values in order. Raises BadRequest for another kind of body, too long a one,
    or one that is not UTF-8."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadRequest(translatable("Only forms of these pages are read here."))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_SENT:
            raise BadRequest(translatable("More was sent than a form of these pages holds."))
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=60)
    except ValueError as error:  # UnicodeDecodeError is one
        raise BadRequest(translatable("Only forms of these pages are read here.")) from error
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return fields
