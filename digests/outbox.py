"""The letters and what they told, in one SQLite file beside the warehouse: nothing is told twice, nothing is lost.

    rendered -> sending -> sent | deferred | failed | unknown        suppressed, when it must not leave any more

A letter, its frozen bytes and what it tells are kept in one transaction, so that a night killed before it leaves no
trace and one killed after it has everything. A letter found in `sending` at the start of a run may have left: it
becomes `unknown` and is tried again with the same Message-ID. No wording, no network, no clock: moments are parameters.
"""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from digests.digest import Section, Told
from digests.errors import OutboxBusy, OutboxError, OutboxFull, OutboxUnbalanced
from digests.letter import Letter

_TABLES = Path(__file__).with_name("outbox.sql")
_VERSION = 1


class State(StrEnum):
    """Where a letter stands."""

    RENDERED = "rendered"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


OUTCOMES = (State.SENT, State.SUPPRESSED, State.FAILED, State.UNKNOWN, State.DEFERRED)
"""The states that answer for a letter that was due."""

_TO_SEND = (State.RENDERED, State.UNKNOWN, State.DEFERRED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One letter as `pib status` shows it. `detail` is the last thing a carrier said of it."""

    member: str
    edition: str
    state: State
    attempts: int
    detail: str | None
    message_id: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many letters were due, and what became of them."""

    due: int
    sent: int
    suppressed: int
    failed: int
    unknown: int
    deferred: int


class Outbox:
    """The store of letters. Open it with `Outbox.open`, use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    def open(cls, path: Path) -> Outbox:
        """The outbox in a file, made where there is none. Raises OutboxBusy, OutboxFull, or OutboxError for a file
        that is no outbox or one of a later version."""
        with _told_plainly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute("pragma foreign_keys = on")
            (version,) = connection.execute("pragma user_version").fetchone()
            if version > _VERSION:
                connection.close()
                raise OutboxError(f"{path} was written by version {version} of the outbox, this is {_VERSION}; update")
            connection.executescript(_TABLES.read_text(encoding="utf-8"))
        return cls(connection, path)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def keep_letter(self, letter: Letter, *, at: datetime) -> bool:
        """Keeps a rendered letter with all it tells, in one transaction. False, and nothing written, when the member
        has this edition already."""
        with self._transaction() as connection:
            kept = connection.execute(
                "insert into letter (member, edition, sender, address, message_id, subject, mime, sha256, items, state,"
                " detail, kept_at, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                (
                    *(letter.member, letter.edition, letter.sender, letter.address, letter.message_id, letter.subject),
                    *(letter.mime, letter.sha256, letter.items),
                    *(State.SUPPRESSED if letter.held else State.RENDERED, letter.held, at.isoformat(), at.isoformat()),
                ),
            ).rowcount
            if kept:
                connection.executemany(
                    "insert into told (member, edition, lot_uid, section, facts, deadline, closing)"
                    " values (?, ?, ?, ?, ?, ?, ?)",
                    [(letter.member, letter.edition, *_told_row(told)) for told in letter.told],
                )
        return bool(kept)

    def find_told(self, member: str) -> tuple[Told, ...]:
        """All that earlier editions told the member, oldest first."""
        rows = self._connection.execute(
            "select lot_uid, section, facts, deadline, closing from told where member = ? order by rowid", (member,)
        )
        return tuple(
            Told(uid, Section(section), facts, datetime.fromisoformat(deadline) if deadline else None, bool(closing))
            for uid, section, facts, deadline, closing in rows
        )

    def find_told_at(self, member: str) -> dict[str, datetime]:
        """When the member was last told of each lot."""
        rows = self._connection.execute(
            "select lot_uid, max(kept_at) from told join letter using (member, edition) where member = ?"
            " group by lot_uid",
            (member,),
        )
        return {uid: datetime.fromisoformat(kept) for uid, kept in rows}

    def find_last_edition(self, member: str) -> str | None:
        """The edition last kept for the member; a heartbeat, which tells nothing, is none."""
        row = self._connection.execute(
            "select edition from letter where member = ? and items > 0 order by rowid desc limit 1", (member,)
        ).fetchone()
        return row[0] if row else None

    def find_last_kept(self, member: str) -> datetime | None:
        """When a letter, or a heartbeat, was last written to the member."""
        (last,) = self._connection.execute("select max(kept_at) from letter where member = ?", (member,)).fetchone()
        return datetime.fromisoformat(last) if last else None

    def find_standings(self) -> tuple[Standing, ...]:
        """Every letter and where it stands, oldest first."""
        rows = self._connection.execute(
            "select member, edition, state, attempts, detail, message_id from letter order by rowid"
        )
        return tuple(Standing(m, e, State(s), attempts, detail, mid) for m, e, s, attempts, detail, mid in rows)

    def find_to_send(self) -> tuple[tuple[str, str, State], ...]:
        """Member, edition and state of the letters that should leave, oldest first."""
        rows = self._connection.execute(
            "select member, edition, state from letter where state in (?, ?, ?) order by rowid", _TO_SEND
        )
        return tuple((member, edition, State(state)) for member, edition, state in rows)

    def find_letter(self, member: str, edition: str) -> Letter:
        """A letter with its frozen bytes (without what it told). Raises OutboxError when there is none."""
        row = self._connection.execute(
            "select member, edition, sender, address, message_id, subject, mime, sha256, items from letter"
            " where member = ? and edition = ?",
            (member, edition),
        ).fetchone()
        if row is None:
            raise OutboxError(f"{self._path} holds no letter {edition} for {member}; see `pib status`")
        letter = Letter(*row)
        if hashlib.sha256(letter.mime).hexdigest() != letter.sha256:
            raise OutboxError(f"{self._path}: the bytes of letter {edition} for {member} are not those that were kept")
        return letter

    def mark(self, member: str, edition: str, state: State, *, at: datetime, detail: str | None = None) -> None:
        """Moves a letter to a state; entering `sending` counts an attempt."""
        with self._transaction() as connection:
            connection.execute(
                "update letter set state = ?, detail = ?, changed_at = ?, attempts = attempts + ?"
                " where member = ? and edition = ?",
                (state, detail, at.isoformat(), state is State.SENDING, member, edition),
            )

    def suppress(self, member: str, reason: str, *, at: datetime) -> int:
        """Keeps every letter of a member that has not left from leaving; how many."""
        with self._transaction() as connection:
            return connection.execute(
                "update letter set state = ?, detail = ?, changed_at = ? where member = ? and state in (?, ?, ?)",
                (State.SUPPRESSED, reason, at.isoformat(), member, *_TO_SEND),
            ).rowcount

    def recover(self, *, at: datetime) -> int:
        """What a killed run left in `sending` becomes `unknown`; how many. Only under `sending_alone`."""
        with self._transaction() as connection:
            return connection.execute(
                "update letter set state = ?, detail = ?, changed_at = ? where state = ?",
                (State.UNKNOWN, "a run ended while this letter was leaving", at.isoformat(), State.SENDING),
            ).rowcount

    def reconcile(self) -> Tally:
        """The books: due = sent + suppressed + failed + unknown + deferred. Raises OutboxUnbalanced when a letter has
        none of these."""
        counts = dict(self._connection.execute("select state, count(*) from letter group by state").fetchall())
        due = sum(counts.values())
        outcomes = [int(counts.get(state, 0)) for state in OUTCOMES]
        if due != sum(outcomes):
            left = {state: n for state, n in counts.items() if state not in OUTCOMES}
            raise OutboxUnbalanced(
                f"{self._path}: {due} letters due, {sum(outcomes)} with an outcome, left over {left}"
            )
        sent, suppressed, failed, unknown, deferred = outcomes
        return Tally(due, sent, suppressed, failed, unknown, deferred)

    @contextmanager
    def sending_alone(self) -> Generator[None]:
        """Holds the right to send; the system gives it back when the process dies. Raises OutboxBusy."""
        with self._path.with_name(self._path.name + ".sending").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OutboxBusy(f"another night is sending from {self._path}; wait until it has ended") from error
            yield

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with _told_plainly(self._path):
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")


@contextmanager
def _told_plainly(path: Path) -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        said = str(error)
        if "locked" in said or "busy" in said:
            raise OutboxBusy(f"another process holds {path} ({said}); wait until it has ended") from error
        if "full" in said or "No space" in said:
            raise OutboxFull(f"no room to write {path} ({said}); free some disk and run the night again") from error
        raise OutboxError(f"{path} cannot be used as the outbox ({said})") from error


def _told_row(told: Told) -> tuple[str, str, str, str | None, bool]:
    deadline = told.deadline.isoformat() if told.deadline else None
    return told.lot_uid, told.section, told.facts, deadline, told.closing
