"""What changed between two versions of a notice, for members notified of the first one.

Pure: two notices in, differences out. The publisher's own words about its change are Change.texts; here the facts are
compared. A version number alone proves no change: versions are compared by their content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from warehouse.model.notices import Criterion, Deadline, Lot, Money, Notice, Text


class ChangeKind(StrEnum):
    """The kind of fact that changed."""

    DEADLINE = "deadline"
    LOT_ADDED = "lot-added"
    LOT_REMOVED = "lot-removed"
    LOT_CANCELLED = "lot-cancelled"
    DOCUMENTS = "documents"
    CODES = "codes"
    ESTIMATE = "estimate"
    CRITERIA = "criteria"


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that changed. `lot` is the lot it concerns, None for the whole purchase; `before` and `after` are the
    deadline, the stated estimate or the main CPV code, None where there was or is none; `titles` name an added or
    removed lot."""

    kind: ChangeKind
    lot: str | None = None
    before: Deadline | Money | str | None = None
    after: Deadline | Money | str | None = None
    titles: tuple[Text, ...] = ()

    def concerns(self, lot: str) -> bool:
        """Whether a member notified of that lot must be informed: the difference concerns the lot or the whole
        purchase."""
        return self.lot is None or self.lot == lot or self.kind is ChangeKind.LOT_ADDED


def compare_notices(before: Notice, after: Notice) -> tuple[Difference, ...]:
    """Facts of `after` that differ from `before`. A notice that restates part of the purchase removes no lots; where
    one is a summary, only deadlines are compared, for a summary leaves out the rest."""
    old, new = {lot.id: lot for lot in before.lots}, {lot.id: lot for lot in after.lots}
    in_full = not before.is_summary and not after.is_summary
    found = [Difference(ChangeKind.LOT_ADDED, key, titles=new[key].titles) for key in new if in_full and key not in old]
    if in_full and _restates_everything(after):
        found += [Difference(ChangeKind.LOT_REMOVED, key, titles=old[key].titles) for key in old if key not in new]
    found += _cancelled(after)
    for key in new.keys() & old.keys():
        found += _compare_lots(old[key], new[key], in_full=in_full)
    if in_full:
        found += _compare_estimates(None, before.estimate, after.estimate)
        found += _compare_codes(None, [code.code for code in before.cpv[:1]], [code.code for code in after.cpv[:1]])
    return tuple(sorted(found, key=lambda difference: (tuple(ChangeKind).index(difference.kind), difference.lot or "")))


def _restates_everything(notice: Notice) -> bool:
    return "eforms" in (notice.schema or "").lower()


def _cancelled(after: Notice) -> Iterator[Difference]:
    titles = {lot.id: lot.titles for lot in after.lots}
    for change in after.changes:
        if change.cancels:
            yield from (Difference(ChangeKind.LOT_CANCELLED, key, titles=titles.get(key, ())) for key in change.lots)


def _compare_lots(old: Lot, new: Lot, *, in_full: bool) -> Iterator[Difference]:
    if _moment(old.deadline) != _moment(new.deadline):
        yield Difference(ChangeKind.DEADLINE, new.id, old.deadline, new.deadline)
    if not in_full:
        return
    if set(new.documents) - set(old.documents):
        yield Difference(ChangeKind.DOCUMENTS, new.id)
    yield from _compare_estimates(new.id, old.estimate, new.estimate)
    yield from _compare_codes(new.id, [code.code for code in old.cpv[:1]], [code.code for code in new.cpv[:1]])
    if _criteria_texts(old.criteria) != _criteria_texts(new.criteria):
        yield Difference(ChangeKind.CRITERIA, new.id)


def _moment(deadline: Deadline | None) -> tuple[object, ...] | None:
    """The instant and what has to arrive; in which zone it is written does not matter."""
    return (deadline.at, deadline.kind, deadline.hour_stated) if deadline else None


def _compare_estimates(lot: str | None, old: Money | None, new: Money | None) -> Iterator[Difference]:
    before, after = (money if money and money.is_stated else None for money in (old, new))
    if after is not None and before != after:
        yield Difference(ChangeKind.ESTIMATE, lot, before, after)


def _compare_codes(lot: str | None, old: list[str], new: list[str]) -> Iterator[Difference]:
    if new and old != new:
        yield Difference(ChangeKind.CODES, lot, old[0] if old else None, new[0])


def _criteria_texts(criteria: tuple[Criterion, ...]) -> set[tuple[str, str, str]]:
    """Criteria by their words, whatever the white space and the order."""
    return {
        (criterion.use, criterion.kind, " ".join(" ".join(t.value for t in criterion.texts).split()))
        for criterion in criteria
    }
