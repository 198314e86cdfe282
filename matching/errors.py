"""What can go wrong while judging. Every message says where, what was seen, and what to do.

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
    """A consortium problem whose parts do not fit together or cannot be weighed."""


class VectorsRefused(MatchingError):
    """Vectors that are missing, of another length than the others, or not numbers."""


class AwardsUnreadable(MatchingError):
    """A folder of awards that cannot be learned from; says which file, what was seen and what to do."""


class WeightsRefused(MatchingError):
    """A file of weights that is none, or not of this house; says where and what to do."""


class TooFewAwards(MatchingError):
    """Too little to learn weights from; says how much there is and what to do."""
