"""The 14 families of competence that may be declared or wanted, and the cluster's directory as values.

The directory is public to members: who is in which family, where, of which size. Readers can join exports with it, so
that every rule of k-anonymity counts in it. Families are fixed and few, because a fine family would identify its
members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Family:
    """A family of competences: its code, its name, and the beginnings of the CPV codes that belong to it."""

    code: str
    title: str
    cpv: tuple[str, ...]


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        family.code: family
        for family in (
            Family("advice", "Consultancy and project management", ("7222", "7290", "794", "71")),
            Family("cabling", "Racks and structured cabling", ("32421", "45314")),
            Family("cloud", "Virtualisation, hosting and cloud", ("724", "487", "4879")),
            Family("data", "Databases, analysis, documents and semantics", ("486", "723", "7251", "7233")),
            Family("geography", "Geographic information", ("3822", "713541", "722123")),
            Family("learning", "Training and e-learning", ("80", "4819", "7221219")),
            Family("media", "Video, games and transmedia", ("921", "92", "4852", "794131")),
            Family("networks", "Networks and telecommunications", ("32", "642", "727", "4821")),
            Family("operation", "Operation, monitoring and maintenance", ("503", "5073", "7225", "725", "72514")),
            Family("power", "Data-centre power and cooling", ("311", "316", "425", "45315", "4533", "34")),
            Family("security", "Cybersecurity", ("4873", "7221273", "728", "797")),
            Family("sensors", "Sensors, internet of things, mobility", ("324411", "3244", "349", "351", "38", "48813")),
            Family("servers", "Servers, storage and workplaces", ("302", "4882", "301")),
            Family("software", "Software and web", ("48", "7220", "7221", "7223", "7224", "7226", "72")),
        )
    }
)


def families_of(cpv: Iterable[str]) -> frozenset[str]:
    """The families of some CPV codes (digits): each code belongs to the family with the longest beginning that fits,
    codes of no family to none."""
    return frozenset(family for code in cpv if (family := _family_of(code)))


def _family_of(code: str) -> str | None:
    fitting = [(len(start), f.code) for f in FAMILIES.values() for start in f.cpv if code.startswith(start)]
    return max(fitting)[1] if fitting else None


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A member in the directory: `place` is a NUTS code, `size` a class ("1-9", "10-49", "50+")."""

    member: str
    families: frozenset[str]
    place: str
    size: str


def size_class(headcount: int) -> str:
    """The class of a firm's size in the directory."""
    return "1-9" if headcount < 10 else "10-49" if headcount < 50 else "50+"


@dataclass(frozen=True)
class Directory:
    """The cluster's public directory."""

    entries: tuple[DirectoryEntry, ...]

    @cached_property
    def by_member(self) -> Mapping[str, DirectoryEntry]:
        """Each entry under its member's id."""
        return {entry.member: entry for entry in self.entries}

    def within(self, family: str) -> tuple[DirectoryEntry, ...]:
        """The members of a family."""
        return tuple(entry for entry in self.entries if family in entry.families)

    def outside(self, family: str) -> tuple[DirectoryEntry, ...]:
        """The members outside a family."""
        return tuple(entry for entry in self.entries if family not in entry.families)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """N: how many members are in each of the 14 families."""
        return {code: len(self.within(code)) for code in FAMILIES}
