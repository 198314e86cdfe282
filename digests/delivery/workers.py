"""Several workers at one outbox: who carries which letter, for how long, and when the next one may leave.

A worker holds a lock on a file of its own, which the system gives back when the process dies, and each letter it
carries under a lease in seconds of the machine's own clock, which never jumps. A letter in `sending` whose worker is
dead, or whose lease is over because the worker hangs, may have left: it becomes `unknown` and is tried again with the
same Message-ID. A worker whose letter was taken over settles nothing any more. Moments are parameters.
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
"""Seconds a worker may carry one letter: more than all timeouts of a conversation with a server together."""

BACKOFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long a letter waits after its first, second ... refusal for now; the last is repeated. Greylisting asks for five
minutes (RFC 6647, section 4.4), RFC 5321 (section 4.5.4.1) for half an hour and then two or three hours."""

GIVE_UP = timedelta(days=5)
"""A letter refused for now ever since has failed (RFC 5321, section 4.5.4.1: at least 4 to 5 days)."""

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, twice: `at` for the books, zone-aware, and the seconds of a clock that only goes forward."""

    at: datetime
    seconds: float


class Clock(Protocol):
    """Who knows the time: pipelines' clock, or a test's."""

    def now(self) -> Moment:
        """This moment."""
        ...

    def wait(self, seconds: float) -> None:
        """Comes back that much later."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that is this worker's to carry, what state it was in, and how often it was tried before. `letter` is
    None when its bytes are not those that were kept."""

    member: str
    edition: str
    before: LetterState
    attempts: int
    kept_at: datetime
    letter: Letter | None
    trouble: str | None = None


class Worker:
    """One worker's hold on the outbox. Use `Worker.hired`."""

    def __init__(self, outbox: Outbox, number: int) -> None:
        self._outbox, self._number = outbox, number

    @classmethod
    @contextmanager
    def registered(cls, outbox: Outbox, moment: Moment) -> Generator[Worker]:
        """A worker with a number of its own, until the block or the process ends."""
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
        """Letters that dead or hanging workers left in `sending` become `unknown`; how many."""
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
        """The oldest letter that may leave now, as this worker's from here on; None when there is none. At most
        `per_minute` letters are tried in any minute at one recipient domain, 0 for no bound."""
        with self._outbox.transaction() as connection:
            row = connection.execute(_NEXT, (*_may_leave(moment), *_tired(moment, per_minute))).fetchone()
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
        """Seconds until the next letter may leave, 0 when one may now; None when none waits."""
        rows = self._outbox.connection.execute(
            "select not_before, domain from letter where state in (?, ?, ?)", TO_SEND
        ).fetchall()
        pauses: list[float] = []
        for not_before, domain in rows:
            later = (datetime.fromisoformat(not_before) - moment.at).total_seconds() if not_before else 0.0
            wait = later if later <= BACKOFF[-1].total_seconds() else 0.0  # as in _MAY_LEAVE
            pauses.append(max(wait, self._domain_pause(domain, moment, per_minute)))
        return max(0.0, min(pauses)) if pauses else None

    def count_other_workers_letters(self, moment: Moment) -> int:
        """Letters that other workers are carrying right now."""
        rows = self._outbox.connection.execute(
            "select worker, count(*) from letter where state = ? and worker <> ? and lease_until >= ? group by worker",
            (LetterState.SENDING, self._number, moment.seconds),
        ).fetchall()
        return sum(count for number, count in rows if self._is_alive(number))

    def settle(
        self, claimed: Claimed, state: LetterState, moment: Moment, *, detail: str, not_before: datetime | None = None
    ) -> bool:
        """Writes what became of the letter. False, and nothing written, when another worker has taken it over."""
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
        """Every letter that may leave now waits instead, since none can; how many."""
        with self._outbox.transaction() as connection:
            return connection.execute(
                _DEFER, (detail, moment.at.isoformat(), write_utc(moment.at + BACKOFF[0]), *_may_leave(moment))
            ).rowcount

    def _read(self, member: str, edition: str, state: str, attempts: int, kept_at: str) -> Claimed:
        kept = datetime.fromisoformat(kept_at)
        try:
            letter = self._outbox.load_letter(member, edition)
        except LetterDamaged as error:
            return Claimed(member, edition, LetterState(state), attempts, kept, None, str(error))
        return Claimed(member, edition, LetterState(state), attempts, kept, letter)

    def _domain_pause(self, domain: str, moment: Moment, per_minute: int) -> float:
        """Seconds a domain is to be left in peace."""
        if not per_minute:
            return 0.0
        tried = self._outbox.connection.execute(
            "select tried_at from letter where domain = ? and tried_at > ? and tried_at <= ? order by tried_at desc",
            (domain, moment.seconds - 60, moment.seconds),
        ).fetchall()
        return tried[per_minute - 1][0] + 60 - moment.seconds if len(tried) >= per_minute else 0.0

    def _is_alive(self, number: int) -> bool:
        """Whether that worker still holds its lock; what a dead one left behind is cleared away."""
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
    """When a letter refused for now is tried again; None when it was tried long and often enough. Both are asked, so
    that a clock that jumps forward ends no letter."""
    if claimed.attempts + 1 >= _TRIES and moment.at - claimed.kept_at >= GIVE_UP:
        return None
    return moment.at + BACKOFF[min(claimed.attempts, len(BACKOFF) - 1)]


_MAY_LEAVE = "state in (?, ?, ?) and (not_before is null or not_before <= ? or not_before > ?)"
"""A wait longer than any we ask for was written by a clock that was ahead: it is over."""

_TIRED = "select domain from letter where ? > 0 and tried_at > ? and tried_at <= ? group by domain having count(*) >= ?"

_NEXT = f"""
    select member, edition, state, attempts, kept_at from letter
    where {_MAY_LEAVE} and domain not in ({_TIRED}) order by rowid limit 1
"""  # noqa: S608 - our own words

_DEFER = f"""
    update letter set state = case state when 'unknown' then state else 'deferred' end, detail = ?, changed_at = ?,
        not_before = ? where {_MAY_LEAVE}
"""  # noqa: S608 - our own words


def _may_leave(moment: Moment) -> tuple[str, ...]:
    return (*TO_SEND, write_utc(moment.at), write_utc(moment.at + BACKOFF[-1]))


def _tired(moment: Moment, per_minute: int) -> tuple[float, ...]:
    return per_minute, moment.seconds - 60, moment.seconds, per_minute


def _lock_of(outbox: Outbox, number: int) -> Path:
    return outbox.path.with_name(f"{outbox.path.name}.worker-{number}")
