"""Which lots may be told to a member tonight, and under which section: the new above its threshold, the told that
changed or are about to close, the withdrawn and decided it had been told of. Grouping and cutting are compose's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digests.composing.change_fingerprint import AWARDED, CANCELLED, fingerprint_facts
from presentation.digest_model import AwardedLot, NotifiedLot, Section, count_days
from presentation.lot_changes import is_withdrawn
from presentation.views.consortium_summary import choose_consortium, covers_more_together
from warehouse.model.match_results import Consortium, Facet, Match, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import Award, OpenLot
from warehouse.model.subnetworks import find_grappes

CLOSING_DAYS = 7
"""A lot is closing from a week before its deadline on, in calendar days of Brussels."""

_ALONE = 0.5
"""Where even the best firm alone covers less than half, a lot is a matter for a coalition, whoever fits it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that may be told, its section, the mark its telling leaves, and what is known of it and of the member."""

    lot: OpenLot
    section: Section
    fingerprint: str
    earlier: tuple[NotifiedLot, ...]
    match: Match | None = None
    match_result: MatchResult | None = None
    consortium: Consortium | None = None
    award: Award | None = None
    grappes: tuple[str, ...] = ()

    @property
    def strength(self) -> float:
        """What it is worth to the member: its own fit, or the coverage of the coalition it is part of."""
        together = self.consortium.coverage if self.consortium else 0.0
        return max(self.match.score if self.match else 0.0, together)

    @property
    def facets(self) -> tuple[Facet, ...]:
        """What the lot asks for, as far as it was judged."""
        return self.match_result.facets if self.match_result else ()

    @property
    def is_withdrawn(self) -> bool:
        """Whether it tells of a withdrawal."""
        return self.fingerprint == CANCELLED


def select_candidates(
    member: Member,
    lots: Mapping[str, OpenLot],
    match_results: Iterable[MatchResult],
    known: Mapping[str, tuple[NotifiedLot, ...]],
    as_of: datetime,
    members: Mapping[str, Member],
) -> list[Candidate]:
    """The open lots worth telling. `known` is what was told of each lot, oldest first; `members` the register, by
    whose grappes a lot's are known."""
    matched = {v.lot_uid: v for v in match_results if v.lot_uid in known or _concerns(v, member)}
    found: list[Candidate] = []
    for uid in dict.fromkeys((*matched, *known)):
        lot = lots.get(uid)
        if lot is None or _is_over(lot, as_of):
            continue
        if is_withdrawn(lot):
            found += select_withdrawn((lot,), known)
        elif candidate := _assess_lot(lot, member, matched.get(uid), known.get(uid, ()), as_of):
            grappes = find_grappes(candidate.match_result, members) if candidate.match_result else ()
            if candidate.earlier or _passes_grappe_filter(grappes, member):
                found.append(replace(candidate, grappes=tuple(g for g in grappes if g in member.grappes)))
    return found


def _passes_grappe_filter(grappes: tuple[str, ...], member: Member) -> bool:
    """Whether a new lot lies in the sub-networks the member narrowed its digest to. What it was told once is followed
    to its end."""
    wished = member.preferences.grappes
    return not wished or any(grappe in wished for grappe in grappes)


def select_withdrawn(withdrawn: Iterable[OpenLot], known: Mapping[str, tuple[NotifiedLot, ...]]) -> list[Candidate]:
    """The withdrawn lots the member had been told of, unless it knows already."""
    return [
        Candidate(lot, Section.CHANGED, CANCELLED, known[lot.uid])
        for lot in withdrawn
        if lot.uid in known and all(notified.fingerprint != CANCELLED for notified in known[lot.uid])
    ]


def select_awarded(awarded: Iterable[AwardedLot], known: Mapping[str, tuple[NotifiedLot, ...]]) -> list[Candidate]:
    """The decided lots the member had been told of, unless it knows already."""
    return [
        Candidate(one.lot, Section.AWARDED, AWARDED, known[one.lot.uid], award=one.award)
        for one in awarded
        if one.lot.uid in known and all(notified.fingerprint != AWARDED for notified in known[one.lot.uid])
    ]


def is_closing(lot: OpenLot, as_of: datetime) -> bool:
    """Whether the lot's deadline is within a week; a lot without deadline is never urgent."""
    deadline = lot.lot.deadline
    return deadline is not None and 0 <= count_days(as_of, deadline.at) <= CLOSING_DAYS


def _concerns(match_result: MatchResult, member: Member) -> bool:
    return any(m.member == member.id for m in match_result.matches) or any(
        member.id in c.members for c in match_result.consortia
    )


def _is_over(lot: OpenLot, as_of: datetime) -> bool:
    return lot.lot.deadline is not None and lot.lot.deadline.at <= as_of


def _assess_lot(
    lot: OpenLot, member: Member, match_result: MatchResult | None, earlier: tuple[NotifiedLot, ...], as_of: datetime
) -> Candidate | None:
    match = next((m for m in match_result.matches if m.member == member.id), None) if match_result else None
    consortium = choose_consortium(match_result, member) if match_result else None
    if earlier:
        section = _follow_up(lot, earlier, as_of)
    else:
        section = _choose_section(lot, match, consortium, member.preferences.threshold, as_of)
    if section is None:
        return None
    return Candidate(lot, section, fingerprint_facts(lot), earlier, match, match_result, consortium)


def _choose_section(
    lot: OpenLot, match: Match | None, consortium: Consortium | None, threshold: float, as_of: datetime
) -> Section | None:
    """Where a lot nobody told yet belongs; None below the threshold both alone and together."""
    fits = match is not None and match.score >= threshold
    joins = consortium is not None and consortium.coverage >= threshold and covers_more_together(consortium)
    if not fits and not joins:
        return None
    if is_closing(lot, as_of):
        return Section.CLOSING
    needs_others = consortium is not None and joins and consortium.best_alone_coverage < _ALONE
    return Section.COALITION if needs_others or not fits else Section.NEW


def _follow_up(lot: OpenLot, earlier: tuple[NotifiedLot, ...], as_of: datetime) -> Section | None:
    """A lot already told comes back when its facts are others, and once more when it is about to close."""
    fingerprint = fingerprint_facts(lot)
    if all(notified.fingerprint != fingerprint for notified in earlier):
        return Section.CHANGED
    reminded = any(notified.closing and notified.fingerprint == fingerprint for notified in earlier)
    return Section.CLOSING if is_closing(lot, as_of) and not reminded else None
