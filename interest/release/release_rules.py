"""What a look may publish of a lot: pure rules over who declared what, without keys, files or days.

A person is a slot of the store, its content the families it declared. A new state is published only if the declarations
of `change_least` persons differ (came, went, or state other families) from those that EVERY other state published
before was made of, the empty one at the beginning included: no two of them, whichever a reader compares, distinguish
fewer persons. One who comes and goes ten times counts once, so that no one can force a look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from interest.competence_families import FAMILIES
from interest.policy import Policy

People = Mapping[str, tuple[str, ...]]
"""Families by slot, of one lot."""


@dataclass(frozen=True, slots=True)
class State:
    """The published state of a lot: the band of its total, None while withheld, and the families stated."""

    band: str | None = None
    stated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """The state of the release gate for a lot: how many looks are over, and each state published with the declarations
    it was made of, oldest first."""

    looks: int
    published: tuple[tuple[State, People], ...]

    @property
    def state(self) -> State:
        """The state published last."""
        return self.published[-1][0]


NOTHING = Memory(0, ((State(), {}),))


def publishable_state(people: People, sizes: Mapping[str, int], directory: int, policy: Policy) -> State:
    """The state a look would publish of these declarations, had nothing been published before: empty below the least
    total, so that zero and four are the same whatever was published before.

    `people` are the families by slot, `sizes` is N by family, `directory` how many members there are, `policy` gives
    the limits.
    """
    if not policy.is_publishable_total(len(people), directory):
        return State()
    counts = Counter(chain.from_iterable(people.values()))
    stated = tuple(code for code in FAMILIES if policy.states_family(counts[code], sizes[code]))
    return State(policy.band_of(len(people)), stated)


def differing(people: People, others: People) -> int:
    """How many persons declared in one and not, or otherwise, in the other."""
    return sum(people.get(slot) != others.get(slot) for slot in people.keys() | others.keys())


def decide(
    memory: Memory, people: People, looks: int, *, sizes: Mapping[str, int], directory: int, policy: Policy
) -> Memory:
    """The memory after a look, the `looks`-th of the lot: a new state when enough declarations differ, else the old one
    repeated.

    `memory` is that before the look; `people`, `sizes`, `directory` and `policy` as in publishable_state.
    """
    state = publishable_state(people, sizes, directory, policy)
    apart = (differing(before, people) for published_state, before in memory.published if published_state != state)
    if state == memory.state or min(apart) < policy.change_least:
        return Memory(looks, memory.published)
    return Memory(looks, (*memory.published, (state, dict(people))))
