"""Flags of competition law before members bid together, and one bid per lot. Advice, never a decision.

Sources: guidelines on horizontal co-operation agreements (OJ C 259, 21.7.2023), section 5.4 on bidding consortia;
French competition authority, decision 22-D-04 (a group that held every firm able to answer); the Belgian rule of one
tender per tenderer and lot (royal decree of 18 April 2017, article 54). Prices and capacities are never collected here.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from interest.competence_families import Directory


@dataclass(frozen=True, slots=True)
class Bid:
    """Members that declared, under their names, to answer a lot together."""

    lot_uid: str
    members: frozenset[str]


def flag_competition_risks(
    members: Set[str], core_family: str, directory: Directory, able_alone: Set[str]
) -> tuple[str, ...]:
    """The sentences to show before an introduction of these `members`: a coalition that holds more than half of the
    members of the `core_family` in the `directory`, or two members each of whom could answer alone (`able_alone`, by
    each one's own declaration)."""
    flags: list[str] = []
    able = {entry.member for entry in directory.within(core_family)}
    inside = able & members
    if len(inside) > 1 and 2 * len(inside) > len(able):
        flags.append(
            f"This group holds {len(inside)} of the {len(able)} members able to do what matters most here: together"
            " they may leave the buyer no other choice. Ask counsel before going on."
        )
    alone = members & able_alone
    if len(alone) > 1:
        flags.append(
            f"{len(alone)} of these members could each answer alone: between them a joint bid replaces competition."
            " Ask counsel before going on."
        )
    return tuple(flags)


def members_with_second_bid(bid: Bid, declared: Iterable[Bid]) -> tuple[str, ...]:
    """The members of a bid that are in another one for the same lot already, sorted: a tenderer submits one tender per
    lot."""
    others = (other.members for other in declared if other.lot_uid == bid.lot_uid and other.members != bid.members)
    return tuple(sorted({member for members in others for member in members & bid.members}))
