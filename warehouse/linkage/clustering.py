"""From links between procedures to groups of them: union-find that respects the pairs separated by a person.

Pure. The groups do not depend on the order in which links were found: certain ones first, then by score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

SCORED = "score"


@dataclass(frozen=True, slots=True)
class Link:
    """Two procedures (as stated by their notices) taken as one: `kind` is "notice", "changed-notice", "workspace",
    "consultation" or "score"; `score` is 1 for all but the last."""

    first: str
    second: str
    kind: str
    score: float

    @property
    def is_certain(self) -> bool:
        """Whether it rests on a name, not on similarity."""
        return self.kind != SCORED


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What decides which procedure names a group: the first day of publication, whether it is an identifier (BT-04)."""

    day: date | None
    is_identifier: bool


class Groups:
    """Procedures joined so far, each under its root."""

    def __init__(self, standings: Mapping[str, NameEvidence], apart: Iterable[tuple[str, str]]) -> None:
        self._root: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._standings = standings
        self._apart: dict[str, set[str]] = {}
        for first, second in apart:
            self._apart.setdefault(first, set()).add(second)
            self._apart.setdefault(second, set()).add(first)

    def join(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """Joins what links join, unless a person separated some of it, or a link by score alone would bring together
        two stated identifiers; returns the links that were refused."""
        ordered = sorted(links, key=lambda k: (not k.is_certain, -k.score, k.first, k.second, k.kind))
        return tuple(link for link in ordered if not self._union(link))

    def _union(self, link: Link) -> bool:
        one, other = self._root_of(link.first), self._root_of(link.second)
        if one == other:
            return True
        ours, theirs = self._members.get(one, {one}), self._members.get(other, {other})
        if any(self._apart.get(member, set()) & theirs for member in ours):
            return False
        if not link.is_certain and self._identifies(ours) and self._identifies(theirs):
            return False
        kept, gone = (one, other) if one < other else (other, one)
        self._root[gone] = kept
        self._members[kept] = ours | theirs
        self._members.pop(gone, None)
        return True

    def _root_of(self, procedure: str) -> str:
        root = procedure
        while root in self._root:
            root = self._root[root]
        while procedure != root:
            self._root[procedure], procedure = root, self._root[procedure]
        return root

    def _identifies(self, members: Iterable[str]) -> bool:
        return any(member in self._standings and self._standings[member].is_identifier for member in members)

    def named(self) -> dict[str, str]:
        """Every procedure of a group of several, with the group's name: that of its oldest notice, among equals an
        identifier before a notice's number, then the lower."""
        return {
            member: name for members in self._members.values() for name in [self._name(members)] for member in members
        }

    def _name(self, members: set[str]) -> str:
        def age(member: str) -> tuple[date, bool, str]:
            standing = self._standings.get(member, NameEvidence(None, is_identifier=False))
            return standing.day or date.max, not standing.is_identifier, member

        return min(members, key=age)
