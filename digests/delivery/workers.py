"""Concurrent workers on one outbox: which worker sends which letter, for how long, and when the next one can be sent.

A worker holds a lock on a file of its own, which the system releases when the process ends, and each letter under a
lease in seconds of the machine's monotonic clock. A letter in `sending` whose worker has ended or whose lease has
expired may have been delivered: it becomes `unknown` and is retried with the same Message-ID. A worker that lost its
lease cannot record an outcome any more. Moments are parameters.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from digests.delivery.outbox import TO_SEND, LetterState, Outbox, write_utc
from digests.errors import LetterDamaged, OutboxFull
from digests.rendering.letter import Letter

LEASE = 900.0
"""Seconds a worker may hold one letter: more than the sum of all timeouts of an SMTP session."""

BACKOFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""Waiting times after the first, second ... temporary rejection; the last one repeats. Greylisting expects about five
minutes (RFC 6647, section 4.4); RFC 5321, section 4.5.4.1, 30 minutes and later two to three hours."""

GIVE_UP = timedelta(days=5)
"""Time after which a letter that is still deferred has failed (RFC 5321, section 4.5.4.1: at least 4 to 5 days)."""

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """The current time: `at` as a zone-aware moment to record, `seconds` of a monotonic clock for leases."""

    at: datetime
    seconds: float


class Clock(Protocol):
    """Source of the current time."""

    def now(self) -> Moment:
        """The current moment."""
        ...

    def wait(self, seconds: float) -> None:
        """Blocks for the given seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that this worker holds: its state before, and how often it was tried. `letter` is None when its bytes do
    not have the saved SHA-256; `trouble` says so."""

    member: str
    edition: str
    before: LetterState
    attempts: int
    kept_at: datetime
    letter: Letter | None
    trouble: str | None = None


class Worker:
    """One worker on the outbox. Use `Worker.registered`."""

    def __init__(self, outbox: Outbox, number: int) -> None:
        self._outbox, self._number = outbox, number

    @classmethod
    @contextmanager
    def registered(cls, outbox: Outbox, moment: Moment) -> Generator[Worker]:
        """A worker with a unique number, until the block or the process ends. Raises OutboxFull."""
        with outbox.transaction() as connection:
            began = connection.execute("insert into worker (began_at) values (?)", (moment.at.isoformat(),))
            number = int(began.lastrowid or 0)
        place = _lock_of(outbox, number)
        try:
            lock = place.open("w")
        except OSError as error:
            raise OutboxFull(f"{place} cannot be made ({error.strerror}); free some disk and send again") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield cls(outbox, number)
            finally:
                place.unlink(missing_ok=True)

    def recover(self, moment: Moment) -> int:
        """Sets letters of ended or hanging workers from `sending` to `unknown`; returns their number."""
        with self._outbox.transaction() as connection:
            held = connection.execute(
                "select distinct worker from letter where state = ?", (LetterState.SENDING,)
            ).fetchall()
            dead = [number for (number,) in held if number is None or not self._is_alive(number)]
            return connection.execute(
                "update letter set state = ?, detail = ?, changed_at = ?, worker = null, not_before = null"
                " where state = ? and (worker is null or worker in (select value from json_each(?))"
                " or lease_until < ? or lease_until > ?)",
                (
                    *(LetterState.UNKNOWN, "a run ended while this letter was leaving", moment.at.isoformat()),
                    *(LetterState.SENDING, json.dumps(dead), moment.seconds, moment.seconds + LEASE),
                ),
            ).rowcount

    def claim(self, moment: Moment, *, per_minute: int = 0) -> Claimed | None:
        """Leases the oldest letter that can be sent now; None when there is none. At most `per_minute` letters are
        tried in any minute for one recipient domain, 0 for no limit."""
        with self._outbox.transaction() as connection:
            row = connection.execute(
                _NEXT, (*_sendable_values(moment), *_rate_limit_values(moment, per_minute))
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "update letter set state = ?, worker = ?, lease_until = ?, tried_at = ?, attempts = attempts + 1,"
                " not_before = null, changed_at = ? where member = ? and edition = ?",
                (
                    *(LetterState.SENDING, self._number, moment.seconds + LEASE, moment.seconds),
                    *(moment.at.isoformat(), row[0], row[1]),
                ),
            )
        return self._read(*row)

    def seconds_until_next(self, moment: Moment, *, per_minute: int = 0) -> float | None:
        """Seconds until the next letter can be sent, 0 for now; None when no letter waits."""
        rows = self._outbox.fetch("select not_before, domain from letter where state in (?, ?, ?)", TO_SEND)
        pauses: list[float] = []
        for not_before, domain in rows:
            later = (datetime.fromisoformat(not_before) - moment.at).total_seconds() if not_before else 0.0
            wait = later if later <= BACKOFF[-1].total_seconds() else 0.0  # as in _SENDABLE
            pauses.append(max(wait, self._domain_pause(domain, moment, per_minute)))
        return max(0.0, min(pauses)) if pauses else None

    def count_other_workers_letters(self, moment: Moment) -> int:
        """The number of letters that other workers hold now."""
        rows = self._outbox.fetch(
            "select worker, count(*) from letter where state = ? and worker <> ? and lease_until >= ? group by worker",
            (LetterState.SENDING, self._number, moment.seconds),
        )
        return sum(count for number, count in rows if self._is_alive(number))

    def settle(
        self, claimed: Claimed, state: LetterState, moment: Moment, *, detail: str, not_before: datetime | None = None
    ) -> bool:
        """Records the outcome of a leased letter. Returns False, and writes nothing, when another worker has taken it
        over.

        Args:
            claimed: the leased letter.
            state: the outcome.
            moment: now.
            detail: message about the outcome.
            not_before: when it can be tried again, None for any time.
        """
        with self._outbox.transaction() as connection:
            return bool(
                connection.execute(
                    "update letter set state = ?, detail = ?, changed_at = ?, worker = null, not_before = ?"
                    " where member = ? and edition = ? and state = ? and worker = ?",
                    (
                        *(state, detail, moment.at.isoformat(), not_before and write_utc(not_before)),
                        *(claimed.member, claimed.edition, LetterState.SENDING, self._number),
                    ),
                ).rowcount
            )

    def defer_due(self, moment: Moment, *, detail: str) -> int:
        """Defers every letter that could be sent now; returns their number."""
        with self._outbox.transaction() as connection:
            return connection.execute(
                _DEFER, (detail, moment.at.isoformat(), write_utc(moment.at + BACKOFF[0]), *_sendable_values(moment))
            ).rowcount

    def _read(self, member: str, edition: str, state: str, attempts: int, kept_at: str) -> Claimed:
        kept = datetime.fromisoformat(kept_at)
        try:
            letter = self._outbox.load_letter(member, edition)
        except LetterDamaged as error:
            return Claimed(member, edition, LetterState(state), attempts, kept, None, str(error))
        return Claimed(member, edition, LetterState(state), attempts, kept, letter)

    def _domain_pause(self, domain: str, moment: Moment, per_minute: int) -> float:
        """Seconds until the rate limit of a domain allows the next letter."""
        if not per_minute:
            return 0.0
        tried = self._outbox.fetch(
            "select tried_at from letter where domain = ? and tried_at > ? and tried_at <= ? order by tried_at desc",
            (domain, moment.seconds - 60, moment.seconds),
        )
        return tried[per_minute - 1][0] + 60 - moment.seconds if len(tried) >= per_minute else 0.0

    def _is_alive(self, number: int) -> bool:
        """Whether that worker still holds its lock. The lock file of an ended worker is deleted."""
        place = _lock_of(self._outbox, number)
        if number == self._number:
            return True
        with suppress(FileNotFoundError), place.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            place.unlink(missing_ok=True)
        return False


def pause_after(claimed: Claimed, moment: Moment) -> datetime | None:
    """When a deferred letter is tried again; None after _TRIES attempts and GIVE_UP. Both are required, so that a clock
    that jumps forward does not fail a letter."""
    if claimed.attempts + 1 >= _TRIES and moment.at - claimed.kept_at >= GIVE_UP:
        return None
    return moment.at + BACKOFF[min(claimed.attempts, len(BACKOFF) - 1)]


_SENDABLE = "state in (?, ?, ?) and (not_before is null or not_before <= ? or not_before > ?)"
"""A wait longer than the longest backoff was written by a clock that was ahead, and is ignored."""

_RATE_LIMITED = (
    "select domain from letter where ? > 0 and tried_at > ? and tried_at <= ? group by domain having count(*) >= ?"
)

_NEXT = f"""
    select member, edition, state, attempts, kept_at from letter
    where {_SENDABLE} and domain not in ({_RATE_LIMITED}) order by rowid limit 1
"""  # noqa: S608 - constants only

_DEFER = f"""
    update letter set state = case state when 'unknown' then state else 'deferred' end, detail = ?, changed_at = ?,
        not_before = ? where {_SENDABLE}
"""  # noqa: S608 - constants only


def _sendable_values(moment: Moment) -> tuple[str, ...]:
    return (*TO_SEND, write_utc(moment.at), write_utc(moment.at + BACKOFF[-1]))


def _rate_limit_values(moment: Moment, per_minute: int) -> tuple[float, ...]:
    return per_minute, moment.seconds - 60, moment.seconds, per_minute


def _lock_of(outbox: Outbox, number: int) -> Path:
    return outbox.path.with_name(f"{outbox.path.name}.worker-{number}")
