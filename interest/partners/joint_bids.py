"""Consortia declared under their names, once partners have met and decided: one tender for each firm and lot.

This is what members tell on purpose, by their team; nothing of a declaration of interest leads here. A consortium
counts as prior collaboration only when every one of its members said so; unless they do, nobody is told of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from interest.atomic_files import pretty, write_whole
from interest.errors import SecondBid
from interest.partners.competition_law import Bid, find_second_bids


@dataclass(frozen=True, slots=True)
class Declared:
    """A consortium and those of its members who agree that it be told as prior collaboration."""

    bid: Bid
    consents: frozenset[str] = frozenset()

    @property
    def is_told(self) -> bool:
        """Whether all agree."""
        return self.consents >= self.bid.members


class Bids:
    """The consortia declared in a folder. Written by one process: the team's command."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "consortia.json"

    def read(self) -> tuple[Declared, ...]:
        """All of them, in the order of lots and members."""
        raw = json.loads(self._path.read_bytes()) if self._path.is_file() else []
        return tuple(
            Declared(Bid(one["lot_uid"], frozenset(one["members"])), frozenset(one["consents"]))
            for one in cast(list[dict[str, Any]], raw)
        )

    def declare(self, declared: Declared) -> None:
        """Keeps a consortium; declared again, only its consents are new. Raises SecondBid when a member stands in
        another one for this lot, without saying which: the group asks its members."""
        before = self.read()
        if len(declared.bid.members) < 2 or not declared.consents <= declared.bid.members:
            raise SecondBid("a consortium has two members or more, and only they consent")
        if find_second_bids(declared.bid, (one.bid for one in before)):
            raise SecondBid("a firm stands in one tender for a lot: ask each member whether it stands in another one")
        self._write([*(one for one in before if one.bid != declared.bid), declared])

    def withdraw(self, bid: Bid) -> None:
        """Forgets a consortium."""
        self._write([one for one in self.read() if one.bid != bid])

    def told(self) -> tuple[Bid, ...]:
        """The consortia that may be told as having worked together: those all of whose members agreed."""
        return tuple(one.bid for one in self.read() if one.is_told)

    def _write(self, kept: list[Declared]) -> None:
        rows = [
            {"lot_uid": one.bid.lot_uid, "members": sorted(one.bid.members), "consents": sorted(one.consents)}
            for one in sorted(kept, key=lambda one: (one.bid.lot_uid, sorted(one.bid.members)))
        ]
        write_whole(self._path, pretty(rows), private=True)
