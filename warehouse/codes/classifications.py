"""CPV and NUTS codes with their parents. Labels are in cpv_labels.py and nuts_places.py; which codes exist is no
concern of this module."""

from __future__ import annotations

import re
from dataclasses import dataclass

from warehouse.errors import BadFact

_CPV = re.compile(r"(\d{8})(?:-\d)?")
_NUTS = re.compile(r"[A-Z]{2}[A-Z0-9]{0,3}")


@dataclass(frozen=True, slots=True, order=True)
class Cpv:
    """A code of the Common Procurement Vocabulary (Regulation (EC) 213/2008), eight digits without the check digit."""

    code: str

    def __post_init__(self) -> None:
        if not (len(self.code) == 8 and self.code.isascii() and self.code.isdigit()):
            raise BadFact(f"CPV {self.code!r} is not eight digits; use Cpv.read for codes as publishers write them")

    @classmethod
    def read(cls, written: str) -> Cpv:
        """From what a publisher wrote: "72000000", "72000000-5", spaces around. Raises BadFact."""
        found = _CPV.fullmatch(written.strip())
        if not found:
            raise BadFact(f"CPV {written!r} is not eight digits with an optional check digit")
        return cls(found[1])

    @property
    def stem(self) -> str:
        """The digits that carry meaning: at least the two of the division."""
        return self.code[:2] + self.code[2:].rstrip("0")

    @property
    def parents(self) -> tuple[Cpv, ...]:
        """Every broader code by digits, nearest first, ending with the division."""
        return tuple(Cpv(self.stem[:n].ljust(8, "0")) for n in range(len(self.stem) - 1, 1, -1))

    @property
    def division(self) -> Cpv:
        """The two-digit division."""
        return Cpv(self.code[:2].ljust(8, "0"))

    def within(self, other: Cpv) -> bool:
        """Whether this code is `other` or narrower."""
        return self.code.startswith(other.stem)

    def common(self, other: Cpv) -> int:
        """How many leading meaningful digits two codes share, 0 when not even the division."""
        shared = 0
        for mine, theirs in zip(self.stem, other.stem, strict=False):
            if mine != theirs:
                break
            shared += 1
        return shared if shared >= 2 else 0

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True, order=True)
class Nuts:
    """A code of the territorial nomenclature (Regulation (EC) 1059/2003): a country of two letters and up to three
    further signs. Which codes exist depends on the year; "BEZZZ" (extra-regio) is a code too."""

    code: str

    def __post_init__(self) -> None:
        if not _NUTS.fullmatch(self.code):
            raise BadFact(f"NUTS {self.code!r} is not a country of two letters and up to three signs")

    @property
    def country(self) -> str:
        """The two letters of the country (EL for Greece, as Eurostat writes it)."""
        return self.code[:2]

    @property
    def parents(self) -> tuple[Nuts, ...]:
        """Every broader code, nearest first, ending with the country."""
        return tuple(Nuts(self.code[:n]) for n in range(len(self.code) - 1, 1, -1))

    def within(self, other: Nuts) -> bool:
        """Whether this place is `other` or inside it."""
        return self.code.startswith(other.code)

    def common(self, other: Nuts) -> int:
        """Depth shared: 0 another country, 1 the country, 2 to 4 the levels below."""
        shared = 0
        for mine, theirs in zip(self.code, other.code, strict=False):
            if mine != theirs:
                break
            shared += 1
        return max(0, shared - 1)

    def __str__(self) -> str:
        return self.code
