"""Lots as items of a calendar: what digests.agenda notes of each."""

from __future__ import annotations

from digests.digest import Item, Section
from warehouse.facts import OpenLot


def agenda_item(lot: OpenLot, *, is_withdrawn: bool = False) -> Item:
    """The lot's deadline, with nobody's reasons."""
    return Item(Section.NEW, (lot,), is_withdrawn=is_withdrawn)
