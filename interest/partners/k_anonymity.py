"""Previews: as much of a member as a crowd shares, and nothing that the choice of how much would give away. And what
several messages of one sender show together.

Coarsening only who stands alone tells that the coarsened one stands alone (the minimality attack: Wong, Fu, Wang and
Pei, VLDB 2007). So the whole population is cut into classes beforehand, each of at least `crowd` members, and every
member shows the preview of its class, whoever asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from interest.competence_families import DirectoryEntry
from interest.crypto.messages import Preview

_LEVELS: Sequence[tuple[int, bool]] = ((4, True), (3, True), (2, True), (2, False), (0, False))
"""From fine to coarse: characters of the NUTS code, and whether the size is shown."""


def assign_previews(population: Iterable[DirectoryEntry], min_size: int) -> Mapping[str, Preview]:
    """What each member of a population may show; empty where the population itself is no crowd."""
    waiting = sorted(population, key=lambda entry: entry.member)
    if len(waiting) < min_size:
        return {}
    classes: dict[Preview, list[DirectoryEntry]] = {}
    for characters, with_size in _LEVELS:
        groups: dict[Preview, list[DirectoryEntry]] = defaultdict(list)
        for entry in waiting:
            groups[Preview(entry.place[:characters], entry.size if with_size else "")].append(entry)
        grown = {preview: group for preview, group in groups.items() if len(group) >= min_size}
        classes.update(grown)
        waiting = [entry for preview, group in groups.items() if preview not in grown for entry in group]
    return {e.member: preview for preview, group in _with_the_rest(classes, waiting, min_size).items() for e in group}


def members_showing(population: Iterable[DirectoryEntry], preview: Preview, min_size: int) -> frozenset[str]:
    """The members of a population that show a preview: those whom a reader with the directory cannot tell apart. Empty
    for a preview that nobody shows."""
    shown = assign_previews(population, min_size)
    return frozenset(member for member, own in shown.items() if own == preview)


class AnonymitySets:
    """By sender, the members that fit everything shown of it in all nights. Source: amendment "Linkability" of the
    design; over nights each message alone had fitted 6 to 10 members, and all of them together 3."""

    def __init__(self, before: Mapping[str, frozenset[str]], min_size: int) -> None:
        self._left, self._min_size = dict(before), min_size

    def admit(self, sender: str, fitting: frozenset[str]) -> bool:
        """Whether a message that fits some members may be shown: those who fit everything shown of the sender before
        are still `min_size` or more. One that is not shown leaves no trace."""
        left = self._left.get(sender, fitting) & fitting
        if len(left) < self._min_size:
            return False
        self._left[sender] = left
        return True

    @property
    def left(self) -> Mapping[str, frozenset[str]]:
        """Members by sender, for the gate's memory."""
        return dict(self._left)


def _with_the_rest(
    classes: dict[Preview, list[DirectoryEntry]], rest: list[DirectoryEntry], min_size: int
) -> Mapping[Preview, list[DirectoryEntry]]:
    """Members that fit no class show nothing at all; when they are too few, whole classes join them, the smallest
    first."""
    while rest and len(rest) < min_size:
        smallest = min(classes, key=lambda preview: (len(classes[preview]), preview.place, preview.size))
        rest = rest + classes.pop(smallest)
    return {**classes, Preview(): classes.get(Preview(), []) + rest} if rest else classes
