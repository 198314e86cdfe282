"""Letters leave once: into a Maildir, over a real SMTP server on loopback, through refusals and kills."""

from __future__ import annotations

import email
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from digests.delivery.outbox import LetterState, Outbox
from digests.delivery.sending import SendReport, send_due
from digests.delivery.transports import MaildirTransport, Security, SmtpTransport
from digests.delivery.workers import BACKOFF
from digests.errors import TransportUnreachable
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import NIGHT
from tests.support.letters.kept_letters import ONE, Inbox, free_port, keep, states
from tests.support.paths import ROOT

# Maildir


def test_a_letter_lies_in_new_byte_for_byte_and_any_mail_reader_opens_it(tmp_path: Path) -> None:
    with keep(tmp_path, 1) as outbox:
        report = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
    (file,) = (tmp_path / "mail" / "new").iterdir()
    assert (report.sent, file.suffix, file.read_bytes()) == (1, ".eml", ONE.mime)
    assert email.message_from_bytes(file.read_bytes())["To"] == "Nuagera <appels@nuagera.example>"


def test_a_second_run_sends_nothing(tmp_path: Path) -> None:
    with keep(tmp_path, 3) as outbox:
        send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
        again = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
    assert (again.sent, again.tally.sent) == (0, 3)


@pytest.mark.parametrize("seen", ["{name}", "{name}:2,S"])
def test_a_letter_that_was_delivered_and_read_is_not_delivered_again(tmp_path: Path, seen: str) -> None:
    transport = MaildirTransport(tmp_path)
    with transport.connected():
        place = Path(transport.deliver(ONE))
        place.rename(tmp_path / "cur" / seen.format(name=place.name))
        transport.deliver(ONE)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_half_written_file_of_a_killed_run_is_never_in_new(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    with transport.connected():
        name = Path(transport.deliver(ONE)).name
        (tmp_path / "new" / name).rename(tmp_path / "tmp" / name)
        (tmp_path / "tmp" / name).write_bytes(ONE.mime[:100])
        transport.deliver(ONE)
    assert (tmp_path / "new" / name).read_bytes() == ONE.mime
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_maildir_that_cannot_be_written_defers_every_letter_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where a folder should be")
    with keep(tmp_path, 2) as outbox:
        report = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
        assert states(outbox) == ["deferred", "deferred"]
    assert "cannot be written" in report.troubles[0]


def test_a_member_id_cannot_leave_the_maildir(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "mail")
    with transport.connected():
        place = transport.deliver(replace(ONE, member="../../etc/x y"))
    assert Path(place).parent == tmp_path / "mail" / "new"


# SMTP


def send(outbox: Outbox, port: int, clock: Clock | None = None, **more: object) -> SendReport:
    transport = SmtpTransport("127.0.0.1", port, timeout=5, **more)  # type: ignore[arg-type]
    return send_due(outbox, transport, clock=clock or Clock())


def test_a_server_receives_the_frozen_bytes_and_the_envelope(tmp_path: Path, inbox: Inbox, port: int) -> None:
    with keep(tmp_path, 1) as outbox:
        report = send(outbox, port)
    assert report.sent == 1
    assert inbox.letters == [("pib@cluster.example", ["m0@firme.example"], ONE.mime)]


def test_one_refused_recipient_fails_and_the_others_are_served(tmp_path: Path, inbox: Inbox, port: int) -> None:
    inbox.rcpt_answers["m1@firme.example"] = "550 no such mailbox"
    with keep(tmp_path, 3) as outbox:
        report = send(outbox, port)
        assert states(outbox) == ["sent", "failed", "sent"]
    assert report.troubles == (
        f"m1 2026-11-20: 127.0.0.1:{port} answered 550 to the recipient m1@firme.example (no such mailbox); "
        "correct the address or the server's rules",
    )


def test_a_failed_letter_is_not_tried_again(tmp_path: Path, inbox: Inbox, port: int) -> None:
    inbox.rcpt_answers["m0@firme.example"] = "550 no such mailbox"
    with keep(tmp_path, 1) as outbox:
        send(outbox, port)
        inbox.rcpt_answers.clear()
        assert send(outbox, port).tally.failed == 1
    assert inbox.letters == []


def test_a_greylisted_letter_waits_and_leaves_with_the_next_run(tmp_path: Path, inbox: Inbox, port: int) -> None:
    inbox.data_answers = ["451 come back later"]
    with keep(tmp_path, 2) as outbox:
        assert send(outbox, port).tally.deferred == 1
        assert states(outbox) == ["deferred", "sent"]
        assert send(outbox, port, Clock(NIGHT + BACKOFF[0])).tally.sent == 2


def test_a_server_that_closes_with_421_gets_a_new_connection(tmp_path: Path, inbox: Inbox, port: int) -> None:
    inbox.data_answers = ["421 closing"]
    with keep(tmp_path, 2) as outbox:
        send(outbox, port)
        assert states(outbox) == ["deferred", "sent"]


def test_a_connection_lost_before_the_letter_defers_it(tmp_path: Path, inbox: Inbox, port: int) -> None:
    inbox.rcpt_answers["m0@firme.example"] = "hang up"
    with keep(tmp_path, 2) as outbox:
        send(outbox, port)
        assert states(outbox) == ["deferred", "sent"]


def test_a_letter_without_answer_is_unknown_and_comes_again_under_the_same_id(
    tmp_path: Path, inbox: Inbox, port: int
) -> None:
    inbox.data_answers = ["hang up"]
    with keep(tmp_path, 1) as outbox:
        assert send(outbox, port).tally.unknown == 1
        assert send(outbox, port, Clock(NIGHT + BACKOFF[0])).tally.sent == 1
    ids = [email.message_from_bytes(body)["Message-ID"] for _, _, body in inbox.letters]
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_a_server_that_is_not_there_defers_every_letter_in_one_sentence(tmp_path: Path) -> None:
    with keep(tmp_path, 2) as outbox:
        report = send(outbox, free_port())
        assert states(outbox) == ["deferred", "deferred"]
    assert len(report.troubles) == 1
    assert "2 letters wait for the next run: SMTP server 127.0.0.1" in report.troubles[0]


def test_a_letter_that_may_have_left_stays_unknown_while_the_server_is_away(tmp_path: Path) -> None:
    with keep(tmp_path, 1) as outbox:
        outbox.mark("m0", ONE.edition, LetterState.SENDING, at=NIGHT)
        assert send(outbox, free_port()).tally.unknown == 1


def test_a_server_without_tls_is_not_trusted_with_a_letter(tmp_path: Path, inbox: Inbox, port: int) -> None:
    with keep(tmp_path, 1) as outbox:
        report = send(outbox, port, security=Security.STARTTLS)
        assert report.tally.deferred == 1
    assert inbox.letters == []


def test_a_refused_login_is_one_clear_sentence(port: int) -> None:
    transport = SmtpTransport("127.0.0.1", port, user="pib", password="wrong", timeout=5)  # noqa: S106
    with pytest.raises(TransportUnreachable, match="check host, port, security and login"), transport.connected():
        pass


# Kills

KILLED_WHILE_SENDING = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from tests.support.clocks import Clock
from digests.delivery.transports import MaildirTransport
from digests.delivery.outbox import Outbox
from digests.delivery.sending import send_due

root, victim, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

class Mortal(MaildirTransport):
    delivered = 0
    def deliver(self, letter):
        Mortal.delivered += 1
        if Mortal.delivered == victim and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        place = super().deliver(letter)
        if Mortal.delivered == victim and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return place
    def _write(self, path, body):
        if Mortal.delivered == victim and moment == "during":
            path.write_bytes(body[: len(body) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        super()._write(path, body)

def report(letter):
    if Mortal.delivered == victim and moment == "reported":
        os.kill(os.getpid(), signal.SIGKILL)

with Outbox.open(root / "outbox.sqlite") as outbox:
    send_due(outbox, Mortal(root / "mail"), clock=Clock(), on_sent=report)
"""


@pytest.mark.parametrize("moment", ["before", "during", "after", "reported"])
def test_a_night_killed_while_sending_loses_and_doubles_nothing(tmp_path: Path, moment: str) -> None:
    keep(tmp_path, 8).__exit__(None, None, None)
    for victim in (1, 3, 2):
        tests = str(ROOT)
        command = [sys.executable, "-c", KILLED_WHILE_SENDING, str(tmp_path), str(victim), moment, tests]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        report = send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock())
    files = list((tmp_path / "mail" / "new").iterdir())
    bodies = Counter(file.read_bytes() == ONE.mime for file in files)
    assert (report.tally.sent, bodies) == (8, Counter({True: 8}))
    assert report.retried == (0 if moment == "reported" else 1)


KILLED_WHILE_KEEPING = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import NIGHT, make_rich_digest
from digests.delivery.outbox import Outbox
from digests.rendering.mime import render_letter

letter = render_letter(make_rich_digest())
class Mortal:
    def __init__(self, notified): self.notified = notified
    def __iter__(self):
        yield self.notified[0]
        os.kill(os.getpid(), signal.SIGKILL)

with Outbox.open(Path(sys.argv[1])) as outbox:
    outbox.save_letter(replace(letter, edition="2026-11-19", message_id="<a@x.example>"), at=NIGHT)
    outbox.save_letter(replace(letter, notified=Mortal(letter.notified)), at=NIGHT)
"""


def test_a_night_killed_while_keeping_a_letter_keeps_all_of_it_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    command = [sys.executable, "-c", KILLED_WHILE_KEEPING, str(path), str(ROOT)]
    assert subprocess.run(command, check=False, env=os.environ).returncode == -signal.SIGKILL
    with Outbox.open(path) as outbox:
        assert [standing.edition for standing in outbox.load_letter_statuses()] == ["2026-11-19"]
        assert outbox.load_notified(ONE.member) == ONE.notified
        assert outbox.save_letter(ONE, at=NIGHT)
