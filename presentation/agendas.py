"""Lots as items of a calendar: what digests.agenda notes of each."""

from __future__ import annotations

from presentation.digest_model import Item, Section
from warehouse.model.notices import OpenLot


def agenda_item(lot: OpenLot, *, is_withdrawn: bool = False) -> Item:
    """The lot's deadline, with nobody's reasons."""
    return Item(Section.NEW, (lot,), is_withdrawn=is_withdrawn)
