"""The outbox as plain lines, written each night, and a damaged outbox made anew from what is readable and from them.

A line holds all that is known of a letter but its bytes: who was written to, when, with what outcome, and which lots
it notified of. A letter whose bytes are lost cannot leave any more; whether it had left is then not asked twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digests.delivery.outbox import LetterState, Outbox
from digests.errors import OutboxError, OutboxTooNew
from warehouse.made_files import mark_of
from warehouse.sqlite_salvage import ReadableRows, read_rows, sqlite_damage_of

Record = Mapping[str, Any]

_LETTER = (
    *("member", "edition", "sender", "address", "message_id", "subject", "sha256", "items", "state", "attempts"),
    *("detail", "kept_at", "changed_at"),
)
_NOTIFIED = ("member", "edition", "lot_uid", "section", "facts", "deadline", "closing")
_BLOCKED = ("address", "reason", "at")
_LOT = _NOTIFIED[2:]
_IS_OVER = (LetterState.SENT, LetterState.BOUNCED, LetterState.FAILED, LetterState.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class OutboxRecovery:
    """What an outbox was made anew from: letters readable in the file, letters that the records alone know, and of
    these the members (with the edition) of whose letter it is not known whether it left."""

    readable: int
    from_records: int
    uncertain: tuple[str, ...]


def letter_records(outbox: Outbox) -> Iterator[dict[str, Any]]:
    """Each letter as a plain value, oldest first, with the lots it notified of, and each blocked address."""
    notified: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in outbox.fetch(f"select {', '.join(_NOTIFIED)} from told order by rowid"):  # noqa: S608 - constants
        notified.setdefault((row[0], row[1]), []).append(dict(zip(_LOT, row[2:], strict=True)))
    for position, row in enumerate(outbox.fetch(f"select {', '.join(_LETTER)} from letter order by rowid")):  # noqa: S608
        letter = dict(zip(_LETTER, row, strict=True))
        yield {"position": position, **letter, "notified": notified.get((letter["member"], letter["edition"]), [])}
    for row in outbox.fetch(f"select {', '.join(_BLOCKED)} from blocked order by address"):  # noqa: S608
        yield {"blocked": dict(zip(_BLOCKED, row, strict=True))}


def outbox_damage_of(path: Path) -> str | None:
    """Why the outbox cannot be read whole, None for one that can be, or never was. Raises OutboxTooNew, which is no
    damage."""
    if damage := sqlite_damage_of(path):
        return damage
    if path.exists():
        try:
            Outbox.open(path).connection.close()
        except OutboxTooNew:
            raise
        except OutboxError as error:
            return str(error)
    return None


def recover_outbox(damaged: Path, new: Path, records: Iterable[Record] | None, *, at: datetime) -> OutboxRecovery:
    """Makes a damaged outbox anew.

    Args:
        damaged: the file as it is; it need not be there.
        new: where the new outbox is written.
        records: what `letter_records` gave last, None where that was never written.
        at: zone-aware moment, for the letters whose outcome is set here.

    Raises OutboxError when something cannot be read and there are no records: everybody would be written to again.
    """
    letters = read_rows(damaged, "letter", ("mime", *_LETTER))
    notified = read_rows(damaged, "told", _NOTIFIED)
    blocked = read_rows(damaged, "blocked", _BLOCKED)
    if records is None and not (letters.is_whole and notified.is_whole and blocked.is_whole):
        raise OutboxError(
            f"{damaged} cannot be made anew: no member-records say what was sent to whom, and members would be written "
            "to twice; bring it back from a backup with `pib restore`, or its file alone"
        )
    lines = sorted((line for line in records or () if "member" in line), key=lambda line: line["position"])
    barred = [line["blocked"] for line in records or () if "blocked" in line]
    with Outbox.open(new) as outbox:
        recovery = _fill(outbox, letters, notified, lines, at)
        with outbox.transaction() as connection:
            rows = {*blocked.rows, *(tuple(entry[name] for name in _BLOCKED) for entry in barred)}
            connection.executemany("insert or ignore into blocked values (?, ?, ?)", sorted(rows))
        outbox.connection.execute("pragma journal_mode = delete")
    mark_of(new).unlink(missing_ok=True)
    return recovery


def _fill(
    outbox: Outbox, letters: ReadableRows, notified_rows: ReadableRows, lines: list[Record], at: datetime
) -> OutboxRecovery:
    found = {(row[1], row[2]): row for row in letters.rows if _is_sound(row)}
    lost = [line for line in lines if (line["member"], line["edition"]) not in found]
    uncertain = [line for line in lost if line["state"] not in _IS_OVER]
    notified: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in notified_rows.rows:
        notified[row[0], row[1]].append(row)
    for line in lines:
        named = (line["member"], line["edition"])
        notified[named] += [(*named, *(entry[name] for name in _LOT)) for entry in line["notified"]]
    rows = [*found.values(), *(_row_of(line, at) for line in lost)]
    with outbox.transaction() as connection:
        for row in sorted(rows, key=lambda row: datetime.fromisoformat(row[_KEPT_AT])):
            connection.execute(_INSERT, row)
            connection.executemany("insert or ignore into told values (?, ?, ?, ?, ?, ?, ?)", notified[row[1], row[2]])
    return OutboxRecovery(len(found), len(lost), tuple(f"{line['member']} ({line['edition']})" for line in uncertain))


def _row_of(line: Record, at: datetime) -> tuple[Any, ...]:
    """A letter without its bytes. One whose outcome was not known counts as sent."""
    if line["state"] not in _IS_OVER:
        line = {**line, **_ASSUMED, "changed_at": at.isoformat()}
    return (b"", *(line[name] for name in _LETTER))


_KEPT_AT = 1 + _LETTER.index("kept_at")
_INSERT = f"insert or ignore into letter (mime, {', '.join(_LETTER)}) values ({', '.join('?' * 14)})"  # noqa: S608
_ASSUMED: Record = {
    "state": LetterState.SENT,
    "detail": "its bytes were lost before it was known whether it left; it is not sent again",
}


def _is_sound(row: tuple[Any, ...]) -> bool:
    """Whether a row of a damaged file reads as a letter: SQLite does not check what a cell says."""
    letter = dict(zip(("mime", *_LETTER), row, strict=True))
    texts = all(isinstance(letter[name], str) for name in ("member", "edition", "address", "message_id", "kept_at"))
    return texts and isinstance(letter["mime"], bytes) and letter["state"] in set(LetterState)
