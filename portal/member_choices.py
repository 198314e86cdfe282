"""Members' choices at the portal: preferences, stopped letters, opinions of lots. One SQLite file.

The portal writes it, whenever a member presses a button; the night reads it: preferences here take precedence over
those of the operator's file, a member that stopped its letters gets none, feedback is copied into the warehouse. The
portal cannot write to the warehouse. A form is spent in the transaction of its change, so that it changes something
once. No wording, no clock: moments are parameters. Interest is not stored here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from portal.errors import ChoicesBusy, ChoicesError, ChoicesTooNew, FormSpent
from warehouse.file_locks import exclusive
from warehouse.made_files import is_gone, mark_made
from warehouse.model.members import Channel, Frequency, Preferences, Weekday
from warehouse.sqlite_transactions import write_transaction

_TABLES = Path(__file__).with_name("choices.sql")
_VERSION = 1


class Opinion(StrEnum):
    """A member's opinion of a lot it was notified of. It changes the ranking for that member alone, and is never
    interest."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"
    LATER = "later"


class Objection(StrEnum):
    """Why a lot is not relevant."""

    WRONG_FAMILY = "wrong_family"
    TOO_BIG = "too_big"
    TOO_FAR = "too_far"
    WRONG_LANGUAGE = "wrong_language"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class LotFeedback:
    """A member's opinion of a lot, with its objection where the opinion is NOT_RELEVANT and one was given."""

    member: str
    lot_uid: str
    opinion: Opinion
    objection: Objection | None
    at: datetime


@dataclass(frozen=True, slots=True)
class IssuedForm:
    """A form as it was issued: its one-time name, and until when it can be sent."""

    name: str
    until: datetime


class Choices:
    """The store of choices in a file, made at the first write. One object serves many threads: each call has a
    connection of its own. Every method may raise ChoicesBusy or ChoicesError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load_preferences(self) -> dict[str, Preferences]:
        """The preferences members chose, by member; a member without a choice is left out."""
        rows = self._fetch("select * from preference")
        with _sqlite_errors_as_choices_errors(self.path):
            return {row[0]: _preferences_from(row) for row in rows}

    def load_member_preferences(self, member: str) -> Preferences | None:
        """The preferences one member chose."""
        rows = self._fetch("select * from preference where member = ?", member)
        with _sqlite_errors_as_choices_errors(self.path):
            return _preferences_from(rows[0]) if rows else None

    def load_stopped(self) -> dict[str, datetime]:
        """The members that stopped their letters, and when."""
        rows = self._fetch("select member, at from stopped")
        with _sqlite_errors_as_choices_errors(self.path):
            return {member: datetime.fromisoformat(at) for member, at in rows}

    def has_stopped(self, member: str) -> bool:
        """Whether the member stopped its letters."""
        return bool(self._fetch("select 1 from stopped where member = ?", member))

    def load_feedback(self) -> tuple[LotFeedback, ...]:
        """Every member's last opinion of each lot, oldest first."""
        query = "select member, lot_uid, opinion, objection, at from feedback order by at, member, lot_uid"
        rows = self._fetch(query)
        with _sqlite_errors_as_choices_errors(self.path):
            return tuple(_feedback_from(row) for row in rows)

    def load_opinion(self, member: str, lot_uid: str) -> LotFeedback | None:
        """The member's last opinion of a lot."""
        query = "select member, lot_uid, opinion, objection, at from feedback where member = ? and lot_uid = ?"
        rows = self._fetch(query, member, lot_uid)
        with _sqlite_errors_as_choices_errors(self.path):
            return _feedback_from(rows[0]) if rows else None

    def check(self) -> None:
        """Reads every page of the file. Raises ChoicesError for one that is damaged, gone, or of a later version; a
        file that was never made is well."""
        for (found,) in self._fetch("pragma quick_check(1)"):
            if found != "ok":
                raise ChoicesError(f"{self.path} is damaged ({found}); {REMEDY}".replace("\n", " "))

    def replace_file(self, new: Path) -> None:
        """Puts `new` in the place of the file, while nobody writes it."""
        with self._locked():
            new.replace(self.path)
            mark_made(self.path)

    def save_preferences(self, member: str, preferences: Preferences, form: IssuedForm, *, at: datetime) -> None:
        """Replaces the `preferences` of a `member` (its id). Raises FormSpent.

        `form` is the issued form, spent by this change; `at` is the zone-aware moment.
        """
        row = (
            *(
                member,
                preferences.frequency,
                preferences.threshold,
                preferences.maximum,
                json.dumps(preferences.grappes),
            ),
            *(preferences.channel, json.dumps(preferences.quiet_days), preferences.heartbeat, at.isoformat()),
        )
        with self._transaction() as connection:
            _spend(connection, form, at)
            connection.execute("insert or replace into preference values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def stop(self, member: str, *, at: datetime) -> None:
        """Stops the letters to the member. Repeating it changes nothing (RFC 8058)."""
        with self._transaction() as connection:
            connection.execute("insert or ignore into stopped values (?, ?)", (member, at.isoformat()))

    def resume(self, member: str, form: IssuedForm, *, at: datetime) -> None:
        """Resumes the letters. Raises FormSpent."""
        with self._transaction() as connection:
            _spend(connection, form, at)
            connection.execute("delete from stopped where member = ?", (member,))

    def erase(self, member: str) -> None:
        """Deletes what the member chose and answered, but not that it stopped its letters."""
        if self.path.exists():
            with self._transaction() as connection:
                for table in ("preference", "feedback"):
                    connection.execute(f"delete from {table} where member = ?", (member,))  # noqa: S608  our own tables

    def save_feedback(self, feedback: LotFeedback, form: IssuedForm) -> None:
        """Replaces the member's opinion of the lot. Raises FormSpent."""
        row = (feedback.member, feedback.lot_uid, feedback.opinion, feedback.objection, feedback.at.isoformat())
        with self._transaction() as connection:
            _spend(connection, form, feedback.at)
            connection.execute("insert or replace into feedback values (?, ?, ?, ?, ?)", row)

    def _fetch(self, query: str, *values: object) -> list[tuple[str, ...]]:
        """Reads without making or touching a file."""
        self._check_present()
        if not self.path.exists():
            return []
        with (
            _sqlite_errors_as_choices_errors(self.path),
            closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as connection,
        ):
            version = _checked_version(connection, self.path)
            return connection.execute(query, values).fetchall() if version else []  # 0: its first write has just begun

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._locked(), _sqlite_errors_as_choices_errors(self.path):
            self._check_present()
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=10)) as connection:
                create_tables(connection, self.path)
                mark_made(self.path)
                with write_transaction(connection):
                    yield connection

    def _locked(self) -> AbstractContextManager[None]:
        """Held by whoever writes, so that nothing is written into a file that is being replaced."""
        return exclusive(self.path.with_name(f"{self.path.name}.lock"), lambda: None)

    def _check_present(self) -> None:
        if is_gone(self.path):
            raise ChoicesError(f"{self.path} is missing or empty, and it held who stopped its letters; {REMEDY}")


REMEDY = "run `pib rebuild`, or bring it back from a backup with `pib restore`"
"""What to do about a store of choices that is damaged or gone."""


def create_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Makes the tables of this version in a file that has none. Raises ChoicesError for one of a later version."""
    connection.execute("pragma synchronous = full")
    if _checked_version(connection, path) < _VERSION:
        connection.executescript(_TABLES.read_text(encoding="utf-8"))


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables, 0 where there are none yet. Raises ChoicesError for a later one than this."""
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > _VERSION:
        raise ChoicesTooNew(
            f"{path} was written by version {version} of the choices, this is version {_VERSION}; install the newer PIB"
        )
    return int(version)


def _spend(connection: sqlite3.Connection, form: IssuedForm, at: datetime) -> None:
    """Each form changes something once. Forms that can no longer be sent are deleted."""
    connection.execute("delete from spent where until < ?", (at.timestamp(),))
    row = (form.name, form.until.timestamp())
    if not connection.execute("insert or ignore into spent values (?, ?)", row).rowcount:
        raise FormSpent("this form was sent already, and did what it says once: open the page again for another")


def _preferences_from(row: tuple[str, ...]) -> Preferences:
    _, frequency, threshold, maximum, grappes, channel, quiet_days, heartbeat, _ = row
    return Preferences(
        frequency=Frequency(frequency),
        threshold=float(threshold),
        maximum=int(maximum),
        grappes=tuple(json.loads(grappes)),
        channel=Channel(channel),
        quiet_days=tuple(Weekday(day) for day in json.loads(quiet_days)),
        heartbeat=bool(heartbeat),
    )


def _feedback_from(row: tuple[str, ...]) -> LotFeedback:
    member, lot_uid, opinion, objection, at = row
    why = Objection(objection) if objection else None
    return LotFeedback(member, lot_uid, Opinion(opinion), why, datetime.fromisoformat(at))


@contextmanager
def _sqlite_errors_as_choices_errors(path: Path) -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, ValueError, TypeError) as error:  # ValueError: a value that no version wrote
        if "locked" in str(error) or "busy" in str(error):
            raise ChoicesBusy(f"another process holds {path} ({error}); try again in a moment") from error
        if "disk is full" in str(error) or "No space" in str(error):
            raise ChoicesError(f"no room to write {path} ({error}); free some disk") from error
        raise ChoicesError(f"{path} cannot hold what members choose ({error}); {REMEDY}") from error
