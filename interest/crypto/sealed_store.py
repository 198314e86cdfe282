"""The sealed store: rows of one size that name neither member nor lot, and reveal neither order nor hour.

    slot    the key of a row: the nullifier of a declaration, or a place computed from its claim
    row     a digest of the claim, to withdraw or change by; random for what follows a declaration
    sealed  4096 bytes that the release gate alone opens

Every operation opens the file, holds a lock, and closes it: the gate may replace the file between two of them. SQLite
overwrites what is deleted (secure_delete), keeps no write-ahead log here, and the table has no rowid; each night the
gate rewrites the living rows, in the order of their slots, into a new file.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from interest.atomic_files import destroy, exclusive, make_private_folder, reset_mtime
from interest.crypto.messages import SEALED_SIZE
from interest.crypto.private_sqlite import check_pages, check_present, check_version, errors_as_damage, mark_made

_TABLE = """create table if not exists sealed
(slot blob primary key, row blob not null unique, sealed blob not null) without rowid, strict"""
_INSERT = "insert into sealed (slot, row, sealed) values (?, ?, ?)"


@dataclass(frozen=True, slots=True, repr=False)
class SealedRow:
    """One row; reveals nothing without the release gate's keys."""

    slot: bytes
    row: bytes
    sealed: bytes


class SealedStore:
    """The store of a folder, made where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_private_folder(folder)
        self._path = folder / "sealed.sqlite"

    def count_places(self, slots: Sequence[bytes]) -> int:
        """How many of some slots, in their order, are taken or stand before one that is."""
        with self._open() as connection:
            taken = [connection.execute("select 1 from sealed where slot = ?", (slot,)).fetchone() for slot in slots]
        return max((number for number, found in enumerate(taken, start=1) if found), default=0)

    def find_slot(self, row: bytes) -> bytes | None:
        """The slot of the declaration of that row, None where there is none."""
        with self._open() as connection:
            found = connection.execute("select slot from sealed where row = ?", (row,)).fetchone()
        return found[0] if found else None

    def spend(self, row: SealedRow) -> bool:
        """Saves a declaration in an empty slot. False when the slot is taken (a token shown twice)."""
        with self._open() as connection:
            taken = connection.execute("select 1 from sealed where slot = ?", (row.slot,)).fetchone()
            if not taken:
                connection.execute(_INSERT, _checked(row))
        return not taken

    def change(self, row: bytes, sealed: bytes, *, slot: bytes | None = None) -> bool:
        """Replaces the content of a declaration; False when there is none of that row (and slot, where given)."""
        with self._open() as connection:
            changed = connection.execute(
                "update sealed set sealed = ? where row = ? and slot = coalesce(?, slot)", (sealed, row, slot)
            ).rowcount
        return bool(changed)

    def follow(self, row: bytes, slot: bytes, sealed: bytes, *, replace: bool = False) -> bool:
        """Keeps what follows a declaration in one of its places. False when the declaration is not there, or the place
        is taken and may not be replaced.

        `row` is the declaration's, `slot` the place of the message; `sealed` are its bytes; `replace` whether it may
        take the place of another.
        """
        with self._open() as connection:
            known = connection.execute("select 1 from sealed where row = ?", (row,)).fetchone()
            taken = connection.execute("select 1 from sealed where slot = ?", (slot,)).fetchone()
            if not known or (taken and not replace):
                return False
            connection.execute("delete from sealed where slot = ?", (slot,))
            connection.execute(_INSERT, _checked(SealedRow(slot, secrets.token_bytes(32), sealed)))
        return True

    def withdraw(self, row: bytes, followed_by: Iterable[bytes] = ()) -> bool:
        """Deletes a declaration and what followed it; False when there is none."""
        with self._open() as connection:
            gone = connection.execute("delete from sealed where row = ?", (row,)).rowcount
            if gone:
                connection.executemany("delete from sealed where slot = ?", [(slot,) for slot in followed_by])
        return bool(gone)

    def erase(self, slot: bytes) -> None:
        """Deletes the row in a slot, if there is one."""
        with self._open() as connection:
            connection.execute("delete from sealed where slot = ?", (slot,))

    def mark_withdrawn(self, row: bytes, sealed: bytes, followed_by: Iterable[bytes] = ()) -> bool:
        """Replaces a declaration by the record of its withdrawal, so that its slot stays taken, and deletes what
        followed it; False when there is none."""
        with self._open() as connection:
            withdrawn_record = (secrets.token_bytes(32), sealed, row)
            gone = connection.execute("update sealed set row = ?, sealed = ? where row = ?", withdrawn_record).rowcount
            if gone:
                connection.executemany("delete from sealed where slot = ?", [(slot,) for slot in followed_by])
        return bool(gone)

    def has(self, row: bytes, *, slot: bytes | None = None) -> bool:
        """Whether there is a declaration of that row (in that slot, where given)."""
        with self._open() as connection:
            found = connection.execute("select 1 from sealed where row = ? and slot = coalesce(?, slot)", (row, slot))
            return found.fetchone() is not None

    def rows(self) -> tuple[SealedRow, ...]:
        """Everything, in the order of slots."""
        with self._open() as connection:
            return tuple(SealedRow(*found) for found in connection.execute("select slot, row, sealed from sealed"))

    def rewrite(self, is_kept: Callable[[SealedRow], bool]) -> None:
        """Copies what is kept into a new file, which takes the place of the old one; the old one is destroyed."""
        with self._locked():
            new, old = self._path.with_suffix(".new"), self._path.with_suffix(".old")
            new.unlink(missing_ok=True)
            with _connected(self._path) as before, _connected(new) as after:
                found = before.execute("select slot, row, sealed from sealed order by slot")
                after.executemany(_INSERT, (row for row in found if is_kept(SealedRow(*row))))
            reset_mtime(new)
            if self._path.exists():
                old.unlink(missing_ok=True)
                old.hardlink_to(self._path)
            new.replace(self._path)
            destroy(old)

    def check(self) -> None:
        """Reads every page of the file. Raises RoomDamaged."""
        with self._open() as connection:
            check_pages(connection, self._path)

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        with self._locked(), _connected(self._path) as connection:
            yield connection
        reset_mtime(self._path)
        mark_made(self._path)

    @contextmanager
    def _locked(self) -> Generator[None]:
        with exclusive(self._folder / "sealed.lock"), errors_as_damage(self._path):
            check_present(self._path)
            yield


@contextmanager
def _connected(path: Path) -> Generator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        path.chmod(0o600)
        connection.execute("pragma journal_mode = delete")
        connection.execute("pragma secure_delete = on")
        connection.execute("pragma temp_store = memory")
        connection.execute("begin immediate")
        connection.execute(_TABLE)
        check_version(connection, path)
        yield connection
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")
        connection.close()


def _checked(row: SealedRow) -> tuple[bytes, bytes, bytes]:
    if len(row.slot) != 32 or len(row.row) != 32 or len(row.sealed) != SEALED_SIZE:
        raise ValueError("a row of the sealed store has a slot and a row of 32 bytes, and 4096 sealed bytes")
    return row.slot, row.row, row.sealed
