"""A member's lots just below its threshold, and what in its profile would have raised them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import Match, MatchResult
from warehouse.model.members import Competence, Member
from warehouse.model.notices import OpenLot

Rematch = Callable[[OpenLot, Member], float]
"""The score of a lot for a member as it would be, in [0, 1]."""

TRIED = 3
"""Codes of one lot that are tried, the main one first."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A competence that the member does not state, the lot's code with its label as words, and the score with it: about
    the most that stating the code can give, for the words are the lot's own."""

    code: Cpv
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A lot below the member's threshold: its match, and the additions that would raise it, the best first."""

    lot: OpenLot
    match: Match
    additions: tuple[Addition, ...]


def nearest_below(results: Iterable[MatchResult], member: str, threshold: float, *, show: int) -> tuple[Match, ...]:
    """The matches in `results` of a member (id) that lie below its `threshold` in [0, 1], at most `show`, the best
    first."""
    below = (match for result in results for match in result.matches if match.member == member)
    return tuple(sorted((m for m in below if m.score < threshold), key=lambda m: (-m.score, m.lot_uid))[:show])


def find_near_miss(lot: OpenLot, match: Match, member: Member, rematch: Rematch) -> NearMiss:
    """What would have raised this lot above the score of its `match`: each of the first TRIED codes that the member
    does not state, as one more competence in the member's first language, scored by `rematch`. An addition that raises
    nothing is left out."""
    stated = {code for competence in member.competences for code in competence.cpv}
    codes = [code for code in dict.fromkeys(lot.lot.cpv or lot.notice.cpv) if code not in stated][:TRIED]
    language = member.competences[0].language if member.competences else member.languages[0]
    tried = [_with_code(lot, member, code, language, rematch) for code in codes]
    raised = [addition for addition in tried if addition.score > match.score]
    return NearMiss(lot, match, tuple(sorted(raised, key=lambda addition: (-addition.score, addition.code.code))))


def _with_code(lot: OpenLot, member: Member, code: Cpv, language: str, rematch: Rematch) -> Addition:
    found = label(code, language)
    text = found.text if found else code.code
    more = (*member.competences, Competence(text, language, (code,)))
    return Addition(code, text, rematch(lot, replace(member, competences=more)))


def replaced(members: Sequence[Member], changed: Member) -> tuple[Member, ...]:
    """The members with one of them (by id) as it would be."""
    return tuple(changed if member.id == changed.id else member for member in members)
