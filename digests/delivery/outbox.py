"""The outbox: letters and the lots they notify of, in one SQLite file beside the warehouse.

    rendered -> sending -> sent | deferred | failed | unknown      sent -> bounced
                           suppressed, when the letter must not be sent any more

A letter, its bytes and its notified lots are saved in one transaction: a night that is killed before it leaves no
trace, one that is killed after it has everything. workers.py assigns letters to workers and records the outcomes.
Moments are parameters.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

from digests.errors import LetterDamaged, OutboxBusy, OutboxError, OutboxFull, OutboxTooNew, OutboxUnbalanced
from digests.rendering.letter import READ_AT_PORTAL, Letter
from presentation.digest_model import NotifiedLot, Section
from warehouse.made_files import is_gone, mark_made
from warehouse.sqlite_transactions import write_transaction

_TABLES = Path(__file__).with_name("outbox.sql")
_FROM_1 = Path(__file__).with_name("outbox_from_1.sql")
_VERSION = 2


class LetterState(StrEnum):
    """The delivery state of a letter."""

    RENDERED = "rendered"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


OUTCOMES = (
    LetterState.SENT,
    LetterState.SUPPRESSED,
    LetterState.FAILED,
    LetterState.BOUNCED,
    LetterState.UNKNOWN,
    LetterState.DEFERRED,
)
"""The states that are an outcome; a deferred letter is due again at its time."""

TO_SEND = (LetterState.RENDERED, LetterState.UNKNOWN, LetterState.DEFERRED)
"""The states in which a letter can be sent."""


NOT_DELIVERED = (LetterState.FAILED, LetterState.BOUNCED)
"""The states of a letter that did not reach its reader: what it notified of is new again."""


@dataclass(frozen=True, slots=True)
class LetterStatus:
    """One letter as `pib status` shows it. `detail` is the last message of a transport about it."""

    member: str
    edition: str
    state: LetterState
    attempts: int
    detail: str | None
    message_id: str


@dataclass(frozen=True, slots=True)
class OutboxTotals:
    """How many letters were due, by outcome; `deferred` letters wait for their time and are not due. A bounced letter
    counts as failed."""

    due: int
    sent: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    deferred: int = 0


class Outbox:
    """The store of letters. Open it with `Outbox.open` and use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Outbox:
        """The outbox in a file, created when there never was one. Raises OutboxBusy, OutboxFull, or OutboxError for a
        file that is no outbox, has a later version, or is gone."""
        check_present(path)
        with sqlite_errors_as_outbox_errors(path), ExitStack() as closing_on_error:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, isolation_level=None, timeout=30)
            closing_on_error.callback(connection.close)
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            _check_pages(connection)
            _create_tables(connection, path)
            connection.execute("pragma foreign_keys = on")
            mark_made(path)
            closing_on_error.pop_all()
        return cls(connection, path)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def save_letter(self, letter: Letter, *, at: datetime) -> bool:
        """Saves a rendered letter with its notified lots in one transaction. Returns False, and writes nothing, when
        the member has this edition already. `at` is zone-aware."""
        with self.transaction() as connection:
            kept = connection.execute(
                "insert into letter (member, edition, sender, address, message_id, subject, mime, sha256, items, state,"
                " detail, kept_at, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                (
                    *(letter.member, letter.edition, letter.sender, letter.address, letter.message_id, letter.subject),
                    *(letter.mime, letter.sha256, letter.items),
                    *(
                        LetterState.SUPPRESSED if letter.held else LetterState.RENDERED,
                        letter.held,
                        at.isoformat(),
                        at.isoformat(),
                    ),
                ),
            ).rowcount
            if kept:
                connection.executemany(
                    "insert into told (member, edition, lot_uid, section, facts, deadline, closing)"
                    " values (?, ?, ?, ?, ?, ?, ?)",
                    [(letter.member, letter.edition, *_row_of(notified)) for notified in letter.notified],
                )
        return bool(kept)

    def load_notified(self, member: str) -> tuple[NotifiedLot, ...]:
        """The lots that earlier editions notified the member of, oldest first; those of letters that did not reach it
        are left out, so that they are new again."""
        rows = self.fetch(
            f"select lot_uid, section, facts, deadline, closing from told {_DELIVERED} order by told.rowid",  # noqa: S608
            (member, *_DELIVERED_VALUES),
        )
        with sqlite_errors_as_outbox_errors(self.path):
            return tuple(
                NotifiedLot(
                    uid, Section(section), facts, datetime.fromisoformat(deadline) if deadline else None, bool(closing)
                )
                for uid, section, facts, deadline, closing in rows
            )

    def load_notification_times(self, member: str) -> dict[str, datetime]:
        """The moment each lot was last notified to the member, by lot uid."""
        rows = self.fetch(
            f"select lot_uid, max(kept_at) from told {_DELIVERED} group by lot_uid",  # noqa: S608
            (member, *_DELIVERED_VALUES),
        )
        return {uid: datetime.fromisoformat(kept) for uid, kept in rows}

    def load_last_edition(self, member: str) -> str | None:
        """The last edition saved for the member, heartbeats excluded; None for none."""
        query = "select edition from letter where member = ? and items > 0 order by rowid desc limit 1"
        return next((edition for (edition,) in self.fetch(query, (member,))), None)

    def load_last_saved_at(self, member: str) -> datetime | None:
        """The moment a letter or heartbeat was last saved for the member; None for none."""
        ((last,),) = self.fetch("select max(kept_at) from letter where member = ?", (member,))
        return datetime.fromisoformat(last) if last else None

    def count_saved_since(self, since: datetime, member: str | None = None) -> int:
        """The number of letters saved after a zone-aware moment, those of one member or of all."""
        query = "select kept_at from letter where ? is null or member = ?"
        rows = self.connection.execute(query, (member, member)).fetchall()
        return sum(datetime.fromisoformat(kept) > since for (kept,) in rows)

    def load_letter_statuses(self) -> tuple[LetterStatus, ...]:
        """The status of every letter, oldest first."""
        rows = self.fetch("select member, edition, state, attempts, detail, message_id from letter order by rowid")
        with sqlite_errors_as_outbox_errors(self.path):
            return tuple(
                LetterStatus(m, e, LetterState(s), attempts, detail, mid) for m, e, s, attempts, detail, mid in rows
            )

    def load_letters_to_send(self) -> tuple[tuple[str, str, LetterState], ...]:
        """Member, edition and state of the letters that can be sent, oldest first."""
        query = "select member, edition, state from letter where state in (?, ?, ?) order by rowid"
        rows = self.fetch(query, TO_SEND)
        return tuple((member, edition, LetterState(state)) for member, edition, state in rows)

    def load_letter(self, member: str, edition: str) -> Letter:
        """A letter with its bytes, without its notified lots. Raises LetterDamaged when the bytes do not have the saved
        SHA-256, OutboxError when there is no such letter."""
        rows = self.fetch(
            "select member, edition, sender, address, message_id, subject, mime, sha256, items from letter"
            " where member = ? and edition = ?",
            (member, edition),
        )
        if not rows:
            raise OutboxError(f"{self.path} holds no letter {edition} for {member}; see `pib status`")
        letter = Letter(*rows[0])
        if hashlib.sha256(letter.mime).hexdigest() != letter.sha256:
            raise LetterDamaged(
                f"{self.path}: the bytes of letter {edition} for {member} are not those that were kept; it is not "
                "sent, look what touched the file"
            )
        return letter

    def mark(self, member: str, edition: str, state: LetterState, *, at: datetime, detail: str | None = None) -> None:
        """Sets the state of a letter, whichever worker holds it.

        Args:
            member: id of the member.
            edition: of the letter.
            state: the new state.
            at: zone-aware moment of the change.
            detail: message about it, None for none.
        """
        with self.transaction() as connection:
            connection.execute(
                "update letter set state = ?, detail = ?, changed_at = ?, worker = null, not_before = null"
                " where member = ? and edition = ?",
                (state, detail, at.isoformat(), member, edition),
            )

    def suppress(self, member: str, reason: str, *, at: datetime) -> int:
        """Suppresses every letter of a member that has not been sent; returns their number."""
        with self.transaction() as connection:
            return connection.execute(
                "update letter set state = ?, detail = ?, changed_at = ? where member = ? and state in (?, ?, ?)",
                (LetterState.SUPPRESSED, reason, at.isoformat(), member, *TO_SEND),
            ).rowcount

    def erase(self, member: str) -> None:
        """Deletes every letter of a member, what it was notified of, and what its servers answered."""
        with self.transaction() as connection:
            connection.execute(
                "delete from blocked where address in (select address from letter where member = ?)", (member,)
            )
            for table in ("told", "bounce", "letter"):
                connection.execute(f"delete from {table} where member = ?", (member,))  # noqa: S608  our own tables

    def reconcile(self, *, at: datetime | None = None, others: int = 0) -> OutboxTotals:
        """The totals of the outbox, where due = sent + suppressed + failed + unknown.

        Deferred letters become due at their time: `at` is now (zone-aware), None counts none of them as due. `others`
        is the number of letters that other workers are sending. Raises OutboxUnbalanced when a due letter has no
        outcome.
        """
        counts: dict[str, int] = dict(self.fetch("select state, count(*) from letter group by state"))
        waiting = int(counts.pop(LetterState.DEFERRED, 0))
        if at is not None:
            late = "select count(*) from letter where state = ? and coalesce(not_before, '') <= ?"
            ((counts["deferred, and its time has come"],),) = self.fetch(late, (LetterState.DEFERRED, write_utc(at)))
            waiting -= counts["deferred, and its time has come"]
        counts[LetterState.SENDING] = counts.get(LetterState.SENDING, 0) - others
        due = sum(counts.values())
        failed = counts.get(LetterState.FAILED, 0) + counts.get(LetterState.BOUNCED, 0)
        answered = [
            counts.get(LetterState.SENT, 0),
            counts.get(LetterState.SUPPRESSED, 0),
            failed,
            counts.get(LetterState.UNKNOWN, 0),
        ]
        if due != sum(answered):
            left = {str(state): n for state, n in counts.items() if state not in OUTCOMES and n}
            raise OutboxUnbalanced(f"{self.path}: {due} letters due, {sum(answered)} with an outcome, left over {left}")
        return OutboxTotals(due, answered[0], answered[1], answered[2], answered[3], waiting)

    def fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises OutboxBusy, OutboxError."""
        with sqlite_errors_as_outbox_errors(self.path):
            return self.connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A write transaction, rolled back when the block raises. Raises OutboxBusy, OutboxFull."""
        with sqlite_errors_as_outbox_errors(self.path), write_transaction(self.connection):
            yield self.connection


_DELIVERED = (
    "join letter using (member, edition) where member = ? and state not in (?, ?)"
    " and not (state = ? and coalesce(detail, '') <> ?)"
)
"""Of a member's notified lots those of letters that were, or still may be, delivered. Constants only."""

_DELIVERED_VALUES = (*NOT_DELIVERED, LetterState.SUPPRESSED, READ_AT_PORTAL)


REMEDY = "run `pib rebuild`, or bring it back from a backup with `pib restore`"
"""What to do about an outbox that is damaged or gone."""


def check_present(path: Path) -> None:
    """Raises OutboxError for an outbox that was made and is missing or empty now: a new one would write to everybody
    again."""
    if is_gone(path):
        raise OutboxError(f"{path} is missing or empty, and it held what was sent to whom; {REMEDY}")


def write_utc(at: datetime) -> str:
    """A zone-aware moment as UTC text in ISO 8601, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _check_pages(connection: sqlite3.Connection) -> None:
    """Reads every page once: a damaged one would be noticed only when a letter on it is. Raises sqlite3.Error."""
    (found,) = connection.execute("pragma quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(str(found).replace("\n", " "))


def _create_tables(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > _VERSION:
        raise OutboxTooNew(
            f"{path} was written by version {version} of the outbox, this is version {_VERSION}; install the newer PIB"
        )
    tables = _TABLES.read_text(encoding="utf-8")
    if version == 1:
        tables = _FROM_1.read_text(encoding="utf-8").replace("-- outbox.sql\n", tables)
    if version < _VERSION:
        connection.executescript(f"begin immediate;\n{tables}\ncommit;")


@contextmanager
def sqlite_errors_as_outbox_errors(path: Path) -> Generator[None]:
    """SQLite's errors as this room's, with what to do. Raises OutboxBusy, OutboxFull, OutboxError."""
    try:
        yield
    except (sqlite3.Error, OSError, ValueError) as error:  # ValueError: a value that no version wrote
        reason = str(error)
        if "locked" in reason or "busy" in reason:
            raise OutboxBusy(f"another process holds {path} ({reason}); wait until it has ended") from error
        if "disk is full" in reason or "No space" in reason:
            raise OutboxFull(f"no room to write {path} ({reason}); free some disk and run the night again") from error
        raise OutboxError(f"{path} cannot be used as the outbox ({reason}); {REMEDY}") from error


def _row_of(notified: NotifiedLot) -> tuple[str, str, str, str | None, bool]:
    deadline = notified.deadline.isoformat() if notified.deadline else None
    return notified.lot_uid, notified.section, notified.fingerprint, deadline, notified.closing
