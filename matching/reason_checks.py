"""Checks the reasons of a match result against the lot, the member and its awards, without the scores.

What makes each kind of reason true by itself. Used by tests over whole nights, and by bench.relevance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matching.eligibility import places_of
from matching.relevance.background import shipped_background
from matching.relevance.lot_text import CODES
from matching.text.bm25 import split_compound, stems_of
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.company_numbers import read_company_number
from warehouse.model.match_results import MatchResult, Reason, ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference, Text


def false_reasons(
    match_result: MatchResult, lot: OpenLot, members: Mapping[str, Member], references: Sequence[Reference] = ()
) -> list[str]:
    """One line for each reason of the `match_result` that is not true by itself; empty when all are.

    `lot` is the matched one; `members` by id; `references` are the awards of the warehouse.
    """
    found: list[str] = []
    for match in match_result.matches:
        member = members[match.member]
        awards = [award for award in references if award.company_number == member.company_number]
        total = math.fsum(reason.points for reason in match.reasons)
        if abs(total - match.score) > 1e-9:
            found.append(f"{lot.uid} {member.id}: the points sum to {total}, the score is {match.score}")
        for reason in match.reasons:
            if reason.kind is not ReasonKind.BASE and reason.points > 0:
                fault = _fault(reason, _Sides(match_result, lot, member, awards))
                if fault:
                    shown = f"{reason.kind}: {reason.asked[:60]!r} = {reason.offered[:60]!r}"
                    found.append(f"{lot.uid} {member.id}: {fault} ({shown})")
    return found


class _Sides:
    """The texts that a reason may take from the lot and from the member."""

    def __init__(self, match_result: MatchResult, lot: OpenLot, member: Member, awards: Sequence[Reference]) -> None:
        self.lot = lot
        self.member = member
        self.awards = awards
        self.facet_of = {facet.text: facet for facet in match_result.facets}
        self.competence_of = {competence.text: competence for competence in member.competences}
        self.codes = {code.code for code in list(dict.fromkeys(lot.lot.cpv or lot.notice.cpv))[:CODES]}
        self.titles = {title.value for award in awards for title in award.titles}

    def says(self, text: str) -> bool:
        """Whether a text, or the digits of a code, are the lot's."""
        return text in self.facet_of or text in self.codes

    def own_codes(self, offered: Cpv) -> set[Cpv]:
        """The codes of the source that the offered one comes from: competences, else awards too."""
        stated = {code for competence in self.member.competences for code in competence.cpv}
        return stated if offered in stated else stated | {code for award in self.awards for code in award.cpv}


def _fault(reason: Reason, sides: _Sides) -> str:
    """What is wrong with a reason; "" for a true one."""
    if not reason.asked or not reason.offered:
        return "a reason without a pair"
    match reason.kind:
        case ReasonKind.WORDS:
            return _fault_of_words(reason, sides)
        case ReasonKind.CPV:
            return _fault_of_codes(reason, sides)
        case ReasonKind.MEANING:
            known = sides.says(reason.asked) and reason.offered in sides.competence_of
            return "" if known else "a text of neither side"
        case ReasonKind.REFERENCE:
            return _fault_of_reference(reason, sides)
        case ReasonKind.PLACE:
            return _fault_of_place(reason, sides)
        case ReasonKind.SIZE:
            return "a value is evidence for no member"
        case ReasonKind.BASE:
            return ""


def _fault_of_words(reason: Reason, sides: _Sides) -> str:
    facet, competence = sides.facet_of.get(reason.asked), sides.competence_of.get(reason.offered)
    if facet is None or competence is None or facet.code:
        return "a text of neither side"
    statement_language = language_of(Text(competence.text, competence.language))
    if facet.language != statement_language:
        return f"the same words in {facet.language} and {statement_language}"
    required, offered = (
        set(stems_of(facet.text, statement_language)),
        set(stems_of(competence.text, statement_language)),
    )
    if statement_language in {"nl", "de"}:
        known = frozenset(required | offered)
        required |= {part for stem in required for part in split_compound(stem, known)}
        offered |= {part for stem in offered for part in split_compound(stem, known)}
    return "" if required & offered else "no word in common"


def _fault_of_codes(reason: Reason, sides: _Sides) -> str:
    if reason.asked not in sides.codes or not reason.offered.isdigit():
        return "no code of the lot, or none of the member"
    required, offered = Cpv(reason.asked), Cpv(reason.offered)
    own = sides.own_codes(offered)
    if offered not in own:
        return "no code of the member"
    similar = shipped_background().code_similarity
    shown = similar(required, offered)
    if shown <= 0:
        return "codes of one division at most"
    nearest = max(similar(Cpv(code), mine) for code in sides.codes for mine in own)
    return "" if nearest - shown < 1e-6 else "not the nearest codes"


def _fault_of_reference(reason: Reason, sides: _Sides) -> str:
    if reason.offered not in sides.titles:
        return "no award of the member"
    if sides.says(reason.asked):
        return ""
    buyers = {
        read_company_number(body.company_number, body.country)
        for body in (buyer.organisation for buyer in sides.lot.notice.buyers)
        if any(name.value == reason.asked for name in body.names)
    }
    served = any(buyers & set(award.buyers) for award in sides.awards if _has_title(award, reason.offered))
    return "" if served else "neither a text nor a buyer of the lot"


def _has_title(award: Reference, title: str) -> bool:
    return any(known.value == title for known in award.titles)


def _fault_of_place(reason: Reason, sides: _Sides) -> str:
    places = {place.code for place in places_of(sides.lot)}
    own = {sides.member.nuts.code, *(place.code for award in sides.awards for place in award.nuts[:1])}
    if reason.asked not in places:
        return "no place of the lot"
    return "" if reason.offered in own else "no place of the member"
