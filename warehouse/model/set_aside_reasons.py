"""Sentences on why something was set aside, grouped by what they have in common.

Notices set aside for one reason differ in their numbers and in what was written; a person looks at a reason once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.model.notices import SetAside

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\{.*\}|\[.*\]")
_NUMBER = re.compile(r"\d+")
_SPACES = re.compile(r"\s+")
_LONGEST = 160
SHOWN = 3
"""Notices named beside a reason."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why notices of a source were set aside: one of their sentences as `example`, and the notices, in order."""

    source: str
    example: str
    identifiers: tuple[str, ...]

    @property
    def named(self) -> str:
        """The first of the notices, and how many more: "26-1, 26-2, 26-3 and 9 more"."""
        more = len(self.identifiers) - SHOWN
        return ", ".join(self.identifiers[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def kind_of(reason: str, identifier: str) -> str:
    """The common part of sentences with the same reason: without the notice's name, numbers and what is quoted. Codes
    are quoted too, so that ten unknown codes of one list are one reason."""
    pattern = reason.replace(identifier, "#") if identifier else reason
    return _SPACES.sub(" ", _NUMBER.sub("#", _QUOTED.sub("~", pattern)))[:_LONGEST].strip()


def group_reasons(items: Iterable[SetAside]) -> tuple[Reason, ...]:
    """The reasons, by source, those of most notices first."""
    groups: dict[tuple[str, str], list[SetAside]] = {}
    for item in items:
        groups.setdefault((item.source, kind_of(item.reason, item.identifier)), []).append(item)
    reasons = [
        Reason(source, found[0].reason, tuple(dict.fromkeys(item.identifier for item in found)))
        for (source, _), found in groups.items()
    ]
    return tuple(sorted(reasons, key=lambda reason: (reason.source, -len(reason.identifiers), reason.example)))
