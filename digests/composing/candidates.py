"""Selects the lots that a digest may contain, each with its section: new lots above the member's threshold, and lots of
earlier notifications that changed, close soon, were withdrawn or awarded. compose.py groups and cuts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digests.composing.change_fingerprint import AWARDED, CANCELLED, fingerprint_facts
from presentation.digest_model import AwardedLot, NotifiedLot, Section, count_days
from presentation.lot_changes import is_withdrawn
from presentation.views.consortium_summary import choose_consortium, covers_more_together
from warehouse.model.match_results import LEAST_COVERAGE, Consortium, Facet, Match, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import Award, OpenLot
from warehouse.model.subnetworks import grappes_of

CLOSING_DAYS = 7
"""Calendar days in Brussels before its deadline from which a lot is in the section CLOSING."""

_ALONE = 0.5
"""When the best single firm covers less than this, a lot belongs to the section COALITION."""


@dataclass(frozen=True, slots=True)
class DigestCandidate:
    """A lot that a digest may contain: its section, the fingerprint of its facts, the member's earlier notifications of
    it (oldest first), and what matching found."""

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
        """The larger of the member's score and the coverage of its consortium, in [0, 1]."""
        together = self.consortium.coverage if self.consortium else 0.0
        return max(self.match.score if self.match else 0.0, together)

    @property
    def facets(self) -> tuple[Facet, ...]:
        """The facets of the lot; none when it was not matched."""
        return self.match_result.facets if self.match_result else ()

    @property
    def is_withdrawn(self) -> bool:
        """Whether the notification is about a withdrawal."""
        return self.fingerprint == CANCELLED


def select_candidates(
    member: Member,
    lots: Mapping[str, OpenLot],
    match_results: Iterable[MatchResult],
    known: Mapping[str, tuple[NotifiedLot, ...]],
    as_of: datetime,
    members: Mapping[str, Member],
) -> list[DigestCandidate]:
    """The open and withdrawn lots that a digest may contain.

    Args:
        member: the reader.
        lots: the open lots by uid.
        match_results: of the night; those that do not concern the member are skipped.
        known: earlier notifications of this member by lot uid, oldest first.
        as_of: the night's zone-aware moment.
        members: all members by id; their sub-networks give those of a lot.
    """
    matched = {v.lot_uid: v for v in match_results if v.lot_uid in known or _concerns(v, member)}
    found: list[DigestCandidate] = []
    for uid in dict.fromkeys((*matched, *known)):
        lot = lots.get(uid)
        if lot is None or _is_over(lot, as_of):
            continue
        if is_withdrawn(lot):
            found += select_withdrawn((lot,), known)
        elif candidate := _assess_lot(lot, member, matched.get(uid), known.get(uid, ()), as_of):
            grappes = grappes_of(candidate.match_result, members) if candidate.match_result else ()
            if candidate.earlier or _passes_grappe_filter(grappes, member):
                found.append(replace(candidate, grappes=tuple(g for g in grappes if g in member.grappes)))
    return found


def _passes_grappe_filter(grappes: tuple[str, ...], member: Member) -> bool:
    """Whether a new lot belongs to a sub-network that the member selected; always when it selected none. Lots that the
    member was notified of before are not filtered."""
    selected = member.preferences.grappes
    return not selected or any(grappe in selected for grappe in grappes)


def select_withdrawn(
    withdrawn: Iterable[OpenLot], known: Mapping[str, tuple[NotifiedLot, ...]]
) -> list[DigestCandidate]:
    """Those of the withdrawn lots that the member was notified of, except when it was notified of the withdrawal."""
    return [
        DigestCandidate(lot, Section.CHANGED, CANCELLED, known[lot.uid])
        for lot in withdrawn
        if lot.uid in known and all(notified.fingerprint != CANCELLED for notified in known[lot.uid])
    ]


def select_awarded(
    awarded: Iterable[AwardedLot], known: Mapping[str, tuple[NotifiedLot, ...]]
) -> list[DigestCandidate]:
    """Those of the awarded lots that the member was notified of, except when it was notified of the award."""
    return [
        DigestCandidate(decided.lot, Section.AWARDED, AWARDED, known[decided.lot.uid], award=decided.award)
        for decided in awarded
        if decided.lot.uid in known and all(notified.fingerprint != AWARDED for notified in known[decided.lot.uid])
    ]


def is_closing(lot: OpenLot, as_of: datetime) -> bool:
    """Whether the lot's deadline is within CLOSING_DAYS; never for a lot without deadline."""
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
) -> DigestCandidate | None:
    match = next((m for m in match_result.matches if m.member == member.id), None) if match_result else None
    consortium = choose_consortium(match_result, member) if match_result else None
    if earlier:
        section = _follow_up(lot, earlier, as_of)
    else:
        section = _choose_section(lot, match, consortium, member.preferences.threshold, as_of)
    if section is None:
        return None
    return DigestCandidate(lot, section, fingerprint_facts(lot), earlier, match, match_result, consortium)


def _choose_section(
    lot: OpenLot, match: Match | None, consortium: Consortium | None, threshold: float, as_of: datetime
) -> Section | None:
    """The section of a lot the member was not notified of; None when score and coverage are below the threshold."""
    fits = match is not None and match.score >= threshold
    joins = (
        consortium is not None
        and consortium.coverage >= max(threshold, LEAST_COVERAGE)
        and covers_more_together(consortium)
    )
    if not fits and not joins:
        return None
    if is_closing(lot, as_of):
        return Section.CLOSING
    needs_others = consortium is not None and joins and consortium.best_alone_coverage < _ALONE
    return Section.COALITION if needs_others or not fits else Section.NEW


def _follow_up(lot: OpenLot, earlier: tuple[NotifiedLot, ...], as_of: datetime) -> Section | None:
    """The section of a lot the member was notified of: CHANGED when its facts changed, CLOSING once before its
    deadline, else None."""
    fingerprint = fingerprint_facts(lot)
    if all(notified.fingerprint != fingerprint for notified in earlier):
        return Section.CHANGED
    reminded = any(notified.closing and notified.fingerprint == fingerprint for notified in earlier)
    return Section.CLOSING if is_closing(lot, as_of) and not reminded else None
