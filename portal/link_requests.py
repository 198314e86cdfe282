"""Requests for a link by mail: an address that somebody typed, kept until the mail is in the outbox of links.

Whoever asks, for whichever address, gets the same answer by the same steps: one row is written, and nothing is looked
up. Who is registered under the address is found out later, by another thread (pipelines.nightly.link_mail). An address
is kept no longer than that. Moments are parameters.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portal.errors import ChoicesError, TooManyRequests
from warehouse.sqlite_transactions import write_transaction

MOST_REQUESTS = 300
"""Requests kept in an hour, over all addresses; further ones are refused, whoever sends them."""
LONGEST_ADDRESS = 254
"""Signs of a mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets)."""

_TABLE = """
    create table if not exists request (
        id text primary key,
        address text,         -- as typed; null once it was answered
        at text not null      -- UTC, ISO 8601
    )
"""


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A request that is not answered yet: its random name and the address as it was typed."""

    id: str
    address: str


class LinkRequests:
    """The requests in a SQLite file, made at the first one. One object serves many threads. `on_saved` is called after
    each request. Every method may raise ChoicesError."""

    def __init__(self, path: Path, on_saved: Callable[[], None] = lambda: None) -> None:
        self.path, self._on_saved = path, on_saved

    def save(self, address: str, *, at: datetime) -> None:
        """Keeps a request; `at` is zone-aware. Raises TooManyRequests."""
        with self._transaction() as connection:
            connection.execute("delete from request where at < ?", (_written(at - timedelta(days=1)),))
            recent = "select count(*) from request where at > ?"
            (count,) = connection.execute(recent, (_written(at - timedelta(hours=1)),)).fetchone()
            if count >= MOST_REQUESTS:
                raise TooManyRequests
            row = (secrets.token_hex(8), address, _written(at))
            connection.execute("insert into request values (?, ?, ?)", row)
        self._on_saved()

    def load(self) -> tuple[LinkRequest, ...]:
        """The requests that are not answered yet, oldest first."""
        if not self.path.exists():
            return ()
        with self._transaction() as connection:
            query = "select id, address from request where address is not null order by at, rowid"
            return tuple(LinkRequest(*row) for row in connection.execute(query))

    def close(self, request: LinkRequest) -> None:
        """Forgets the address of a request that was answered; that there was one counts for an hour."""
        with self._transaction() as connection:
            connection.execute("update request set address = null where id = ?", (request.id,))

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=10)) as connection:
                connection.execute("pragma secure_delete = on")
                connection.execute(_TABLE)
                with write_transaction(connection):
                    yield connection
        except (sqlite3.Error, OSError) as error:
            raise ChoicesError(
                f"{self.path} cannot hold requests for links ({error}); free some disk, or delete it"
            ) from error


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
