"""Consortia declared under their names, once partners have been introduced and decided: one tender for each firm and
lot.

This is what members declare openly, through their team; nothing of a declaration of interest leads here. A consortium
counts as prior collaboration only when every one of its members agreed; else it is shown to no one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from interest.atomic_files import pretty, write_undated
from interest.errors import SecondBidRejected
from interest.partners.competition_law import Bid, members_with_second_bid


@dataclass(frozen=True, slots=True)
class DeclaredBid:
    """A consortium and those of its members who agree that it is shown as prior collaboration."""

    bid: Bid
    consents: frozenset[str] = frozenset()

    @property
    def is_disclosed(self) -> bool:
        """Whether all agree."""
        return self.consents >= self.bid.members


class Bids:
    """The consortia declared in a folder. Written by one process: the team's command."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "consortia.json"

    def read(self) -> tuple[DeclaredBid, ...]:
        """All of them, in the order of lots and members."""
        raw = json.loads(self._path.read_bytes()) if self._path.is_file() else []
        return tuple(
            DeclaredBid(
                Bid(declared_bid["lot_uid"], frozenset(declared_bid["members"])), frozenset(declared_bid["consents"])
            )
            for declared_bid in cast(list[dict[str, Any]], raw)
        )

    def declare(self, declared: DeclaredBid) -> None:
        """Saves a consortium; declared again, only its consents are new. Raises SecondBidRejected when a member is in
        another one for this lot, without naming it: the group finds out among its members."""
        before = self.read()
        if len(declared.bid.members) < 2 or not declared.consents <= declared.bid.members:
            raise SecondBidRejected("a consortium has two members or more, and only they consent")
        if members_with_second_bid(declared.bid, (declared_bid.bid for declared_bid in before)):
            raise SecondBidRejected(
                "a firm may be in one tender for a lot: check with each member whether it is in another one"
            )
        self._write([*(declared_bid for declared_bid in before if declared_bid.bid != declared.bid), declared])

    def withdraw(self, bid: Bid) -> None:
        """Deletes a consortium."""
        self._write([declared_bid for declared_bid in self.read() if declared_bid.bid != bid])

    def disclosed(self) -> tuple[Bid, ...]:
        """The consortia that may be shown as having worked together: those all of whose members agreed."""
        return tuple(declared_bid.bid for declared_bid in self.read() if declared_bid.is_disclosed)

    def _write(self, kept: list[DeclaredBid]) -> None:
        rows = [
            {
                "lot_uid": declared_bid.bid.lot_uid,
                "members": sorted(declared_bid.bid.members),
                "consents": sorted(declared_bid.consents),
            }
            for declared_bid in sorted(
                kept, key=lambda declared_bid: (declared_bid.bid.lot_uid, sorted(declared_bid.bid.members))
            )
        ]
        write_undated(self._path, pretty(rows), private=True)
