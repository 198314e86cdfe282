"""What one notice does to one lot of a call, and in which order notices take effect.

The vocabulary of states.py: naming, order and effects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

from warehouse.model.notices import Change, Form, Lot, Notice

_KEY = re.compile(r"^(LOT-|PAR-)?0*([0-9]+)$")
_VERSIONED = re.compile(r"(.+?)(?:-0*([0-9]{1,3}))?")
_ELSEWHERE = re.compile(r"(RES|TEN|TPA|CON|ORG|TPO|UBO)-")


class Effect(StrEnum):
    """What one notice does to one lot."""

    CALL = "call"
    RESTATE = "restate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    NONE = "none"


def lot_key(lot: str) -> str:
    """A lot's identifier without prefix and zeros: "LOT-0001", "1" and "01" are one lot."""
    return _KEY.sub(r"\2", lot)


def is_call(notice: Notice) -> bool:
    """Whether it calls for competition: by its form, or as a planning notice used as a call (pin-cfc-*)."""
    planned = notice.form is Form.PLANNING and (notice.notice_type or "").startswith("pin-cfc-")
    return notice.form is Form.COMPETITION or planned


def in_turn(notices: Iterable[Notice]) -> list[Notice]:
    """The notices, each once, in the order in which they take effect."""
    once = {notice.uid: notice for notice in notices}
    keys: dict[str, tuple[object, ...]] = {}
    lines: dict[str, tuple[date, bool, float]] = {}
    for notice in sorted(once.values(), key=lambda n: (n.id, n.version)):
        day, changes, sent = lines.get(notice.id, (date.min, False, 0.0))
        issued = notice.issued_at.timestamp() if notice.issued_at else 0.0
        line = (max(day, notice.publication.day or date.min), changes or bool(notice.changes), max(sent, issued))
        lines[notice.id] = line
        keys[notice.uid] = (*line, notice.id, notice.version)
    return sorted(once.values(), key=lambda n: keys[n.uid])


def effect_of(notice: Notice, key: str, *, is_first: bool) -> Effect:
    """The effect of a notice on a lot it reaches. `is_first`: no earlier version of the notice is known."""
    describes = any(lot_key(lot.id) == key for lot in notice.lots)
    cancels = [change for change in notice.changes if change.cancels]
    if any(key in _keys(change) for change in cancels):
        return Effect.WITHDRAW
    if any(not change.lots and not _is_elsewhere(change) for change in cancels):
        return Effect.CANCEL
    if not describes:
        return Effect.NONE
    if any(key in _keys(change) for change in notice.changes):
        return Effect.REOPEN
    if not notice.changes and is_first:
        return Effect.CALL
    return Effect.NONE if any(change.lots for change in notice.changes) else Effect.RESTATE


def _keys(change: Change) -> set[str]:
    return {lot_key(lot) for lot in change.lots}


def _is_elsewhere(change: Change) -> bool:
    return bool(change.sections) and all(_ELSEWHERE.match(section) for section in change.sections)


def is_answerable(lot: Lot) -> bool:
    """Whether it is a lot one may win: parts of plans and groups of lots are none."""
    return not lot.id.startswith(("PAR-", "GLO-"))


def corrects_result(notice: Notice, known: Sequence[Notice]) -> bool:
    """Whether it is a national correction of a result; by its form alone it could be the correction of a call."""
    named = (n for change in notice.changes for n in named_by(notice, change, known))
    return not is_whole(notice) and any(n.form is Form.RESULT for n in named)


def named_by(later: Notice, change: Change, known: Sequence[Notice]) -> list[Notice]:
    """The notices a change names: by uid, by id, or by number of publication; never itself nor a later one."""
    written = change.notice.strip()
    return [n for n in known if n.uid != later.uid and _is_named(n, written) and not _is_after(n, later)]


def is_whole(notice: Notice) -> bool:
    """Whether it restates everything when it changes another: eForms in full."""
    return "eforms" in (notice.schema or "").lower() and not notice.is_summary


def _is_named(notice: Notice, written: str) -> bool:
    versioned = _VERSIONED.fullmatch(written.lower())
    if notice.uid.lower() == written.lower() or notice.publication.number.lstrip("0") == written.lstrip("0"):
        return True
    if not versioned or versioned[1] != notice.id.lower():
        return False
    return versioned[2] is None or int(versioned[2]) == notice.version


def _is_after(earlier: Notice, later: Notice) -> bool:
    days = earlier.publication.day, later.publication.day
    return days[0] is not None and days[1] is not None and days[1] < days[0]
