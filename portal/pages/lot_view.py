"""A lot's page as sentences: its time first, then what, why, with whom, what changed, and where to read it.

The sentences are those of letters (presentation/views), so that page and letter cannot differ; here is what only a page
shows. Nothing is read from the store and nothing is laid out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.snapshot import ClosedLot, Snapshot
from portal.web.context import SourceNote
from portal.web.i18n import PagePhrases
from presentation.digest_model import Item, Section
from presentation.i18n import translatable
from presentation.languages import choose_text, shorten_language
from presentation.lot_changes import changes_of_lot, corrections_of_lot
from presentation.sanitize import clean_url, clip_text
from presentation.views.consortium_summary import describe_past_groups, summarise_consortium
from presentation.views.facts import word
from presentation.views.items import ItemView, view_item
from presentation.views.match_explanation import explain_match
from presentation.views.needs import needs_in
from presentation.views.reasons import ConsortiumView, DisplayText, view_consortium
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import MatchResult, RefusalKind
from warehouse.model.members import Member
from warehouse.model.notices import Deadline, OpenLot

NOBODY = Member("", "", "", "", ("en",), Nuts("BE"), 0, None, (), (), ())
"""The reader of a public page, for views that need one; no sentence about the lot's facts depends on it."""

_MOST_TEXT = 6000

_REFUSALS = {
    RefusalKind.CLOSED: translatable("It was not proposed to you: it is closed."),
    RefusalKind.TOO_SOON: translatable("It was not proposed to you: too little time is left."),
    RefusalKind.OUT_OF_REACH: translatable("It was not proposed to you: the work is outside the places you work in."),
    RefusalKind.LANGUAGE: translatable(
        "It was not proposed to you: it asks for a tender in a language you do not offer."
    ),
    RefusalKind.NO_SIMILARITY: translatable("It was not proposed to you: it asks for nothing that your profile says."),
    RefusalKind.RESERVED: translatable("It was not proposed to you: it is reserved for other firms."),
}


@dataclass(frozen=True, slots=True)
class Countdown:
    """The time left: a number, its unit, what else is left; `at` is machine-readable. `number` is None where there is
    nothing to count."""

    number: int | None
    unit: str
    rest: str
    is_urgent: bool
    at: str | None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where the notice was published, and under which licence it is shown."""

    label: str
    url: str | None
    publisher: str
    licence: str


@dataclass(frozen=True, slots=True)
class LotView:
    """Every string of a lot's page. `coalitions` are those the reader belongs to, `refusal` why it was not notified."""

    item: ItemView
    lot_title: DisplayText | None
    buyer: DisplayText
    countdown: Countdown
    description: tuple[DisplayText, ...]
    criteria: tuple[DisplayText, ...]
    coalitions: tuple[ConsortiumView, ...]
    refusal: str | None
    changes: tuple[DisplayText, ...]
    sources: tuple[SourceLine, ...]


def view_lot(
    lot: OpenLot,
    snapshot: Snapshot,
    phrases: PagePhrases,
    *,
    now: datetime,
    sources: Mapping[str, SourceNote],
    member: Member | None = None,
    closed: ClosedLot | None = None,
) -> LotView:
    """The page of a lot, for a `member` or, where that is None, for everybody.

    `snapshot` is what the published copy contains; `phrases` translates; `now` is the zone-aware moment; `sources` are
    titles and licences by source; `closed` is how a lot ended that is no longer open, None for open ones.
    """
    match_result = snapshot.match_results.get(lot.uid)
    item = _make_item(lot, snapshot, match_result, member, now, closed)
    shown = view_item(item, phrases)
    return LotView(
        item=shown,
        lot_title=_lot_title(lot, shown, phrases),
        buyer=_buyer(lot, phrases),
        countdown=count_down(lot.lot.deadline, now, phrases, closed),
        description=_describe(lot, phrases),
        criteria=_describe_criteria(lot, phrases),
        coalitions=_view_coalitions(match_result, member, snapshot, phrases),
        refusal=_describe_refusal(match_result, member, phrases),
        changes=shown.news,
        sources=tuple(_view_sources(lot, phrases, sources)),
    )


def count_down(
    deadline: Deadline | None, now: datetime, phrases: PagePhrases, closed: ClosedLot | None = None
) -> Countdown:
    """The time left until the `deadline` (None where none is stated), computed here and not in the browser: days, then
    hours, then minutes.

    `now` is the zone-aware moment; `phrases` translates; `closed` is how the lot ended, None while it is open.
    """
    if closed and closed.is_cancelled:
        return Countdown(None, phrases.translate("withdrawn"), "", is_urgent=False, at=None)
    if closed and closed.award:
        return Countdown(None, phrases.translate("decided"), "", is_urgent=False, at=None)
    if deadline is None:
        return Countdown(None, phrases.translate("no deadline stated"), "", is_urgent=False, at=None)
    left, at = deadline.at - now, deadline.at.isoformat()
    if left <= timedelta(0):
        return Countdown(None, phrases.translate("closed"), "", is_urgent=False, at=at)
    days, hours, minutes = left.days, left.seconds // 3600, left.seconds % 3600 // 60
    urgent = days < 7
    if days >= 2:
        counted = deadline.hour_stated and hours > 0
        rest = phrases.translate_plural("and {n} hour left", "and {n} hours left", hours) if counted else ""
        unit = phrases.translate_plural("{n} day", "{n} days", days).removeprefix(str(days)).strip()
        return Countdown(days, unit, rest or phrases.translate("left"), urgent, at)
    hours += 24 * days
    if hours:
        unit = phrases.translate_plural("{n} hour", "{n} hours", hours).removeprefix(str(hours)).strip()
        return Countdown(
            hours, unit, phrases.translate_plural("and {n} minute left", "and {n} minutes left", minutes), urgent, at
        )
    unit = phrases.translate_plural("{n} minute", "{n} minutes", minutes).removeprefix(str(minutes)).strip()
    return Countdown(minutes, unit, phrases.translate("left"), urgent, at)


def _make_item(
    lot: OpenLot,
    snapshot: Snapshot,
    match_result: MatchResult | None,
    member: Member | None,
    now: datetime,
    closed: ClosedLot | None,
) -> Item:
    matches = match_result.matches if match_result and member else ()
    match = next((lot_match for lot_match in matches if member and lot_match.member == member.id), None)
    differences, corrections = snapshot.differences.get(lot.uid, ()), corrections_of_lot(lot)
    changed = bool(differences or changes_of_lot(lot))
    return Item(
        section=Section.CHANGED if changed else Section.NEW,
        lots=(lot,),
        why=explain_match(match, match_result.facets, lot, member, now) if match and match_result and member else None,
        is_new=False,
        corrections=corrections,
        differences=differences,
        is_withdrawn=bool(closed and closed.is_cancelled),
        award=closed.award if closed else None,
        joined=describe_past_groups(match_result, member, snapshot.members) if member else (),
        needs=needs_in(match_result.facets) if match_result else (),
    )


def _lot_title(lot: OpenLot, shown: ItemView, phrases: PagePhrases) -> DisplayText | None:
    """The lot's own title, where it differs from the purchase's."""
    text = choose_text(lot.lot.titles, phrases.language)
    own = word(text, 240) if text else None
    return own if own and own.text and own.text != shown.title.text else None


def _buyer(lot: OpenLot, phrases: PagePhrases) -> DisplayText:
    names = [choose_text(buyer.organisation.names, phrases.language) for buyer in lot.notice.buyers[:1]]
    shown = [word(name, 160) for name in names if name]
    return shown[0] if shown else DisplayText(phrases.translate("Buyer not stated"), None)


def _describe(lot: OpenLot, phrases: PagePhrases) -> tuple[DisplayText, ...]:
    """The descriptions of the lot and its purchase, each wording once, in the reader's language where there is one."""
    chosen = [choose_text(texts, phrases.language) for texts in (lot.lot.descriptions, lot.notice.descriptions)]
    shown = [word(text, _MOST_TEXT) for text in chosen if text]
    return tuple(dict.fromkeys(paragraph for paragraph in shown if paragraph.text))


def _describe_criteria(lot: OpenLot, phrases: PagePhrases) -> tuple[DisplayText, ...]:
    chosen = [
        choose_text(criterion.texts, phrases.language) for criterion in lot.lot.criteria if criterion.use == "selection"
    ]
    return tuple(dict.fromkeys(word(text, 600) for text in chosen[:12] if text and text.value.strip()))


def _view_coalitions(
    match_result: MatchResult | None, member: Member | None, snapshot: Snapshot, phrases: PagePhrases
) -> tuple[ConsortiumView, ...]:
    """Those of at least two that the member belongs to, smallest first. A coalition with a member who has left since is
    not shown."""
    if match_result is None or member is None:
        return ()
    own = [
        consortium
        for consortium in match_result.consortia
        if len(consortium.roles) >= 2 and member.id in consortium.members
    ]
    known = [
        consortium for consortium in own if {*consortium.members, consortium.best_alone} <= snapshot.members.keys()
    ]
    ordered = sorted(known, key=lambda consortium: (len(consortium.roles), consortium.rank))
    return tuple(
        view_consortium(summarise_consortium(consortium, match_result.facets, member, snapshot.members), phrases)
        for consortium in ordered
    )


def _describe_refusal(match_result: MatchResult | None, member: Member | None, phrases: PagePhrases) -> str | None:
    refusals = match_result.refusals if match_result and member else ()
    kind = next((refusal.kind for refusal in refusals if member and refusal.member == member.id), None)
    return phrases.translate(_REFUSALS[kind]) if kind else None


def _view_sources(lot: OpenLot, phrases: PagePhrases, sources: Mapping[str, SourceNote]) -> list[SourceLine]:
    lines: list[SourceLine] = []
    for publication in sorted(set(lot.publications), key=lambda notice: (notice.source, notice.number)):
        note = sources.get(publication.source)
        label = clip_text(f"{note.title if note else publication.source} {publication.number}", 90)
        if publication.day:
            label = phrases.translate(
                "{publication} of {day}", publication=label, day=phrases.format_long_day(publication.day)
            )
        lines.append(
            SourceLine(
                label=label,
                url=clean_url(publication.url),
                publisher=note.publisher if note else "",
                licence=note.licence if note else phrases.translate("licence not known"),
            )
        )
    return lines


def documents_of(lot: OpenLot) -> str | None:
    """The first safe address of the tender documents."""
    return next((url for url in map(clean_url, lot.lot.documents) if url), None)


def title_of(lot: OpenLot, language: str) -> tuple[str, str | None]:
    """The purchase's title, clean, with its language where that is not the reader's."""
    text = choose_text(lot.notice.titles or lot.lot.titles, language)
    if text is None:
        return "", None
    own = shorten_language(text.language)
    return clip_text(text.value, 160), own if own != language else None
