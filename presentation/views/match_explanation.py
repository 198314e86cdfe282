"""The explanation of a match: its band, the reasons that matching computed, and the circumstances that weaken it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from presentation.digest_model import Band, Lowering, MatchExplanation, ShownReason, count_days
from presentation.languages import shorten_language
from warehouse.model.match_results import Facet, Match, Reason, ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Text

STRONG, GOOD = 0.6, 0.4
"""Lower bounds of the scores in the two upper bands; scores below them are in the band FAIR."""

_COMFORTABLE_DAYS = 14
_MOST_REASONS = 2
_FAMILY_DIGITS = 3
"""Common digits from which two CPV codes are of one family; a division alone is none."""
_MOST_LOWERINGS = 3


def explain_match(
    match: Match, facets: tuple[Facet, ...], lot: OpenLot, member: Member, as_of: datetime
) -> MatchExplanation:
    """The band, at most two reasons, the strongest first and a place last, and at most three circumstances that weaken
    the match.

    Args:
        match: of the lot and the member; its score is in [0, 1].
        facets: of the lot; they give the languages and CPV codes of the reasons.
        lot: the matched lot.
        member: the matched member.
        as_of: the night's zone-aware moment, for the days left.
    """
    lowered = (*_weakening_circumstances(lot, member, as_of), *_missing_similarities(match, lot, member))
    shown = _strongest_reasons(match, facets, lot, member)
    return MatchExplanation(name_band(match.score), shown, lowered[:_MOST_LOWERINGS])


def _strongest_reasons(
    match: Match, facets: tuple[Facet, ...], lot: OpenLot, member: Member
) -> tuple[ShownReason, ...]:
    """The strongest reasons, a place only after all others. What a member says of itself is a reason once, by its words
    or by its meaning, whichever is stronger; so is one pair of texts, whatever its kinds."""
    buyers, names_place = _names_of_buyers(lot), bool(lot.lot.nuts or lot.notice.nuts)
    ranked = sorted(
        (r for r in match.reasons if r.points > 0 and r.asked), key=lambda r: (r.kind is ReasonKind.PLACE, -r.points)
    )
    strongest = {_subject_of(reason): reason for reason in reversed(ranked)}
    pairs = {(reason.asked, reason.offered): reason for reason in reversed(ranked)}
    facet_of = {facet.text: facet for facet in facets}
    language_of = {competence.text: competence.language for competence in member.competences}
    return tuple(
        ShownReason(
            kind=reason.kind,
            requirement=Text(reason.asked, facet_of[reason.asked].language if reason.asked in facet_of else None),
            code=_code_of(reason.asked, facet_of),
            offered=Text(reason.offered, language_of.get(reason.offered)),
            is_buyers_address=reason.kind is ReasonKind.PLACE and not names_place,
            is_buyer=reason.kind is ReasonKind.REFERENCE and reason.asked in buyers,
        )
        for reason in ranked
        if strongest[_subject_of(reason)] is reason and pairs[reason.asked, reason.offered] is reason
    )[:_MOST_REASONS]


def _subject_of(reason: Reason) -> tuple[str, str, str]:
    """What two reasons share when one of them says enough: the member's text, of reasons by words and by meaning."""
    if reason.kind in (ReasonKind.WORDS, ReasonKind.MEANING):
        return "text", "", reason.offered
    return reason.kind, reason.asked, reason.offered


def _code_of(required: str, facet_of: Mapping[str, Facet]) -> str | None:
    """The CPV code that a reason names, by its digits or by its label; None for text of the notice."""
    if re.fullmatch(r"\d{8}", required):
        return required
    return facet_of[required].code if required in facet_of else None


def _names_of_buyers(lot: OpenLot) -> frozenset[str]:
    return frozenset(name.value for buyer in lot.notice.buyers for name in buyer.organisation.names)


def name_band(score: float) -> Band:
    """The band of a score in [0, 1]."""
    if score >= STRONG:
        return Band.STRONG
    return Band.GOOD if score >= GOOD else Band.FAIR


def _weakening_circumstances(lot: OpenLot, member: Member, as_of: datetime) -> tuple[Lowering, ...]:
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


def _missing_similarities(match: Match, lot: OpenLot, member: Member) -> tuple[Lowering, ...]:
    """The weaknesses that the member's own codes and places do not contradict, whatever its reasons."""
    found: list[Lowering] = []
    requested = lot.lot.cpv or lot.notice.cpv
    own = {code for competence in member.competences for code in competence.cpv}
    named = any(code.common(mine) >= _FAMILY_DIGITS for code in requested for mine in own)
    if own and requested and not named and all(r.kind is not ReasonKind.CPV or r.points <= 0 for r in match.reasons):
        found.append(Lowering.CPV)
    places = lot.lot.nuts or lot.notice.nuts
    if places and all(place.country != member.nuts.country for place in places):
        found.append(Lowering.PLACE)
    return tuple(found)
