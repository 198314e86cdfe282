"""A link that was requested is mailed to the registered address, once, and to nobody else."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from queue import Queue

import pytest

from digests.delivery.outbox import LetterState, Outbox
from digests.errors import OutboxBusy
from pipelines.config.portal_links import open_links
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly import link_mail
from pipelines.nightly.link_mail import LEAST_PAUSE, MAILS_A_DAY, LinkMailer, answer_link_requests, find_unsent_mails
from pipelines.nightly.mail import run_sending
from portal.link_requests import LinkRequests
from presentation.link_register import LinkRegister
from presentation.signed_links import Purpose
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import FROIDUVAL, NIGHT, NUAGERA
from tests.support.letters.kept_letters import ONE
from warehouse.model.members import Member

URL = "https://portal.cluster.example"
MEMBERS = {member.id: member for member in (NUAGERA, FROIDUVAL)}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(Settings(data=tmp_path / "data", portal_url=URL))


def request(workspace: Workspace, address: str, minutes: float = 0) -> Clock:
    """A request after so many minutes; a clock that stands there."""
    clock = later(minutes)
    LinkRequests(workspace.link_requests).save(address, at=clock.at)
    return clock


def later(minutes: float) -> Clock:
    """A clock that stands so many minutes after the night."""
    return Clock(NIGHT + timedelta(minutes=minutes), 10_000.0 + 60 * minutes)


def answer(workspace: Workspace, clock: Clock, members: dict[str, Member] = MEMBERS) -> tuple[str, ...]:
    return answer_link_requests(workspace, open_links(workspace, URL), members, clock)


def mails(workspace: Workspace) -> list[tuple[str, str]]:
    """Recipient and text of each mail that left."""
    folder = workspace.maildir / "new"
    found = [message_from_bytes(path.read_bytes(), policy=SMTP) for path in sorted(folder.glob("*"))]
    return [(str(mail["To"].addresses[0].addr_spec), str(mail.get_content())) for mail in found]


def states(workspace: Workspace) -> list[LetterState]:
    with Outbox.open(workspace.link_outbox) as outbox:
        return [letter.state for letter in outbox.load_letter_statuses()]


def test_the_mail_goes_to_the_registered_address_and_opens_the_members_pages(workspace: Workspace) -> None:
    assert answer(workspace, request(workspace, NUAGERA.email.upper())) == ()
    ((to, text),) = mails(workspace)
    assert to == NUAGERA.email
    tokens = dict(re.findall(rf"{URL}/(\w+)/(\S+)", text))
    assert tokens.keys() == {Purpose.CALLS, Purpose.AGENDA, Purpose.FEED}
    links, on = open_links(workspace, URL), NIGHT.date()
    lasts = {kind: (links.read(token, Purpose(kind), on=on).until - on).days for kind, token in tokens.items()}
    assert lasts == {"calls": 7, "agenda": 1100, "feed": 1100}
    assert "jusqu'au 27 novembre 2026" in text
    assert LinkRequests(workspace.link_requests).load() == ()


def test_a_stranger_is_mailed_nothing_and_its_address_is_forgotten(workspace: Workspace) -> None:
    assert answer(workspace, request(workspace, "nobody@stranger.example")) == ()
    assert mails(workspace) == []
    assert b"stranger" not in workspace.link_requests.read_bytes()


def test_the_address_of_the_newest_import_counts_and_not_that_of_the_last_night(workspace: Workspace) -> None:
    LinkRegister(workspace.link_register).register_addresses({"nuagera": "new@firm.example"}, before={}, at=NIGHT)
    request(workspace, NUAGERA.email)
    answer(workspace, request(workspace, "new@firm.example"))
    assert [to for to, _ in mails(workspace)] == ["new@firm.example"]


def test_two_members_at_one_address_have_a_mail_each(workspace: Workspace) -> None:
    both = {"nuagera": NUAGERA, "froiduval": replace(FROIDUVAL, email=NUAGERA.email)}
    answer(workspace, request(workspace, NUAGERA.email), both)
    assert [to for to, _ in mails(workspace)] == [NUAGERA.email] * 2


def test_one_address_is_mailed_three_times_a_day_and_not_within_ten_minutes(workspace: Workspace) -> None:
    pause = LEAST_PAUSE.total_seconds() / 60
    for minutes in (0, 1, pause - 1, pause, 2 * pause, 3 * pause, 4 * pause, 24 * 60 + 1):
        answer(workspace, request(workspace, NUAGERA.email, minutes))
    assert len(mails(workspace)) == MAILS_A_DAY + 1


def test_beyond_the_bound_of_an_hour_requests_wait_for_room(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_mail, "MAILS_AN_HOUR", 1)
    request(workspace, NUAGERA.email)
    answer(workspace, request(workspace, FROIDUVAL.email))
    assert [to for to, _ in mails(workspace)] == [NUAGERA.email]
    answer(workspace, later(61))
    assert {to for to, _ in mails(workspace)} == {NUAGERA.email, FROIDUVAL.email}


@pytest.mark.parametrize("minutes", [1, 60])
def test_a_process_killed_before_it_closed_a_request_sends_no_second_mail(workspace: Workspace, minutes: int) -> None:
    answer(workspace, request(workspace, NUAGERA.email))
    with sqlite3.connect(workspace.link_requests) as connection:
        connection.execute("update request set address = ?", (NUAGERA.email,))  # what the kill leaves
    answer(workspace, later(minutes))
    assert [to for to, _ in mails(workspace)] == [NUAGERA.email]
    assert states(workspace) == [LetterState.SENT]


def test_a_mail_that_could_not_leave_leaves_later_and_once(workspace: Workspace) -> None:
    workspace.home.mkdir(parents=True)
    workspace.maildir.write_bytes(b"in the way")
    assert len(answer(workspace, request(workspace, NUAGERA.email))) == 1
    assert "nuagera is deferred" in find_unsent_mails(workspace)[0]
    workspace.maildir.unlink()
    for minutes in (600, 700):
        answer(workspace, later(minutes))
    assert [to for to, _ in mails(workspace)] == [NUAGERA.email]


def test_a_mail_that_waits_is_not_sent_to_an_address_that_changed_meanwhile(workspace: Workspace) -> None:
    register = LinkRegister(workspace.link_register)
    register.register_addresses({"nuagera": NUAGERA.email}, before={}, at=NIGHT)
    workspace.home.mkdir(parents=True, exist_ok=True)
    workspace.maildir.write_bytes(b"in the way")  # no mail can leave
    assert len(answer(workspace, request(workspace, NUAGERA.email))) == 1
    workspace.maildir.unlink()
    register.register_addresses({"nuagera": "new@firm.example"}, before={}, at=NIGHT)
    answer(workspace, later(60))
    assert (mails(workspace), states(workspace)) == ([], [LetterState.SUPPRESSED])


def test_a_letter_that_waits_is_not_sent_to_an_address_that_changed_meanwhile(workspace: Workspace) -> None:
    letter = ONE
    LinkRegister(workspace.link_register).register_addresses({letter.member: "new@firm.example"}, before={}, at=NIGHT)
    with Outbox.open(workspace.outbox) as outbox:
        outbox.save_letter(letter, at=NIGHT)
        assert outbox.load_notified(letter.member)
        assert run_sending(workspace, outbox, frozenset({letter.member})).suppressed == 1
        assert outbox.load_notified(letter.member) == ()  # its calls are new again
    assert mails(workspace) == []


def test_letters_and_mails_with_a_link_do_not_touch_each_other(workspace: Workspace) -> None:
    answer(workspace, request(workspace, NUAGERA.email))
    assert not workspace.outbox.exists()  # a heartbeat, an edition, a page of letters know nothing of the mail


def test_the_thread_beside_the_portal_goes_on_after_a_failure() -> None:
    answered: Queue[str] = Queue()

    def fail_once() -> tuple[str, ...]:
        is_first = answered.empty()
        answered.put("")
        if is_first:
            raise OutboxBusy("another process holds it")
        return ()

    mailer = LinkMailer(fail_once)
    mailer.start()
    while answered.qsize() < 2:
        mailer.wake()
    mailer.stop()
