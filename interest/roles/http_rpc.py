"""Roles over loopback: JSON requests by POST, answers and refusals in the same few words, nothing logged.

Messages carry no names of their own: a transport that hides where a request comes from (a proxy, an onion service) is
put in front. Put TLS there too; this server listens on 127.0.0.1 only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from interest.atomic_files import canonical
from interest.errors import InterestRefused, RefusalReason

LARGEST = 1 << 20
"""Bytes of a request; tokens for 1,000 lots fit."""
_PUBLIC = re.compile(r"/public/(manifests/[0-9]{6}\.json|keys/[0-9a-f]{32}\.der|windows\.json|leaves\.bin)")

RpcHandler = Callable[[dict[str, Any]], object]


class RoleServer(ThreadingHTTPServer):
    """A role's server: its answers by path, and the folder of public files."""

    daemon_threads = True

    def __init__(self, answers: Mapping[str, RpcHandler], public: Path, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answers, self.public = answers, public


class _Handler(BaseHTTPRequestHandler):
    server: RoleServer  # pyright: ignore[reportIncompatibleVariableOverride] - no other server makes this handler
    server_version, sys_version, protocol_version = "pib", "", "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """A public file."""
        path = self.server.public / self.path.removeprefix("/public/")
        if _PUBLIC.fullmatch(self.path) and path.is_file():
            self._send(200, path.read_bytes())
        elif self.path == "/public/manifests/":
            self._send(200, canonical(sorted(manifest_path.name for manifest_path in path.glob("*.json"))))
        else:
            self._send(404, b"{}")

    def do_POST(self) -> None:
        """A question to the role."""
        answer, size = self.server.answers.get(self.path), self.headers.get("Content-Length", "")
        if answer is None or not re.fullmatch(r"[0-9]{1,7}", size) or int(size) > LARGEST:
            self._refuse_unread(size)
            return
        try:
            content = json.loads(self.rfile.read(int(size)))
            self._send(200, canonical(answer(cast(dict[str, Any], content))))
        except InterestRefused as refused:
            self._send(400, canonical({"refused": refused.why.name}))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._send(400, canonical({"refused": RefusalReason.FORM.name}))

    def _refuse_unread(self, size: str) -> None:
        """Lets what was announced pass, as far as it is bearable, so that the refusal is read."""
        self.close_connection = True
        left = int(size) if re.fullmatch(r"[0-9]{1,7}", size) else 0
        while left > 0 and (passed := self.rfile.read(min(left, 1 << 16))):
            left -= len(passed)
        self._send(400, canonical({"refused": RefusalReason.FORM.name}))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is the library's
        """Nothing about interest is ever logged."""


def make_server(answers: Mapping[str, RpcHandler], public: Path, port: int = 0) -> RoleServer:
    """A server on 127.0.0.1 that answers each path's requests, and serves the public files to any client."""
    return RoleServer(answers, public, port)


def call_role(url: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """A role's answer. Raises InterestRefused as the role did."""
    request = Request(_checked(url), data=canonical(question), headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        with urlopen(request, timeout=60) as response:  # noqa: S310 - _checked lets http and https pass
            return cast(dict[str, Any], json.loads(response.read()))
    except HTTPError as error:
        problem = cast(dict[str, Any], json.loads(error.read()))
        raise InterestRefused(RefusalReason[problem.get("refused", RefusalReason.FORM.name)]) from None


def fetch(url: str) -> bytes:
    """A public file."""
    with urlopen(_checked(url), timeout=60) as response:  # noqa: S310 - as above
        return cast(bytes, response.read())


def _checked(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise InterestRefused(RefusalReason.FORM)
    return url
