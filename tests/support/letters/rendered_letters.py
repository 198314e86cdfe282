"""Rendered letters for the tests of several rooms."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser

from presentation.digest_model import Digest
from presentation.signed_links import PortalLinks
from tests.support.letters.digest_examples import (
    make_member,
    make_rich_digest,
)

PORTAL = PortalLinks("https://portal.cluster.example", b"s" * 32)


class Page(HTMLParser):
    """What a browser would see: words, links, tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden += tag in ("style", "title")
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return flatten(" ".join(self.words))


def flatten(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def rich(language: str) -> Digest:
    return make_rich_digest(make_member(languages=(language,)))


def parse(message: EmailMessage) -> EmailMessage:
    read = email.message_from_bytes(message.as_bytes(), policy=SMTP)
    assert isinstance(read, EmailMessage)
    return read
