"""Sends the due letters once each and checks that all have an outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from digests.delivery.bounces import load_block_reason, record_rejection
from digests.delivery.outbox import LetterState, Outbox, OutboxTotals
from digests.delivery.transports import LetterTransport
from digests.delivery.workers import Claimed, Clock, Worker, pause_after
from digests.errors import LetterDeferred, LetterRefused, LetterUncertain, OutboxUnbalanced, TransportUnreachable
from digests.rendering.letter import Letter


@dataclass(frozen=True, slots=True)
class SendingOptions:
    """Limits of a run: at most `per_minute` letters a minute to one recipient domain (0 for no limit), and at most
    `patience` of waiting for deferred letters, which are otherwise left to a later run."""

    per_minute: int = 0
    patience: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class SendReport:
    """The result of a run: letters sent, uncertain letters of an interrupted run that were retried with the same
    Message-ID, one sentence for each letter that was not sent, the totals of the whole outbox, and letters suppressed
    because their reader has left or unsubscribed. `stopped` is why the server took no letter at all (no connection, a
    refused login or sender), None where it did."""

    sent: int
    retried: int
    troubles: tuple[str, ...]
    tally: OutboxTotals
    suppressed: int = 0
    stopped: str | None = None


def send_due(
    outbox: Outbox,
    transport: LetterTransport,
    *,
    clock: Clock,
    options: SendingOptions | None = None,
    why_not: Callable[[Letter], str | None] = lambda _: None,
    on_sent: Callable[[Letter], None] | None = None,
) -> SendReport:
    """Sends every letter that can be sent, oldest first; other workers may do so at the same time.

    A server that rejects one letter does not stop the others; when the server is unreachable, all letters wait.

    Args:
        outbox: the letters.
        transport: delivers them.
        clock: the current time and waiting.
        options: limits; None for the defaults.
        why_not: gives the reason to suppress a letter (its reader has left the cluster), or None to send it.
        on_sent: called after each letter that was sent.

    Raises OutboxUnbalanced when a due letter has no outcome at the end.
    """
    with Worker.registered(outbox, clock.now()) as worker:
        run = _Run(outbox, transport, worker, clock, options or SendingOptions(), why_not, on_sent)
        tally = run.work_until_balanced()
        return SendReport(run.sent, run.retried, tuple(run.troubles), tally, run.suppressed, run.stopped)


class _Run:
    """The state of one run."""

    def __init__(
        self,
        outbox: Outbox,
        transport: LetterTransport,
        worker: Worker,
        clock: Clock,
        options: SendingOptions,
        why_not: Callable[[Letter], str | None],
        on_sent: Callable[[Letter], None] | None,
    ) -> None:
        self._outbox, self._transport, self._worker, self._clock = outbox, transport, worker, clock
        self._options, self._why_not, self._on_sent = options, why_not, on_sent
        self.sent = 0
        self.retried = 0
        self.suppressed = 0
        self._dropped = 0
        self.stopped: str | None = None
        self.troubles: list[str] = []

    def work_until_balanced(self) -> OutboxTotals:
        """Sends until all due letters have an outcome and returns the totals. Letters saved meanwhile are sent too, and
        letters of workers that died are retried."""
        while True:
            self.retried += self._worker.recover(self._clock.now())
            done = self._work()
            try:
                return self._outbox.reconcile(
                    at=self._clock.now().at, others=self._worker.count_other_workers_letters(self._clock.now())
                )
            except OutboxUnbalanced:
                if not done:
                    raise

    def _work(self) -> int:
        """Processes letters until none can be sent; returns their number."""
        done = 0
        if self._seconds_until_next() is None:
            return done
        try:
            with self._transport.connected():
                while claimed := self._claim():
                    self._process(claimed)
                    done += 1
        except TransportUnreachable as error:
            waiting = self._worker.defer_due(self._clock.now(), detail=str(error)) + self._dropped
            self.stopped = f"{waiting} letters wait for the next run: {error}"
            self.troubles.append(self.stopped)
        return done

    def _claim(self) -> Claimed | None:
        """The next letter that can be sent, after waiting for it within the limits; None when there is none."""
        while True:
            if claimed := self._worker.claim(self._clock.now(), per_minute=self._options.per_minute):
                return claimed
            pause = self._seconds_until_next()
            if pause is None:
                return None
            self._clock.wait(max(1.0, pause))

    def _seconds_until_next(self) -> float | None:
        """Seconds until a letter can be sent; None when there is none within the limits. The pause of a domain's rate
        limit is always within them."""
        moment = self._clock.now()
        pause = self._worker.seconds_until_next(moment, per_minute=self._options.per_minute)
        patience = max(self._options.patience.total_seconds(), 60.0 if self._options.per_minute else 0.0)
        return pause if pause is not None and pause <= patience else None

    def _process(self, claimed: Claimed) -> None:
        """Sends or suppresses one letter and records the outcome."""
        if claimed.letter is None:
            self._settle(claimed, LetterState.FAILED, str(claimed.trouble), is_trouble=True)
        elif why := load_block_reason(self._outbox, claimed.letter.address) or self._why_not(claimed.letter):
            self.suppressed += self._settle(claimed, LetterState.SUPPRESSED, why)
        else:
            self._deliver(claimed, claimed.letter)

    def _deliver(self, claimed: Claimed, letter: Letter) -> None:
        try:
            where = self._transport.deliver(letter)
        except LetterDeferred as error:
            self._defer(claimed, str(error))
        except LetterRefused as error:
            self._settle(claimed, LetterState.FAILED, str(error), is_trouble=True)
            if error.is_of_recipient and (
                blocking := record_rejection(self._outbox, letter, str(error), self._clock.now())
            ):
                self.troubles.append(blocking)
        except TransportUnreachable as error:
            self._dropped = self._settle(claimed, _wait(claimed.before), str(error), waits=True)
            raise
        except LetterUncertain as error:
            self._settle(claimed, LetterState.UNKNOWN, str(error), is_trouble=True, waits=True)
        else:
            self.sent += self._settle(claimed, LetterState.SENT, where)
            if self._on_sent:
                self._on_sent(letter)

    def _defer(self, claimed: Claimed, reason: str) -> None:
        if pause_after(claimed, self._clock.now()) is None:
            self._settle(
                claimed, LetterState.FAILED, f"given up after {claimed.attempts + 1} tries: {reason}", is_trouble=True
            )
        else:
            self._settle(claimed, _wait(claimed.before), reason, is_trouble=True, waits=True)

    def _settle(
        self, claimed: Claimed, state: LetterState, detail: str, *, is_trouble: bool = False, waits: bool = False
    ) -> bool:
        moment = self._clock.now()
        until = pause_after(claimed, moment) if waits else None
        if is_trouble:
            self.troubles.append(f"{claimed.member} {claimed.edition}: {detail}")
        if self._worker.settle(claimed, state, moment, detail=detail, not_before=until):
            return True
        self.troubles.append(
            f"{claimed.member} {claimed.edition}: another worker took this letter over meanwhile; it may arrive twice, "
            "with the same Message-ID"
        )
        return False


def _wait(before: LetterState) -> LetterState:
    """The waiting state: a letter that may have been delivered already stays UNKNOWN."""
    return LetterState.UNKNOWN if before is LetterState.UNKNOWN else LetterState.DEFERRED
