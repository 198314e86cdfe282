"""What can go wrong while judging. Every message says where, what was seen, and what to do.

MatchingError
|- MembersRefused   a members file with faults: all of them, by line and column; nothing of it is used
|- ModelUnusable    the embedding model is absent, damaged or of another kind
|- VectorsRefused   vectors that are missing, of another length than the others, or not numbers
`- ProblemRefused   a consortium problem whose arrays or numbers contradict each other
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class MatchingError(Exception):
    """Root of this room's errors."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a members file: the line (1 is the first), the column's name, and the sentence that says what
    was seen and what to write."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.sentence}"


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
