"""A refusal of the sender or the login concerns the run; a letter that failed is a letter not sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.delivery.outbox import LetterState, Outbox
from digests.delivery.retry import retry_failed
from digests.delivery.sending import send_due
from digests.delivery.transports import MaildirTransport, SmtpTransport
from digests.rendering.letter import READ_AT_PORTAL
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import NIGHT
from tests.support.letters.kept_letters import ONE, Inbox, keep, make_letters, states
from tests.support.letters.kept_letters import inbox as inbox
from tests.support.letters.kept_letters import port as port


@pytest.mark.parametrize("answer", ["530 5.7.0 authentication required", "550 5.7.1 not your sender", "535 bad login"])
def test_a_refused_sender_lets_all_letters_wait_and_stops_the_run(
    tmp_path: Path, inbox: Inbox, port: int, answer: str
) -> None:
    async def handle_mail(*_: object) -> str:
        return answer

    inbox.handle_MAIL = handle_mail  # type: ignore[attr-defined]
    with keep(tmp_path, 3) as outbox:
        report = send_due(outbox, SmtpTransport("127.0.0.1", port), clock=Clock())
        assert states(outbox) == ["deferred"] * 3
    assert report.stopped is not None
    assert answer[:3] in report.stopped
    assert report.troubles == (report.stopped,)


def test_a_server_that_wants_a_login_at_the_recipient_lets_all_letters_wait(
    tmp_path: Path, inbox: Inbox, port: int
) -> None:
    inbox.rcpt_answers["m0@firme.example"] = "530 5.7.0 authentication required"
    with keep(tmp_path, 2) as outbox:
        assert send_due(outbox, SmtpTransport("127.0.0.1", port), clock=Clock()).stopped
        assert states(outbox) == ["deferred"] * 2


def test_letters_that_waited_for_a_mended_login_leave_at_once_when_requested_again(
    tmp_path: Path, inbox: Inbox, port: int
) -> None:
    inbox.rcpt_answers["m0@firme.example"] = "530 5.7.0 authentication required"
    with keep(tmp_path, 2) as outbox:
        send_due(outbox, SmtpTransport("127.0.0.1", port), clock=Clock())
        inbox.rcpt_answers.clear()
        assert send_due(outbox, SmtpTransport("127.0.0.1", port), clock=Clock()).sent == 0
        retry_failed(outbox, {}, at=NIGHT)
        assert send_due(outbox, SmtpTransport("127.0.0.1", port), clock=Clock()).sent == 2


@pytest.fixture
def notified(tmp_path: Path) -> Outbox:
    """An outbox with one letter that notifies of lots."""
    outbox = Outbox.open(tmp_path / "outbox.sqlite")
    outbox.save_letter(ONE, at=NIGHT)
    assert outbox.load_notified(ONE.member)
    return outbox


@pytest.mark.parametrize("state", [LetterState.FAILED, LetterState.BOUNCED, LetterState.SUPPRESSED])
def test_the_calls_of_a_letter_that_never_arrived_are_new_again(notified: Outbox, state: LetterState) -> None:
    notified.mark(ONE.member, ONE.edition, state, at=NIGHT, detail="550 no")
    assert notified.load_notified(ONE.member) == ()
    assert notified.load_notification_times(ONE.member) == {}


@pytest.mark.parametrize(
    "state", [LetterState.RENDERED, LetterState.DEFERRED, LetterState.UNKNOWN, LetterState.SENDING, LetterState.SENT]
)
def test_the_calls_of_a_letter_that_may_arrive_are_not_notified_twice(notified: Outbox, state: LetterState) -> None:
    notified.mark(ONE.member, ONE.edition, state, at=NIGHT)
    assert notified.load_notified(ONE.member) == ONE.notified


def test_a_letter_read_at_the_portal_counts_as_read(notified: Outbox) -> None:
    notified.mark(ONE.member, ONE.edition, LetterState.SUPPRESSED, at=NIGHT, detail=READ_AT_PORTAL)
    assert notified.load_notified(ONE.member) == ONE.notified


def test_a_failed_letter_is_sent_again_as_it_is_where_the_address_is_the_same(tmp_path: Path) -> None:
    with keep(tmp_path, 2) as outbox:
        outbox.mark("m0", ONE.edition, LetterState.FAILED, at=NIGHT)
        assert retry_failed(outbox, {"m0": "m0@firme.example"}, at=NIGHT) == (1, 0)
        assert send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock()).sent == 2


def test_a_failed_letter_to_an_address_that_was_mended_is_written_anew(notified: Outbox) -> None:
    notified.mark(ONE.member, ONE.edition, LetterState.FAILED, at=NIGHT)
    assert retry_failed(notified, {ONE.member: "mended@firme.example"}, at=NIGHT) == (0, 1)
    assert notified.load_last_edition(ONE.member) is None
    assert notified.save_letter(replace(ONE, address="mended@firme.example"), at=NIGHT)


def test_a_failed_letter_that_a_later_one_replaced_is_never_sent_again(tmp_path: Path) -> None:
    with keep(tmp_path, 1) as outbox:
        outbox.mark("m0", ONE.edition, LetterState.FAILED, at=NIGHT)
        (first,) = make_letters(1)
        outbox.save_letter(replace(first, edition="later", message_id="<later@x>"), at=NIGHT + timedelta(days=7))
        assert retry_failed(outbox, {"m0": "m0@firme.example"}, at=NIGHT) == (0, 0)
        assert states(outbox) == ["failed", "rendered"]


def test_a_letter_that_has_left_is_never_made_due_again(tmp_path: Path) -> None:
    with keep(tmp_path, 1) as outbox:
        outbox.mark("m0", ONE.edition, LetterState.SENT, at=NIGHT)
        assert retry_failed(outbox, {"m0": "other@firme.example"}, at=NIGHT) == (0, 0)
        assert states(outbox) == ["sent"]
