"""Kept letters for the tests of several rooms."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from digests.delivery.outbox import Outbox
from digests.rendering.letter import Letter
from digests.rendering.mime import render_letter
from tests.support.letters.digest_examples import NIGHT, make_rich_digest

ONE = render_letter(make_rich_digest())


def make_letters(count: int) -> list[Letter]:
    return [
        replace(ONE, member=f"m{n}", address=f"m{n}@firme.example", message_id=f"<{n}@cluster.example>", notified=())
        for n in range(count)
    ]


def keep(path: Path, count: int) -> Outbox:
    outbox = Outbox.open(path / "outbox.sqlite")
    for letter in make_letters(count):
        outbox.save_letter(letter, at=NIGHT)
    return outbox


def states(outbox: Outbox) -> list[str]:
    return [standing.state for standing in outbox.load_letter_statuses()]


class Inbox:
    """What a real SMTP server was given, and what it answers: by recipient, or a step to hang up at."""

    def __init__(self) -> None:
        self.letters: list[tuple[str | None, list[str], bytes]] = []
        self.rcpt_answers: dict[str, str] = {}
        self.data_answers: list[str] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.rcpt_answers.get(address, "250 ok")
        if answer == "hang up":
            assert server.transport
            server.transport.close()
        elif answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        self.letters.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        answer = self.data_answers.pop(0) if self.data_answers else "250 kept"
        if answer == "hang up":
            assert server.transport
            server.transport.close()
        return answer


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    controller = Controller(inbox, hostname="127.0.0.1", port=0)
    controller.port = free_port()
    controller.start()
    yield controller.port
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
