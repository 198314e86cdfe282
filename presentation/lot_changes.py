"""The changes a notice announces (eForms BT-140, BT-141, BT-762), narrowed to one of its lots."""

from __future__ import annotations

from warehouse.model.notices import Change, OpenLot, Text


def changes_of_lot(lot: OpenLot) -> tuple[Change, ...]:
    """The changes of the newest notice that name this lot or name no lot."""
    return tuple(change for change in lot.notice.changes if not change.lots or lot.lot.id in change.lots)


def is_withdrawn(lot: OpenLot) -> bool:
    """Whether the newest notice cancels the lot."""
    return any(change.cancels for change in changes_of_lot(lot))


def corrections_of_lot(lot: OpenLot) -> tuple[Text, ...]:
    """The buyer's texts about the changes of this lot, without blanks and duplicates."""
    texts = (text for change in changes_of_lot(lot) for text in change.texts if text.value.strip())
    return tuple(dict.fromkeys(texts))
