"""The day of the machine's clock that a person or the nights before vouch for: a clock far ahead destroys no key.

A night is trusted when it comes at most LONGEST_JUMP after the newest trusted one. Any other night is held: no key is
destroyed and the gate decides nothing, because both are final; new lots still get keys, and declaring, withdrawing and
reading go on. It ends when a person confirms the day, or when the clock is put right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from interest.atomic_files import pretty, write_undated
from interest.crypto.release_ledger import read_ledger
from interest.errors import DayUnconfirmed
from interest.folders import Room

LONGEST_JUMP = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class TrustedDay:
    """The newest trusted day, None before the first night, and the night that is held, None where none is."""

    trusted: date | None = None
    held: date | None = None

    def is_jump(self, today: date) -> bool:
        """Whether a day comes more than LONGEST_JUMP after the newest trusted one."""
        return self.trusted is not None and today - self.trusted > LONGEST_JUMP


def read_trusted_day(room: Room) -> TrustedDay:
    """What is trusted in a room. Where no version before wrote it down: the newest night released, else the newest day
    on which a lot was opened."""
    path = room.public / "trusted_day.json"
    if path.is_file():
        raw = json.loads(path.read_bytes())
        return TrustedDay(*(date.fromisoformat(day) if day else None for day in (raw["trusted"], raw["held"])))
    return TrustedDay(max(_days_of_earlier_nights(room), default=None))


def _days_of_earlier_nights(room: Room) -> Iterator[date]:
    ledger, windows = room.exports / "release_ledger.jsonl", room.public / "windows.json"
    if ledger.is_file():
        yield from (date.fromisoformat(line.look) for line in read_ledger(ledger.read_bytes()))
    elif windows.is_file():
        yield from (date.fromisoformat(opened) for _, opened, _ in json.loads(windows.read_bytes()))


def trust_day(room: Room, today: date) -> bool:
    """Whether a day is trusted: then it is the newest one, unless a later one was. A day that is not is kept as the
    night that is held."""
    known = read_trusted_day(room)
    if known.is_jump(today):
        _write(room, TrustedDay(known.trusted, today))
        return False
    if known.trusted is None or known.trusted <= today:
        _write(room, TrustedDay(today))
    return True


def confirm_day(room: Room, stated: date, today: date) -> None:
    """A person vouches for the day that the clock shows. Raises DayUnconfirmed when that is not the day stated."""
    if stated != today:
        raise DayUnconfirmed(f"this machine's clock says {today}, not {stated}; nothing was confirmed: put it right")
    _write(room, TrustedDay(today))


def describe_held_night(room: Room) -> str | None:
    """What a person must do about the night that is held, None where none is."""
    known = read_trusted_day(room)
    if known.held is None or known.trusted is None:
        return None
    return (
        f"interest waits: the night of {known.held} came {(known.held - known.trusted).days} days after the last one "
        f"({known.trusted}). If the clock is right: pib interest confirm-day, with today's date; if not, put it right. "
        "Until then no key is destroyed and the gate releases nothing; members still declare and withdraw"
    )


def _write(room: Room, day: TrustedDay) -> None:
    plain = {"trusted": day.trusted and day.trusted.isoformat(), "held": day.held and day.held.isoformat()}
    write_undated(room.public / "trusted_day.json", pretty(plain))
