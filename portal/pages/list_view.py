"""Calls in a list: a line each, for a member's pages and for the public ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.pages.lot_view import Countdown, count_down, title_of
from portal.snapshot import Snapshot
from portal.web.i18n import PagePhrases
from presentation.languages import choose_text
from presentation.place_names import name_place
from presentation.views.facts import word
from presentation.views.match_explanation import name_band
from presentation.views.reasons import DisplayText
from warehouse.model.match_results import LEAST_COVERAGE, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot
from warehouse.model.subnetworks import grappes_of


@dataclass(frozen=True, slots=True)
class LotLine:
    """One call in a list: `dots` of three for the member's fit (0 on public pages), `together` where it is one of a
    coalition."""

    title: DisplayText
    buyer: DisplayText | None
    place: str
    countdown: Countdown
    deadline: str | None
    url: str
    dots: int = 0
    together: bool = False


def view_line(lot: OpenLot, url: str, phrases: PagePhrases, now: datetime) -> LotLine:
    """A call as everybody may see it.

    `lot` is the call and `url` the address of its page; `phrases` translates; `now` is the zone-aware moment, for the
    days left.
    """
    text, language = title_of(lot, phrases.language)
    names = [choose_text(buyer.organisation.names, phrases.language) for buyer in lot.notice.buyers[:1]]
    places = [name_place(nuts, phrases.language) for nuts in (lot.lot.nuts or lot.notice.nuts)[:1]]
    return LotLine(
        title=DisplayText(text or phrases.translate("Untitled notice"), language),
        buyer=next((word(name, 100) for name in names if name), None),
        place=next((place for place in places if place), ""),
        countdown=count_down(lot.lot.deadline, now, phrases),
        deadline=phrases.format_deadline(lot.lot.deadline) if lot.lot.deadline else None,
        url=url,
    )


def lots_for_member(member: Member, snapshot: Snapshot, now: datetime) -> tuple[tuple[OpenLot, int, bool], ...]:
    """The open lots a member should see, nearest deadline first: fit in dots of three, whether in a coalition."""
    fits = {candidate.lot_uid: candidate.score for candidate in snapshot.matches.get(member.id, ())}
    found: list[tuple[OpenLot, int, bool]] = []
    for uid, lot in snapshot.lots.items():
        deadline, match_result = lot.lot.deadline, snapshot.match_results.get(uid)
        score = fits.get(uid, 0.0)
        joins = (
            [candidate for candidate in match_result.consortia if member.id in candidate.members]
            if match_result
            else []
        )
        least = max(member.preferences.threshold, LEAST_COVERAGE)
        together = any(candidate.coverage >= least and len(candidate.roles) > 1 for candidate in joins)
        is_over = deadline is not None and deadline.at <= now
        fits_well = score >= member.preferences.threshold or together
        if fits_well and not is_over and _passes_grappe_filter(match_result, member, snapshot):
            found.append((lot, _DOTS[name_band(score)] if score else 0, together))
    return tuple(found)


_DOTS = {"strong": 3, "good": 2, "fair": 1}


def _passes_grappe_filter(match_result: MatchResult | None, member: Member, snapshot: Snapshot) -> bool:
    """Whether the lot is in the sub-networks the member selected for its letters, by the rule of the letters."""
    wished = member.preferences.grappes
    return not wished or (match_result is not None and bool({*wished} & {*grappes_of(match_result, snapshot.members)}))
