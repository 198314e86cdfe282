"""The limits of the release gate: the numbers of docs/privacy.md, in a file that the simulator tunes.

A policy can be made stricter than the design, never laxer: FLOORS are refused below.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from interest.atomic_files import canonical, sha256
from interest.errors import PolicyRefused

SHIPPED = Path(__file__).with_name("policy.toml")
OPEN_OFFERS = 5
WISH_TAGS = 5
FLOORS = {
    "silent_days": 5,
    "family_least": 3,
    "family_directory": 8,
    "change_least": 5,
    "crowd": 5,
    "retention_days": 0,
}


@dataclass(frozen=True)
class Policy:
    """See policy.toml for the meaning of each."""

    looks: tuple[str, ...]
    silent_days: int
    bands: tuple[int, ...]
    family_least: int
    family_directory: int
    change_least: int
    crowd: int
    retention_days: int

    def __post_init__(self) -> None:
        for name, floor in FLOORS.items():
            if getattr(self, name) < floor:
                raise PolicyRefused(f"policy: {name} must be at least {floor}; the design does not hold below it")
        if min(self.bands, default=5) < 5 or list(self.bands) != sorted(set(self.bands)):
            raise PolicyRefused("policy: bands must rise, from 5 or more (none at all switches totals off)")
        if self.retention_days > 30:
            raise PolicyRefused("policy: retention_days may not exceed 30")
        if not 1 <= len(self.looks) <= 2 or list(self.shares) != sorted(set(self.shares)):
            raise PolicyRefused("policy: one or two looks, in order")
        if not all(0 < share < 1 for share in self.shares):
            raise PolicyRefused("policy: a look is a share of the window, between 0 and 1")

    @cached_property
    def shares(self) -> tuple[Fraction, ...]:
        """The looks as fractions of the window."""
        return tuple(Fraction(look) for look in self.looks)

    @cached_property
    def policy_id(self) -> str:
        """The beginning of the SHA-256 of the policy: equal numbers, equal id."""
        return sha256(canonical(asdict(self)))[:16]

    def look_days(self, opened_on: date, deadline_on: date) -> tuple[date, ...]:
        """The days of a lot's looks. One that would fall into the last days without releases never happens."""
        window = (deadline_on - opened_on).days
        days = (opened_on + timedelta(days=-(-share * window // 1)) for share in self.shares)
        return tuple(day for day in days if day <= deadline_on - timedelta(days=self.silent_days))

    def is_publishable_total(self, count: int, directory: int) -> bool:
        """Whether a total of so many declarations may be published: no fewer than the first band, and no more than half
        of the directory (else it would be known of everybody)."""
        return count >= (self.bands[0] if self.bands else 5) and 2 * count <= directory

    def band_of(self, count: int) -> str | None:
        """The band of a published total; None where totals are switched off."""
        if not self.bands:
            return None
        lower = max(i for i, band in enumerate(self.bands) if band <= count)
        above = self.bands[lower + 1] - 1 if lower + 1 < len(self.bands) else None
        return f"{self.bands[lower]}-{above}" if above else f"{self.bands[lower]}+"

    def states_family(self, count: int, directory: int) -> bool:
        """Whether a family may be stated, of which `count` declared and `directory` are known."""
        return directory >= self.family_directory and self.family_least <= count and 2 * count <= directory


def read_policy(path: Path = SHIPPED) -> Policy:
    """The policy of a TOML file. Raises PolicyRefused naming what is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyRefused(f"policy: {path.name} cannot be read as TOML: {error}") from error
    known = {field.name for field in fields(Policy)}
    if raw.keys() != known:
        raise PolicyRefused(f"policy: {path.name} must have exactly {', '.join(sorted(known))}")
    return Policy(**{name: _checked(name, value) for name, value in raw.items()})


def _checked(name: str, value: object) -> Any:
    if name in ("looks", "bands"):
        kind = str if name == "looks" else int
        many = cast(list[object], value) if isinstance(value, list) else []
        if not isinstance(value, list) or not all(type(member_value) is kind for member_value in many):
            raise PolicyRefused(f"policy: {name} must be a list of {kind.__name__}")
        return tuple(many)
    if type(value) is not int:
        raise PolicyRefused(f"policy: {name} must be a whole number")
    return value
