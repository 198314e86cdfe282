"""Purchases as a whole: their notices, where they were published, and the links that joined them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from warehouse.linkage.scoring import Evidence
from warehouse.model.notices import Publication


@dataclass(frozen=True, slots=True)
class Merge:
    """Why two procedures, as stated by their notices, are taken as one. `kind` is "changed-notice", "notice",
    "workspace", "consultation" or "score"; `night` the one that found it."""

    first: str
    second: str
    kind: str
    score: float
    first_notice: str
    second_notice: str
    evidence: tuple[Evidence, ...]
    night: date


@dataclass(frozen=True, slots=True)
class Procedure:
    """A purchase as a whole. `stated` are the procedures its notices state, `notices` their uids in order of
    publication, `merges` what joined them (none when every notice states the same)."""

    uid: str
    stated: tuple[str, ...]
    notices: tuple[str, ...]
    publications: tuple[Publication, ...]
    merges: tuple[Merge, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Result of a night's joining: notices compared for the first time, links found now by name and by score,
    procedures that are part of a larger one."""

    compared: int
    certain: int
    scored: int
    merged: int
