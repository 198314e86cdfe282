"""The headers of every response, by which a browser does nothing but show it, and the limit of a request's size.

No script runs on any page; styles come from one file of the portal; nothing is requested from another host. A letter
shown again has its styles in its own markup: it is allowed by the digests of exactly these styles (see
pages/letter.py).
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.errors import BadRequest
from presentation.i18n import translatable

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_SENT = 8192
"""Bytes of a form; the longest of ours has some four hundred."""
_MOST_FIELDS = 60

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # a signed link must not be sent to the portal of a publisher
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


class KnownHost:
    """Answers only requests for the portal's own host, or for this machine by a loopback name (health checks): a page
    of another name that leads here could read what it must not (DNS rebinding)."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app, self._hosts = app, frozenset({host.lower(), "127.0.0.1", "localhost", "[::1]"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and _host_of(scope) not in self._hosts:
            refusal = PlainTextResponse("This host is not served here.\n", status_code=421)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _host_of(scope: Scope) -> str:
    """The host a request names, without its port, in lower case."""
    named = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
    host, colon, port = named.rpartition(":")
    return host if colon and port.isdigit() else named


async def read_form(request: Request, *, multipart: bool = False) -> Mapping[str, tuple[str, ...]]:
    """The fields of a form, each with its values in order.

    Args:
        request: with the form as its body.
        multipart: whether multipart/form-data is read too, which mail programs may send (RFC 8058, section 3.1).

    Raises BadRequest for another kind of body, too long a one, or one that is not UTF-8; ClientDisconnect for one that
    was cut off.
    """
    kind = request.headers.get("content-type", "")
    body = await _read_body(request)
    match kind.partition(";")[0].strip().lower():
        case "application/x-www-form-urlencoded":
            pairs = _urlencoded_fields(body)
        case "multipart/form-data" if multipart:
            pairs = _multipart_fields(kind, body)
        case _:
            raise BadRequest(_NOT_OURS)
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return fields


_NOT_OURS = translatable("Only forms of these pages are read here.")


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_SENT:
            raise BadRequest(translatable("More was sent than a form of these pages holds."))
    return bytes(body)


def _urlencoded_fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:  # UnicodeDecodeError is one
        raise BadRequest(_NOT_OURS) from error


def _multipart_fields(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The text fields of multipart/form-data (RFC 7578), read by the standard library's parser of MIME."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    fields: list[tuple[str, str]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes) or len(fields) == _MOST_FIELDS:
            raise BadRequest(_NOT_OURS)
        try:
            fields.append((name, content.decode("utf-8").removesuffix("\r\n")))
        except UnicodeDecodeError as error:
            raise BadRequest(_NOT_OURS) from error
    return fields
