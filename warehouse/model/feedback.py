"""Feedback of members on lots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from warehouse.errors import BadFact

LONGEST = 2000
"""Characters of free words."""


class Answer(StrEnum):
    """A member's answer about a lot. Negative ones are in NOT_RELEVANT; `WITHDRAWN` takes back the answer before."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"  # without a reason
    WRONG_FAMILY = "wrong-family"
    TOO_BIG = "too-big"
    TOO_FAR = "too-far"
    WRONG_LANGUAGE = "wrong-language"
    TOO_LATE = "too-late"
    BID = "bid"
    WON = "won"
    WITHDRAWN = "withdrawn"


NOT_RELEVANT = frozenset(
    {
        Answer.NOT_RELEVANT,
        Answer.WRONG_FAMILY,
        Answer.TOO_BIG,
        Answer.TOO_FAR,
        Answer.WRONG_LANGUAGE,
        Answer.TOO_LATE,
    }
)
"""Negative answers."""


YES = frozenset({Answer.RELEVANT, Answer.BID, Answer.WON})
"""Positive answers."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One answer of a member (`member` is its id) about a lot, at an instant with a zone, given on the "portal" or by
    "pib". `words` is the member's comment. Raises BadFact for an instant without a zone, and for words over LONGEST."""

    member: str
    lot_uid: str
    answer: Answer
    at: datetime
    via: str = "pib"
    words: str | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise BadFact(f"feedback at {self.at.isoformat()} has no zone; give an instant with one")
        if self.words is not None and len(self.words) > LONGEST:
            raise BadFact(f"feedback of {len(self.words)} characters; {LONGEST} are kept, shorten it")
        if not self.member or not self.lot_uid:
            raise BadFact("feedback names no member or no lot; give both")

    @property
    def is_yes(self) -> bool:
        """Whether the member wants lots like this one: relevant, bid or won."""
        return self.answer in YES
