"""Failure notices count once, for letters of ours only, and two for good leave an address alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digests.delivery.bounces import BounceReport, load_blocked_addresses, read_notice, record_bounces, unblock
from digests.delivery.mailboxes import MaildirBox
from digests.delivery.outbox import LetterState, Outbox
from digests.delivery.sending import send_due
from digests.delivery.transports import MaildirTransport
from digests.errors import MailboxUnreachable
from digests.rendering.letter import Sender
from digests.rendering.mime import name_message
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import NIGHT
from tests.support.letters.kept_letters import make_letters
from tests.support.letters.rendered_letters import rich

ADDRESS = "boite@firme.example"


def write_dsn(message_id: str, *, action: str = "failed", status: str = "5.1.1", address: str = ADDRESS) -> bytes:
    """A delivery status notification as RFC 3464 has it, with the letter's head enclosed."""
    return f"""From: MAILER-DAEMON@mx.firme.example
To: pib@cluster.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <notice.{message_id.strip("<>")}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

Your message could not be delivered.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.firme.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user here

--=b
Content-Type: text/rfc822-headers

From: PIB <pib@cluster.example>
To: {address}
Message-ID: {message_id}

--=b--
""".replace("\n", "\r\n").encode()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Three letters that left to one address, and a fourth that waits."""
    with Outbox.open(tmp_path / "o.sqlite") as opened:
        for letter in make_letters(4):
            opened.save_letter(replace(letter, address=ADDRESS), at=NIGHT)
            if letter.member != "m3":
                opened.mark(letter.member, letter.edition, LetterState.SENT, at=NIGHT)
        yield opened


def take(outbox: Outbox, *bodies: bytes) -> BounceReport:
    return record_bounces(outbox, bodies, Clock().now())


def test_a_letter_that_came_back_has_bounced_with_the_servers_words(outbox: Outbox) -> None:
    assert take(outbox, write_dsn("<0@cluster.example>")) == BounceReport(read=1, hard=1)
    first = outbox.load_letter_statuses()[0]
    assert (first.state, first.detail) == (LetterState.BOUNCED, "smtp; 550 5.1.1 no such user here")


def test_two_letters_for_good_leave_the_address_alone_and_the_operator_is_notified_once(
    outbox: Outbox, tmp_path: Path
) -> None:
    notices = [write_dsn(f"<{n}@cluster.example>") for n in range(3)]
    report = take(outbox, *notices)
    assert len(report.blocked) == 1
    assert report.blocked[0].startswith(f"m1: 2 letters to {ADDRESS} failed for good")
    assert send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock()).suppressed == 1


def test_a_notice_counts_once_however_often_it_is_read(outbox: Outbox) -> None:
    notice = write_dsn("<0@cluster.example>")
    assert take(outbox, notice, notice, notice).blocked == ()
    assert load_blocked_addresses(outbox) == ()


def test_two_notices_on_one_letter_are_one_failure(outbox: Outbox) -> None:
    take(outbox, write_dsn("<0@cluster.example>"), write_dsn("<0@cluster.example>", status="5.2.1"))
    assert load_blocked_addresses(outbox) == ()


def test_a_failure_for_now_leaves_the_letter_sent(outbox: Outbox) -> None:
    delayed = write_dsn("<0@cluster.example>", action="delayed", status="4.4.1")
    assert take(outbox, delayed, delayed) == BounceReport(read=2, soft=2)
    assert outbox.load_letter_statuses()[0].state is LetterState.SENT


def test_a_forged_notice_on_a_letter_nobody_wrote_silences_nobody(outbox: Outbox) -> None:
    forged = [write_dsn(f"<guess{n}@cluster.example>") for n in range(5)]
    assert take(outbox, *forged) == BounceReport(read=5, strange=5)
    assert load_blocked_addresses(outbox) == ()


def test_a_message_id_cannot_be_guessed_without_the_houses_secret() -> None:
    sender = Sender("PIB", "pib@cluster.example", "team@cluster.example", "digest.cluster.example")
    names = {name_message(rich("fr"), replace(sender, secret=secret)) for secret in (b"", b"a" * 32, b"b" * 32)}
    assert len(names) == 3


def test_an_answer_or_an_absence_is_no_failure(outbox: Outbox) -> None:
    away = b"From: x@firme.example\r\nSubject: Absent\r\nIn-Reply-To: <0@cluster.example>\r\n\r\nJe suis absent.\r\n"
    assert read_notice(away) is None
    assert take(outbox, away) == BounceReport(read=1)


def test_a_mended_address_is_written_to_again(outbox: Outbox, tmp_path: Path) -> None:
    take(outbox, *(write_dsn(f"<{n}@cluster.example>") for n in range(2)))
    assert unblock(outbox, ADDRESS.upper())
    assert not unblock(outbox, ADDRESS)
    assert take(outbox, write_dsn("<2@cluster.example>")).blocked == ()
    assert send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock()).sent == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.integers(0, 900), st.integers(0, 40))
def test_a_hostile_message_never_stops_the_reading(noise: bytes, place: int, cut: int) -> None:
    body = write_dsn("<0@cluster.example>")
    read_notice(noise)
    read_notice(body[:place] + noise + body[place + cut :])


# Mailboxes


def test_a_maildir_is_read_once_and_each_message_leaves_new_after_it_counted(tmp_path: Path, outbox: Outbox) -> None:
    (tmp_path / "box" / "new").mkdir(parents=True)
    for n in range(2):
        (tmp_path / "box" / "new" / f"{n}.mx").write_bytes(write_dsn(f"<{n}@cluster.example>"))
    box = MaildirBox(tmp_path / "box")
    assert record_bounces(outbox, box.read(), Clock().now()).hard == 2
    assert record_bounces(outbox, box.read(), Clock().now()) == BounceReport()
    assert sorted(place.name for place in (tmp_path / "box" / "cur").iterdir()) == ["0.mx:2,S", "1.mx:2,S"]


def test_a_run_killed_between_two_messages_reads_the_second_again(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for n in range(2):
        (tmp_path / "new" / f"{n}").write_bytes(b"")
    reading = MaildirBox(tmp_path).read()
    next(reading)
    next(reading)
    reading.close()
    assert [place.name for place in (tmp_path / "new").iterdir()] == ["1"]


def test_a_folder_that_is_no_maildir_is_refused_as_such(tmp_path: Path) -> None:
    with pytest.raises(MailboxUnreachable, match="no Maildir"):
        list(MaildirBox(tmp_path).read())
