"""Read-only access to the outbox for the portal's pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digests.delivery.outbox import LetterState, check_present
from digests.errors import OutboxError


@dataclass(frozen=True, slots=True)
class ArchivedLetter:
    """One letter of the archive: its number of items, and when it was saved (zone-aware)."""

    edition: str
    subject: str
    items: int
    kept_at: datetime


class Archive:
    """Reads an outbox; a missing file counts as an empty one. Every method may raise OutboxError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load_letters(self, member: str) -> tuple[ArchivedLetter, ...]:
        """The member's letters, newest first."""
        query = "select edition, subject, items, kept_at from letter where member = ? order by rowid desc"
        rows = self._fetch(query, member)
        return tuple(
            ArchivedLetter(edition, subject, items, datetime.fromisoformat(kept))
            for edition, subject, items, kept in rows
        )

    def load_mime(self, member: str, edition: str) -> bytes | None:
        """The bytes of a letter; None when there is none."""
        rows = self._fetch("select mime from letter where member = ? and edition = ?", member, edition)
        return (rows[0][0] or None) if rows else None  # no bytes: an outbox that was made anew from member-records

    def count_states(self) -> Mapping[str, int]:
        """The number of letters by state."""
        return dict(self._fetch("select state, count(*) from letter group by state order by state"))

    def load_undelivered(self) -> tuple[tuple[str, str, str, str | None], ...]:
        """Member, edition, state and last detail of the letters that are deferred, failed, bounced or uncertain."""
        states = (LetterState.DEFERRED, LetterState.FAILED, LetterState.BOUNCED, LetterState.UNKNOWN)
        query = "select member, edition, state, detail from letter where state in (?, ?, ?, ?) order by rowid"
        return tuple(self._fetch(query, *states))

    def load_blocked(self) -> tuple[tuple[str, str], ...]:
        """The blocked addresses with the reasons; none in an outbox of version 1."""
        known = self._fetch("select 1 from sqlite_master where name = 'blocked'")
        return tuple(self._fetch("select address, reason from blocked order by address")) if known else ()

    def _fetch(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        check_present(self.path)
        if not self.path.exists():
            return []
        try:
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=2)) as connection:
                return connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxError(f"{self.path} cannot be read ({error}); see `pib status`") from error
