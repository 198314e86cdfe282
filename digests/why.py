"""Why a lot concerns a member, and what speaks against it. Reasons come from matching; none is invented here."""

from __future__ import annotations

from datetime import datetime

from digests.digest import Band, Lowering, Why, count_days
from digests.languages import shorten_language
from warehouse.cluster import Member
from warehouse.facts import OpenLot
from warehouse.verdicts import Match, ReasonKind

STRONG, GOOD = 0.75, 0.6
"""Least scores of the two upper bands; below, down to the member's own threshold, a match is fair."""

_COMFORTABLE_DAYS = 14
_MOST_REASONS = 3
_MOST_LOWERINGS = 3


def explain_match(match: Match, lot: OpenLot, member: Member, as_of: datetime) -> Why:
    """The band, the three strongest reasons, and at most three things that lower it."""
    reasons = sorted((r for r in match.reasons if r.points > 0), key=lambda r: -r.points)
    lowered = (*_find_circumstances(lot, member, as_of), *_find_missing(match))
    return Why(name_band(match.score), tuple(reasons[:_MOST_REASONS]), lowered[:_MOST_LOWERINGS])


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
    present = {reason.kind for reason in match.reasons if reason.points > 0}
    found: list[Lowering] = []
    if ReasonKind.CPV not in present:
        found.append(Lowering.CPV)
    if ReasonKind.PLACE not in present:
        found.append(Lowering.PLACE)
    if not present & {ReasonKind.WORDS, ReasonKind.MEANING}:
        found.append(Lowering.WORDS)
    return tuple(found)
