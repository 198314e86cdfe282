"""What a lot requires of tenderers, extracted from its words and fields: requirements with their kind, rule and value.

These are values; how they are extracted from a notice and compared with a member is matching's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from warehouse.model.notices import Money


class RequirementKind(StrEnum):
    """What must be shown."""

    TURNOVER = "turnover"
    CERTIFICATE = "certificate"
    REFERENCE = "reference"
    LANGUAGE = "language"
    STAFF = "staff"


class Rule(StrEnum):
    """Which of several tenderers in one tender must meet it: one of them, each of them, whoever performs the part it is
    required for, or all of them added up."""

    ANY = "any"
    ALL = "all"
    PERFORMER = "performer"
    SUM = "sum"


class RequirementSource(StrEnum):
    """Where it is stated: in a field of the form, in the selection criteria, in the description."""

    FIELD = "field"
    SELECTION = "selection"
    DESCRIPTION = "description"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement, with the sentence that states it.

    `name` is a certificate ("ISO 27001") or a language ("nl"; "fr/nl" where one of them will do). `number` is the least
    number of references or persons, `money` the least turnover, added up over `years`; None where none is stated.
    `level` is a language's in the European framework ("B2"). `is_hard` is False where proof is wanted only if there is
    any. `weight` is its part of the lot: the weights of a lot's requirements sum to the weight of its criteria.
    """

    kind: RequirementKind
    rule: Rule
    sentence: str
    source: RequirementSource
    name: str = ""
    number: int | None = None
    money: Money | None = None
    years: int = 1
    level: str | None = None
    is_hard: bool = True
    weight: float = 0.0
    language: str | None = None

    @property
    def value(self) -> str:
        """The required value in one word: the name, the amount, the number; empty when none is stated."""
        if self.kind == RequirementKind.TURNOVER:
            return f"{self.money.amount:f}" if self.money else ""
        return self.name or ("" if self.number is None else str(self.number))


class ComplianceStatus(StrEnum):
    """Whether a requirement is met. Unknown is neither yes nor no."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a member, or several together, meet one requirement: the status, and the value that decided it."""

    requirement: Requirement
    standing: ComplianceStatus
    because: str


class IctRelevance(StrEnum):
    """Whether a lot buys ICT, buys something else that has ICT in it, or neither."""

    MAIN = "main"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class IctPart:
    """One ICT thing in a lot: its theme ("network", "software"), the sentence or the CPV code that names it."""

    theme: str
    text: str
    code: str | None = None
    language: str | None = None
