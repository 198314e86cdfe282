"""One HTTP answer, whatever the publisher."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. `stalls` means that nothing is ever sent: the connection stays open until the portal ends;
    `drops` that the connection breaks after half of the body, of which the whole was announced."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    stalls: bool = False
    drops: bool = False


def json_reply(status: int, value: object, **headers: str) -> Reply:
    """A JSON answer in UTF-8; a header's underscores become hyphens."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Reply(status, body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def nginx_429() -> Reply:
    """The rate limiter in front of both publishers: HTML, and no Retry-After with a delay."""
    body = (
        b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
        b"<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(429, body, content_type="text/html")
