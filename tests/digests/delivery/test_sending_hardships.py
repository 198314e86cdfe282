"""What a mail server, a disk or a clock can do to a run of sending: every letter still has one outcome."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.delivery.outbox import Outbox
from digests.delivery.sending import SendingOptions, SendReport, send_due
from digests.delivery.transports import MaildirTransport, SmtpTransport
from digests.delivery.workers import BACKOFF
from digests.errors import OutboxFull
from digests.rendering.letter import Letter
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import NIGHT
from tests.support.letters.kept_letters import Inbox, keep, make_letters, states
from tests.support.letters.kept_letters import inbox as inbox
from tests.support.letters.kept_letters import port as port
from tests.support.paths import ROOT

PATIENT = SendingOptions(patience=timedelta(minutes=20))


def send(outbox: Outbox, port: int, clock: Clock | None = None, options: SendingOptions | None = None) -> SendReport:
    return send_due(outbox, SmtpTransport("127.0.0.1", port, timeout=0.3), clock=clock or Clock(), options=options)


@contextmanager
def scripted(*lines: bytes | None) -> Generator[int]:
    """A server that answers with these lines in turn, whatever it receives; None: it sends nothing more."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener, lines, done), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _answer(listener: socket.socket, lines: tuple[bytes | None, ...], done: threading.Event) -> None:
    while not done.is_set():
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        with peer:
            _talk(peer, lines, done)


def _talk(peer: socket.socket, lines: tuple[bytes | None, ...], done: threading.Event) -> None:
    received = peer.makefile("rb")
    for number, line in enumerate(lines):
        if line is None:
            done.wait(5)
            return
        peer.sendall(line + b"\r\n")
        if line.startswith(b"354"):
            while received.readline() not in (b".\r\n", b""):
                pass
        elif number + 1 < len(lines) and not received.readline():
            return


HELLO = (b"220 here", b"250 here", b"250 awake")


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ((None,), "deferred"),
        ((*HELLO, None), "deferred"),
        ((*HELLO, b"250 sender", None), "deferred"),
        ((*HELLO, b"250 sender", b"250 recipient", None), "deferred"),
        ((*HELLO, b"250 sender", b"250 recipient", b"354 go", None), "unknown"),
    ],
    ids=["at the greeting", "at the sender", "at the recipient", "before the letter", "after the letter"],
)
def test_a_server_that_hangs_is_left_after_its_time_and_the_letter_waits(
    tmp_path: Path, lines: tuple[bytes | None, ...], state: str
) -> None:
    with keep(tmp_path, 1) as outbox, scripted(*lines) as port:
        send(outbox, port)
        assert states(outbox) == [state]


def test_a_server_that_drops_after_the_letter_leaves_it_unknown(tmp_path: Path) -> None:
    lines = (*HELLO, b"250 sender", b"250 recipient", b"354 go")
    with keep(tmp_path, 1) as outbox, scripted(*lines) as port:
        report = send(outbox, port)
        assert (report.tally.unknown, states(outbox)) == (1, ["unknown"])
    assert "it may have left" in report.troubles[0]


@pytest.mark.parametrize("answer", ["421 closing", "450 busy", "451 try again", "452 no room now"])
def test_a_temporary_answer_is_tried_again_within_the_same_run_after_its_backoff(
    tmp_path: Path, inbox: Inbox, port: int, answer: str
) -> None:
    inbox.data_answers = [answer]
    clock = Clock()
    with keep(tmp_path, 2) as outbox:
        report = send(outbox, port, clock, PATIENT)
        assert states(outbox) == ["sent", "sent"]
    assert (report.sent, clock.at) == (2, NIGHT + BACKOFF[0])
    assert len(report.troubles) == 1


def test_greylisting_of_every_recipient_costs_one_wait_for_all(tmp_path: Path, inbox: Inbox, port: int) -> None:
    for n in range(5):
        inbox.rcpt_answers[f"m{n}@firme.example"] = "451 4.7.1 greylisted"

    class Patient(Clock):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            inbox.rcpt_answers.clear()

    clock = Patient()
    with keep(tmp_path, 5) as outbox:
        assert send(outbox, port, clock, PATIENT).tally.sent == 5
    assert clock.at - NIGHT <= BACKOFF[0] + timedelta(seconds=2)


def test_a_letter_refused_for_now_for_five_days_has_failed(tmp_path: Path, inbox: Inbox, port: int) -> None:
    inbox.rcpt_answers["m0@firme.example"] = "450 mailbox busy"
    clock, tries = Clock(), 0
    with keep(tmp_path, 1) as outbox:
        while states(outbox) != ["failed"]:
            send(outbox, port, clock)
            clock.pass_by(hours=12)
            tries += 1
            assert tries < 50
        (standing,) = outbox.load_letter_statuses()
    assert timedelta(days=5) <= clock.at - NIGHT < timedelta(days=6)
    assert str(standing.detail).startswith(f"given up after {tries} tries")


@pytest.mark.parametrize(
    ("answer", "blocked"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such mailbox", True),
        ("550 5.7.1 blocked by policy", False),
        ("552 5.2.2 mailbox full", False),
        ("554 go away", False),
    ],
)
def test_two_letters_to_a_mailbox_that_is_not_there_block_its_address_and_a_policy_does_not(
    tmp_path: Path, inbox: Inbox, port: int, answer: str, blocked: bool
) -> None:
    inbox.rcpt_answers["boite@firme.example"] = answer
    with keep(tmp_path, 3) as outbox:
        outbox.connection.execute("update letter set address = 'boite@firme.example'")
        report = send(outbox, port)
        assert states(outbox) == ["failed", "failed", "suppressed" if blocked else "failed"]
    assert report.suppressed == blocked
    assert any("nothing is sent there any more" in notified for notified in report.troubles) is blocked


def test_a_member_removed_after_its_letter_was_written_is_not_written_to(tmp_path: Path) -> None:
    def why_not(letter: Letter) -> str | None:
        return "left the cluster" if letter.member == "m1" else None

    with keep(tmp_path, 3) as outbox:
        report = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock(), why_not=why_not)
        assert states(outbox) == ["sent", "suppressed", "sent"]
    assert (report.tally.due, report.tally.suppressed, report.suppressed) == (3, 1, 1)


def test_a_letter_whose_bytes_changed_fails_and_the_others_leave(tmp_path: Path) -> None:
    with keep(tmp_path, 3) as outbox:
        outbox.connection.execute("update letter set mime = x'00' where member = 'm1'")
        report = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
        assert states(outbox) == ["sent", "failed", "sent"]
    assert "not those that were kept" in report.troubles[0]
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 2


@pytest.mark.parametrize("jump", [timedelta(days=30), timedelta(days=-30)])
def test_a_clock_that_jumps_between_letters_loses_and_doubles_none(tmp_path: Path, jump: timedelta) -> None:
    clock = Clock()

    def jumping(_: Letter) -> None:
        clock.at += jump

    with keep(tmp_path, 5) as outbox:
        transport = MaildirTransport(tmp_path / "mail")
        assert send_due(outbox, transport, clock=clock, on_sent=jumping).tally.sent == 5
        assert send_due(outbox, transport, clock=clock).sent == 0


# A full disk


def fill(outbox: Outbox) -> None:
    """No page more for this file."""
    (pages,) = outbox.connection.execute("pragma page_count").fetchone()
    outbox.connection.execute(f"pragma max_page_count = {pages}")


def test_a_disk_that_is_full_before_a_letter_is_kept_keeps_nothing_of_it(tmp_path: Path) -> None:
    with keep(tmp_path, 1) as outbox:
        fill(outbox)
        greater = replace(make_letters(10)[9], mime=b"x" * 200_000)
        with pytest.raises(OutboxFull, match="free some disk"):
            outbox.save_letter(greater, at=NIGHT)
        assert [standing.member for standing in outbox.load_letter_statuses()] == ["m0"]


FILLING = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.support.clocks import Clock
from digests.delivery.transports import MaildirTransport
from digests.errors import OutboxError
from digests.delivery.outbox import Outbox
from digests.delivery.sending import send_due

root = Path(sys.argv[1])
class Filling(MaildirTransport):
    def deliver(self, letter):
        place = super().deliver(letter)
        if letter.member == "m1":
            size = (root / "outbox.sqlite-wal").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return place

with Outbox.open(root / "outbox.sqlite") as outbox:
    try:
        send_due(outbox, Filling(root / "mail"), clock=Clock())
    except OutboxError as error:
        sys.exit(str(error))
"""


def test_a_disk_that_is_full_while_sending_stops_the_run_and_the_next_one_finishes(tmp_path: Path) -> None:
    keep(tmp_path, 4).__exit__(None, None, None)
    command = [sys.executable, "-c", FILLING, str(tmp_path), str(ROOT)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "cannot be used as the outbox (disk I/O error)" in ended.stderr
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        assert states(outbox) == ["sent", "sending", "rendered", "rendered"]
        report = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
    assert (report.tally.sent, report.retried) == (4, 1)
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 4


def test_a_maildir_on_a_full_disk_lets_all_letters_wait(tmp_path: Path) -> None:
    class Full(MaildirTransport):
        def _write(self, path: Path, body: bytes) -> None:  # noqa: ARG002
            raise OSError(28, "No space left on device")

    with keep(tmp_path, 3) as outbox:
        report = send_due(outbox, Full(tmp_path / "mail"), clock=Clock())
        assert states(outbox) == ["deferred"] * 3
    assert report.troubles == (
        f"3 letters wait for the next run: Maildir {tmp_path}/mail cannot be written (No space left on device); "
        "make room or correct its rights",
    )
