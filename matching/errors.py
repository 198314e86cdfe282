"""Errors of matching. Every message states where, what was seen, and what to do.

MatchingError
|- MembersRefused   a members file with faults: all of them, by line and column; nothing of it is used
|- ModelUnusable    the embedding model is absent, damaged or of another kind
|- VectorsRefused   vectors that are missing, of another length than the others, or not numbers
`- ProblemRefused   a consortium problem whose arrays or numbers contradict each other
"""

from __future__ import annotations

from pathlib import Path

from warehouse.sheets.cells import Fault


class MatchingError(Exception):
    """Root of this room's errors."""


class MembersRefused(MatchingError):
    """A members file with faults; `faults` holds all of them, in the order of the file. Nothing of it is used."""

    def __init__(self, path: Path, faults: tuple[Fault, ...]) -> None:
        self.path = path
        self.faults = faults
        many = f"{len(faults)} faults" if len(faults) > 1 else "1 fault"
        super().__init__(f"{path}: {many}, nothing was imported\n" + "\n".join(f"  {fault}" for fault in faults))


class ModelUnusable(MatchingError):
    """The embedding model is absent, damaged or of another kind."""


class ProblemRefused(MatchingError):
    """A consortium problem whose parts contradict each other or have impossible values."""


class VectorsRefused(MatchingError):
    """Vectors that are missing, of another length than the others, or not numbers."""


class AwardsUnreadable(MatchingError):
    """A folder of awards that cannot be learned from; states which file, what was seen and what to do."""


class WeightsRefused(MatchingError):
    """A file of weights that is damaged, or of other measures; states where and what to do."""


class TooFewAwards(MatchingError):
    """Too little to learn weights from; states how much there is and what to do."""
