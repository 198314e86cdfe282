"""The states of a lot and the transitions between them: the rules that view newest_lot applies to all lots.

A lot of a call is described, changed, withdrawn and decided by notices. Each known notice has one place in an order
(`in_turn`): versions of a notice follow one another by number, whatever their days; different notices by day, those
that change nothing first, then by dispatch. Each has one effect on each lot (`Effect`):

    call       a new call describes the lot
    restate    a version or change describes it and names no lots (BT-13716)
    reopen     a change describes it and names it
    withdraw   a cancellation (BT-140 "cancel") names it
    cancel     a cancellation names no lots: the whole call
    none       a change of other lots, or of results, tenders or organisations alone

A change acts on the notice it names (BT-758), and on the purchase where it names no known one. From these effects:

    withdrawn  until a later call, or a change that names the lot
    cancelled  until a later notice that describes the lot and is no change of other lots
    decided    by the newest version of a result with a winner or without one, unless that result was cancelled, was
               replaced by another that names it, or lies before the last call, restate or reopen

A dynamic purchasing system (BT-766) and a qualification system take in firms all the time: a result closes them only
where it terminates them (BT-119; absent is not terminated; Dir. 2014/24 art. 34). A framework agreement with reopened
competition (BT-765) is not closed by a result that comes before its own deadline: it is of another round. Then time
counts: past its deadline; without one, undated after 90 days. Lots in a state of `OPEN` accept tenders.

`lot_states` is the reference, in memory and for one purchase; a property test compares the view with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from warehouse.lots.effects import (
    Effect,
    corrects_result,
    effect_of,
    in_turn,
    is_answerable,
    is_call,
    is_whole,
    lot_key,
    named_by,
)
from warehouse.model.notices import Change, Form, Lot, Notice


class LotState(StrEnum):
    """State of a lot on a night; column state of view newest_lot."""

    OPEN = "open"
    OPEN_WITHOUT_DEADLINE = "open-without-deadline"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    AWARDED = "awarded"
    WITHOUT_WINNER = "without-winner"
    TERMINATED = "terminated"
    SUPERSEDED = "superseded"
    PAST = "past"
    UNDATED = "undated"
    TRIAL = "trial"


OPEN = frozenset({LotState.OPEN, LotState.OPEN_WITHOUT_DEADLINE, LotState.REOPENED})


SYSTEMS = frozenset({"dps-list", "dps-nlist"})
REOPENED_FRAMEWORKS = frozenset({"fa-w-rc", "fa-mix"})
UNDATED_AFTER = timedelta(days=90)

_ENDS = frozenset({"selec-w", "clos-nw"})
_BRUSSELS = ZoneInfo("Europe/Brussels")


def lot_states(notices: Iterable[Notice], as_of: datetime) -> dict[str, LotState]:
    """The state of every lot called for, by lot_key, at an instant (aware). `notices` are those of one purchase, in any
    order and however often; one published after the day of `as_of` in Brussels is not seen."""
    today = as_of.astimezone(_BRUSSELS).date()
    known = in_turn(n for n in notices if n.publication.day is None or n.publication.day <= today)
    calls = [notice for notice in known if is_call(notice) and not corrects_result(notice, known)]
    keys = dict.fromkeys(lot_key(lot.id) for notice in calls for lot in notice.lots if is_answerable(lot))
    return {key: _LotHistory(key, known, calls).state(as_of, today) for key in keys}


class _LotHistory:
    """The history of one lot of a purchase; turns are places in `known`."""

    def __init__(self, key: str, known: Sequence[Notice], calls: Sequence[Notice]) -> None:
        self._key, self._known, self._calls = key, known, calls
        self._turn = {notice.uid: turn for turn, notice in enumerate(known, 1)}
        self._described = [n for n in calls if self._lot(n)]
        self._effects = [(self._turn[n.uid], self._effect(n)) for n in known if self._reaches(n)]

    def state(self, as_of: datetime, today: date) -> LotState:
        """The state, the first that applies."""
        newest = max(self._described, key=lambda n: (not self._is_superseded(n), self._turn[n.uid]))
        lot = next(lot for lot in newest.lots if lot_key(lot.id) == self._key and is_answerable(lot))
        if newest.is_dummy:
            return LotState.TRIAL
        if self._last(Effect.WITHDRAW) > self._last(Effect.CALL, Effect.REOPEN):
            return LotState.WITHDRAWN
        if self._last(Effect.CANCEL) > self._restated:
            return LotState.CANCELLED
        if decided := self._decided(newest, lot):
            return decided
        if self._is_superseded(newest):
            return LotState.SUPERSEDED
        return self._by_the_clock(newest, lot, as_of, today)

    @property
    def _restated(self) -> int:
        return self._last(Effect.CALL, Effect.REOPEN, Effect.RESTATE)

    def _last(self, *effects: Effect) -> int:
        return max((turn for turn, effect in self._effects if effect in effects), default=0)

    def _by_the_clock(self, newest: Notice, lot: Lot, as_of: datetime, today: date) -> LotState:
        day = newest.publication.day
        if lot.deadline is not None and lot.deadline.at <= as_of:
            return LotState.PAST
        if lot.deadline is None and (day is None or day < today - UNDATED_AFTER):
            return LotState.UNDATED
        if 0 < max(self._last(Effect.WITHDRAW), self._last(Effect.CANCEL)) < self._restated:
            return LotState.REOPENED
        return LotState.OPEN_WITHOUT_DEADLINE if lot.deadline is None else LotState.OPEN

    def _decided(self, newest: Notice, lot: Lot) -> LotState | None:
        found = [
            (notice, award)
            for notice in self._known
            if notice.form is Form.RESULT and self._is_in_force(notice)
            for award in notice.awards
            if lot_key(award.lot) == self._key and not self._is_void(notice, award.lot)
            if award.outcome in _ENDS or award.terminates
        ]
        if not any(self._turn[n.uid] > self._restated or n.publication.day is None for n, _ in found):
            return None
        if self._is_system(newest, lot, [notice for notice, _ in found]):
            return LotState.TERMINATED if any(award.terminates for _, award in found) else None
        last = max((n.publication.day for n, _ in found if n.publication.day), default=None)
        closes = lot.deadline.at.astimezone(_BRUSSELS).date() if lot.deadline else None
        if REOPENED_FRAMEWORKS & set(lot.techniques) and closes and last and closes > last:
            return None
        if not any(award.outcome in _ENDS for _, award in found):
            return None
        is_won = any(award.outcome == "selec-w" for _, award in found)
        return LotState.AWARDED if is_won else LotState.WITHOUT_WINNER

    def _is_system(self, newest: Notice, lot: Lot, results: Sequence[Notice]) -> bool:
        techniques = [lot.techniques, *(own.techniques for n in results if (own := self._lot(n)))]
        is_qualification = newest.notice_type == "qu-sy" or newest.subtype == "15"
        return is_qualification or any(SYSTEMS & set(found) for found in techniques)

    def _is_in_force(self, result: Notice) -> bool:
        """The newest version that is no summary."""
        own = [n.version for n in self._known if n.id == result.id and n.form is Form.RESULT and not n.is_summary]
        return bool(own) and result.version == max(own) and not result.is_summary

    def _is_void(self, result: Notice, lot: str) -> bool:
        """Cancelled by itself, or by a later notice that names any version of it, or replaced by such a result."""
        line = [notice for notice in self._known if notice.id == result.id]
        for change in result.changes:
            names_call = any(is_call(n) for n in self._named(result))
            if change.cancels and not names_call and (not change.lots or lot in change.lots):
                return True
        for later in self._known:
            if later.id == result.id or self._turn[later.uid] < self._turn[result.uid]:
                continue
            for change in later.changes:
                named = [n for n in line if n in self._named_by(later, change)]
                replaces = later.form is Form.RESULT and is_whole(later)
                if named and (change.cancels or replaces) and (not change.lots or lot in change.lots):
                    return True
        return False

    def _reaches(self, notice: Notice) -> bool:
        """Whether the notice acts on this lot: it describes it, is a version of a notice that does, names one, or names
        no known one of this purchase."""
        if notice in self._described:
            return True
        lines = {described.id for described in self._described}
        named = [(n, c) for c in notice.changes for n in self._named_by(notice, c) if c.reason != "follows"]
        if any(n.id in lines for n, _ in named if is_call(n)):
            return True
        if not is_call(notice):
            return False
        if notice.id in lines:
            return True
        known = self._named(notice)
        empty = not any(self._describes_any(n.id) for n in known)
        return bool(notice.changes) and empty and (not known or any(is_call(n) for n in known))

    def _describes_any(self, line: str) -> bool:
        return any(n.id == line and any(is_answerable(lot) for lot in n.lots) for n in self._calls)

    def _effect(self, notice: Notice) -> Effect:
        is_first = all(n.version >= notice.version for n in self._known if n.id == notice.id)
        effect = effect_of(notice, self._key, is_first=is_first)
        closing = effect in {Effect.WITHDRAW, Effect.CANCEL}
        return effect if closing or notice in self._described else Effect.NONE

    def _is_superseded(self, notice: Notice) -> bool:
        own = {lot.id for lot in notice.lots if lot_key(lot.id) == self._key}
        for later in self._known:
            if not is_call(later):
                continue
            if later.id == notice.id and later.version > notice.version and is_whole(later):
                return True
            if notice in self._named(later) and (is_whole(later) or own & {lot.id for lot in later.lots}):
                return True
        return False

    def _named(self, notice: Notice) -> list[Notice]:
        return [named for change in notice.changes for named in self._named_by(notice, change)]

    def _named_by(self, later: Notice, change: Change) -> list[Notice]:
        return named_by(later, change, self._known)

    def _lot(self, notice: Notice) -> Lot | None:
        return next((lot for lot in notice.lots if lot_key(lot.id) == self._key and is_answerable(lot)), None)
