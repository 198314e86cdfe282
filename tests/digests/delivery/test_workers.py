"""Several workers at one outbox: each letter is one worker's, and what a dead or hanging one left is not lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.delivery.outbox import LetterState, Outbox
from digests.delivery.sending import SendingOptions, send_due
from digests.delivery.transports import MaildirTransport
from digests.delivery.workers import BACKOFF, GIVE_UP, LEASE, Claimed, Worker, pause_after
from digests.rendering.letter import Letter
from tests.support.clocks import Clock
from tests.support.letters.digest_examples import NIGHT
from tests.support.letters.kept_letters import keep, make_letters, states
from tests.support.paths import ROOT


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with keep(tmp_path, 4) as opened:
        yield opened


def claim(worker: Worker, clock: Clock, **more: int) -> Claimed:
    claimed = worker.claim(clock.now(), **more)
    assert claimed
    return claimed


def test_two_workers_never_hold_the_same_letter(outbox: Outbox) -> None:
    clock = Clock()
    with Worker.registered(outbox, clock.now()) as one, Worker.registered(outbox, clock.now()) as other:
        held = [claim(worker, clock).member for worker in (one, other, one, other)]
        assert (sorted(held), one.claim(clock.now())) == (["m0", "m1", "m2", "m3"], None)


def test_the_letter_of_a_living_worker_is_left_to_it(outbox: Outbox) -> None:
    clock = Clock()
    with Worker.registered(outbox, clock.now()) as one, Worker.registered(outbox, clock.now()) as other:
        claimed = claim(one, clock)
        assert (other.recover(clock.now()), other.count_other_workers_letters(clock.now())) == (0, 1)
        assert one.settle(claimed, LetterState.SENT, clock.now(), detail="250")


def test_the_letter_of_a_worker_that_ended_is_unknown_at_once(outbox: Outbox) -> None:
    clock = Clock()
    with Worker.registered(outbox, clock.now()) as gone:
        claim(gone, clock)
    with Worker.registered(outbox, clock.now()) as other:
        assert other.recover(clock.now()) == 1
        assert claim(other, clock).before is LetterState.UNKNOWN


def test_the_letter_of_a_hanging_worker_is_free_when_its_lease_is_over_and_not_before(outbox: Outbox) -> None:
    clock = Clock()
    with Worker.registered(outbox, clock.now()) as hanging, Worker.registered(outbox, clock.now()) as other:
        claim(hanging, clock)
        clock.pass_by(seconds=LEASE - 1)
        assert other.recover(clock.now()) == 0
        clock.pass_by(seconds=2)
        assert other.recover(clock.now()) == 1


def test_a_worker_whose_letter_was_taken_over_settles_nothing(outbox: Outbox) -> None:
    clock = Clock()
    with Worker.registered(outbox, clock.now()) as hanging, Worker.registered(outbox, clock.now()) as other:
        claimed = claim(hanging, clock)
        clock.pass_by(seconds=LEASE + 1)
        other.recover(clock.now())
        assert claim(other, clock).member == claimed.member
        assert not hanging.settle(claimed, LetterState.SENT, clock.now(), detail="250")
    assert states(outbox)[0] == "sending"


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_jumps_takes_no_letter_from_a_living_worker(outbox: Outbox, jump: timedelta) -> None:
    clock = Clock()
    with Worker.registered(outbox, clock.now()) as one, Worker.registered(outbox, clock.now()) as other:
        claimed = claim(one, clock)
        clock.at += jump
        assert other.recover(clock.now()) == 0
        assert one.settle(claimed, LetterState.SENT, clock.now(), detail="250")


def test_a_lease_from_before_the_machine_started_again_is_over(outbox: Outbox) -> None:
    before, after = Clock(seconds=90_000_000), Clock(seconds=5)
    with Worker.registered(outbox, before.now()) as one, Worker.registered(outbox, after.now()) as other:
        claim(one, before)
        assert other.recover(after.now()) == 1


def test_a_wait_written_by_a_clock_that_was_ahead_is_over(outbox: Outbox) -> None:
    ahead, now = Clock(NIGHT + timedelta(days=400)), Clock()
    with Worker.registered(outbox, now.now()) as worker:
        claimed = claim(worker, ahead)
        worker.settle(
            claimed, LetterState.DEFERRED, ahead.now(), detail="451", not_before=pause_after(claimed, ahead.now())
        )
        assert (worker.seconds_until_next(now.now()), claim(worker, now).member) == (0.0, "m0")


def test_a_refused_letter_waits_longer_each_time() -> None:
    def tried(attempts: int, age: timedelta) -> Claimed:
        return Claimed("m", "e", LetterState.DEFERRED, attempts, NIGHT - age, None)

    moment = Clock().now()
    waits = [pause_after(tried(n, timedelta()), moment) for n in range(6)]
    assert [until and until - NIGHT for until in waits] == [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
    assert pause_after(tried(3, timedelta(days=900)), moment)  # a clock jumped: few tries, whatever their age
    assert pause_after(tried(300, timedelta(days=4)), moment)
    assert pause_after(tried(7, GIVE_UP), moment) is None


# Rate


class Watched(MaildirTransport):
    """Notes when each letter left."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder)
        self.clock = clock
        self.left: list[tuple[float, str]] = []

    def deliver(self, letter: Letter) -> str:
        self.left.append((self.clock.seconds, letter.address.rpartition("@")[2]))
        return super().deliver(letter)


def test_no_domain_is_given_more_letters_a_minute_than_it_may_have(tmp_path: Path) -> None:
    clock = Clock()
    with Outbox.open(tmp_path / "o.sqlite") as outbox:
        for n, letter in enumerate(make_letters(30)):
            domain = "grand.example" if n % 3 else "petit.example"
            outbox.save_letter(replace_address(letter, f"m{n}@{domain}"), at=NIGHT)
        transport = Watched(tmp_path / "mail", clock)
        report = send_due(outbox, transport, clock=clock, options=SendingOptions(per_minute=6))
    assert (report.tally.sent, len(transport.left)) == (30, 30)
    for start, _ in transport.left:
        within = Counter(domain for at, domain in transport.left if start <= at < start + 60)
        assert max(within.values()) <= 6
    assert clock.seconds - 10_000 <= 4 * 60


def replace_address(letter: Letter, address: str) -> Letter:
    return replace(letter, address=address)


def test_one_slow_domain_holds_up_no_other(tmp_path: Path) -> None:
    clock = Clock()
    with Outbox.open(tmp_path / "o.sqlite") as outbox:
        for n, letter in enumerate(make_letters(6)):
            outbox.save_letter(replace_address(letter, f"m{n}@{'petit' if n == 5 else 'grand'}.example"), at=NIGHT)
        transport = Watched(tmp_path / "mail", clock)
        send_due(outbox, transport, clock=clock, options=SendingOptions(per_minute=2))
    assert transport.left[2] == (10_000, "petit.example")


# Many at once

WORKER_SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.support.clocks import Clock
from digests.delivery.transports import MaildirTransport
from digests.delivery.outbox import Outbox
from digests.delivery.sending import send_due

class Counting(MaildirTransport):
    def deliver(self, letter):
        with (Path(sys.argv[1]) / "carried").open("a") as book:
            book.write(letter.message_id + chr(10))
        return super().deliver(letter)

with Outbox.open(Path(sys.argv[1]) / "outbox.sqlite") as outbox:
    print(send_due(outbox, Counting(Path(sys.argv[1]) / "mail"), clock=Clock()).sent)
"""


def test_two_nights_at_once_share_the_letters_and_carry_each_once(tmp_path: Path) -> None:
    keep(tmp_path, 60).__exit__(None, None, None)
    command = [sys.executable, "-c", WORKER_SCRIPT, str(tmp_path), str(ROOT)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for _ in range(3)]
    sent = [int(worker.communicate(timeout=60)[0]) for worker in processes]
    carried = Counter((tmp_path / "carried").read_text().split())
    assert (sum(sent), len(carried), set(carried.values())) == (60, 60, {1})
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        assert outbox.reconcile(at=NIGHT).sent == 60


def test_a_worker_killed_beside_others_loses_nothing(tmp_path: Path) -> None:
    keep(tmp_path, 40).__exit__(None, None, None)
    command = [sys.executable, "-c", WORKER_SCRIPT, str(tmp_path), str(ROOT)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for _ in range(2)]
    while not (tmp_path / "carried").exists() and processes[0].poll() is None:
        pass
    os.kill(processes[0].pid, signal.SIGKILL)
    for worker in processes:
        worker.communicate(timeout=60)
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        assert send_due(outbox, MaildirTransport(tmp_path / "mail"), clock=Clock()).tally.sent == 40
    assert len(list((tmp_path / "mail" / "new").iterdir())) == 40
