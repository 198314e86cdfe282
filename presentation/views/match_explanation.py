"""Why a lot concerns a member, and what speaks against it. Reasons come from matching; none is invented here."""

from __future__ import annotations

from datetime import datetime

from presentation.digest_model import Band, Lowering, MatchExplanation, ShownReason, count_days
from presentation.languages import shorten_language
from warehouse.model.match_results import Facet, Match, ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Text

STRONG, GOOD = 0.75, 0.6
"""Least scores of the two upper bands; below, down to the member's own threshold, a match is fair."""

_COMFORTABLE_DAYS = 14
_MOST_GROUNDS = 3
_MOST_LOWERINGS = 3


def explain_match(
    match: Match, facets: tuple[Facet, ...], lot: OpenLot, member: Member, as_of: datetime
) -> MatchExplanation:
    """The band, the three strongest grounds, and at most three things that lower it. `facets` are the lot's."""
    lowered = (*_find_circumstances(lot, member, as_of), *_find_missing(match))
    return MatchExplanation(name_band(match.score), _find_grounds(match, facets, member), lowered[:_MOST_LOWERINGS])


def _find_grounds(match: Match, facets: tuple[Facet, ...], member: Member) -> tuple[ShownReason, ...]:
    """The strongest reasons, each pair of words once: what is said in the same words has the same meaning too."""
    said = sorted((r for r in match.reasons if r.points > 0 and r.asked), key=lambda r: -r.points)
    pairs = {(reason.asked, reason.offered): reason for reason in reversed(said)}
    asked = {facet.text: facet for facet in facets}
    spoken = {competence.text: competence.language for competence in member.competences}
    return tuple(
        ShownReason(
            kind=reason.kind,
            asked=Text(reason.asked, asked[reason.asked].language if reason.asked in asked else None),
            code=asked[reason.asked].code if reason.asked in asked else None,
            offered=Text(reason.offered, spoken.get(reason.offered)),
        )
        for reason in said
        if pairs[reason.asked, reason.offered] is reason
    )[:_MOST_GROUNDS]


def name_band(score: float) -> Band:
    """The word for a score in [0, 1]."""
    if score >= STRONG:
        return Band.STRONG
    return Band.GOOD if score >= GOOD else Band.FAIR


def _find_circumstances(lot: OpenLot, member: Member, as_of: datetime) -> tuple[Lowering, ...]:
    found: list[Lowering] = []
    deadline = lot.lot.deadline
    if deadline and count_days(as_of, deadline.at) < _COMFORTABLE_DAYS:
        found.append(Lowering.TIME)
    estimate = lot.lot.estimate
    if estimate and estimate.is_stated:
        if member.turnover is None:
            found.append(Lowering.TURNOVER)
        elif member.turnover.currency == estimate.currency and member.turnover.amount < estimate.amount:
            found.append(Lowering.SIZE)
    accepted = {shorten_language(language) for language in lot.lot.tender_languages}
    if accepted and member.languages[0] not in accepted:
        found.append(Lowering.LANGUAGE)
    return tuple(found)


def _find_missing(match: Match) -> tuple[Lowering, ...]:
    present = {reason.kind: reason for reason in match.reasons if reason.points > 0}
    found: list[Lowering] = []
    if ReasonKind.CPV not in present:
        found.append(Lowering.CPV)
    place = present.get(ReasonKind.PLACE)
    if place and place.asked and place.asked[:2] != place.offered[:2]:
        found.append(Lowering.PLACE)
    if not {ReasonKind.WORDS, ReasonKind.MEANING} & present.keys():
        found.append(Lowering.WORDS)
    return tuple(found)
