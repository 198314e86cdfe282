"""Sends what is due, each letter once, and answers for all of it at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from digests.carriers import Carrier
from digests.errors import CarrierUnreachable, LetterDeferred, LetterRefused, LetterUncertain
from digests.letter import Letter
from digests.outbox import Outbox, State, Tally


@dataclass(frozen=True, slots=True)
class SendReport:
    """What one run did: letters that left, the uncertain ones of a killed run tried again with the same Message-ID,
    one sentence per letter that did not leave, and the books of the whole outbox."""

    sent: int
    retried: int
    troubles: tuple[str, ...]
    tally: Tally


def send_due(
    outbox: Outbox, carrier: Carrier, *, at: datetime, on_sent: Callable[[Letter], None] | None = None
) -> SendReport:
    """Carries every letter that should leave, oldest first. A server that refuses one letter does not stop the others;
    one that cannot be reached defers them all. Raises OutboxBusy when another run is sending, OutboxUnbalanced when a
    letter ends without outcome."""
    with outbox.sending_alone():
        retried = outbox.recover(at=at)
        due = list(outbox.find_to_send())
        run = _Run(outbox, carrier, at, on_sent)
        try:
            if due:
                with carrier.connected():
                    while due:
                        run.send(*due[0])
                        due.pop(0)
        except CarrierUnreachable as error:
            run.defer_all(due, str(error))
        return SendReport(run.sent, retried, tuple(run.troubles), outbox.reconcile())


class _Run:
    """One run's course."""

    def __init__(
        self, outbox: Outbox, carrier: Carrier, at: datetime, on_sent: Callable[[Letter], None] | None
    ) -> None:
        self._outbox, self._carrier, self._at, self._on_sent = outbox, carrier, at, on_sent
        self.sent = 0
        self.troubles: list[str] = []

    def send(self, member: str, edition: str, before: State) -> None:
        """One letter to its outcome."""
        letter = self._outbox.find_letter(member, edition)
        self._outbox.mark(member, edition, State.SENDING, at=self._at)
        try:
            where = self._carrier.carry(letter)
        except LetterDeferred as error:
            self._stay(letter, _wait(before), str(error))
        except LetterRefused as error:
            self._stay(letter, State.FAILED, str(error))
        except LetterUncertain as error:
            self._stay(letter, State.UNKNOWN, str(error))
        else:
            self._outbox.mark(member, edition, State.SENT, at=self._at, detail=where)
            self.sent += 1
            if self._on_sent:
                self._on_sent(letter)

    def defer_all(self, due: list[tuple[str, str, State]], reason: str) -> None:
        """No letter can leave any more in this run."""
        for member, edition, before in due:
            self._outbox.mark(member, edition, _wait(before), at=self._at, detail=reason)
        self.troubles.append(f"{len(due)} letters wait for the next run: {reason}")

    def _stay(self, letter: Letter, state: State, reason: str) -> None:
        self._outbox.mark(letter.member, letter.edition, state, at=self._at, detail=reason)
        self.troubles.append(f"{letter.member} {letter.edition}: {reason}")


def _wait(before: State) -> State:
    """A letter that may have left already stays unknown while it waits."""
    return State.UNKNOWN if before is State.UNKNOWN else State.DEFERRED
