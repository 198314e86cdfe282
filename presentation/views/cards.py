"""One item of a letter as a card: what is bought, for whom, by when, why, with whom, in as few lines as it needs.

A fact is shown where the notice states it; what it does not state is named once, in the last line. What a card leaves
out is on the page of the lot, which its links open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from presentation.digest_model import Digest, Item, Lowering, Section, count_days
from presentation.i18n import Phrases, translatable
from presentation.sanitize import clip_text
from presentation.signed_links import PortalLinks
from presentation.views.actions import CardLinks, view_card_links
from presentation.views.facts import (
    choose_title,
    describe_buyers_place,
    describe_cautions,
    describe_deadline,
    describe_grappes,
    describe_languages,
    describe_news,
    describe_place,
    describe_time_left,
    describe_value,
    name_buyers,
    name_lots,
    name_procedure,
    name_winners,
    word,
)
from presentation.views.group_cards import GroupView, view_group
from presentation.views.notes import describe_joined
from presentation.views.reasons import DisplayText, ExplanationView, ReasonView, describe_cpv, is_same_text, view_why
from warehouse.model.notices import stated_value

_MOST_LOTS = 3
_MOST_SIGNS_OF_A_REASON = 70
_MOST_SIGNS_OF_A_TITLE, _MOST_SIGNS_AT_A_GLANCE = 110, 56

_UNSTATED = {
    "buyer": translatable("the buyer"),
    "place": translatable("the place"),
    "value": translatable("the value"),
    "procedure": translatable("the procedure"),
    "languages": translatable("the language of the tender"),
}


class Detail(IntEnum):
    """How much a card shows. FULL: all. SHORT: one reason, and no terms. BRIEF: also less of the description, and of a
    group only its firms and shares. LEAST: also no reason, and links to the pages of the call alone."""

    LEAST = 0
    BRIEF = 1
    SHORT = 2
    FULL = 3


_MOST_SIGNS = {Detail.LEAST: 100, Detail.BRIEF: 100, Detail.SHORT: 160, Detail.FULL: 160}
"""Signs of the description in a card, in lines of some 35 on a telephone."""
_MOST_REASONS = {Detail.LEAST: 0, Detail.BRIEF: 1, Detail.SHORT: 1, Detail.FULL: 2}


@dataclass(frozen=True, slots=True)
class GlanceLine:
    """A line of the list at a glance: the number of the card it leads to, the time left, the title, and value and
    buyer, as far as they are stated."""

    number: int
    time_left: str
    is_urgent: bool
    title: DisplayText
    about: tuple[DisplayText, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """An item as sentences. `is_urgent` is set within seven days of the deadline, `deadline`
    is None when the lot was withdrawn or awarded without a date; `about` are buyer, place and value, `described` the
    notice's own sentences, `terms` procedure, language and sub-networks, `unstated` what the notice leaves out."""

    number: int
    title: DisplayText
    url: str | None
    time_left: str
    is_urgent: bool
    is_new: bool
    deadline: str | None
    about: tuple[DisplayText, ...]
    described: tuple[DisplayText, ...]
    news: tuple[DisplayText, ...]
    lots: tuple[DisplayText, ...]
    why: ExplanationView | None
    group: GroupView | None
    joined: str | None
    cautions: tuple[str, ...]
    terms: tuple[str, ...]
    unstated: str | None
    links: CardLinks


def view_glance(item: Item, number: int, digest: Digest, phrases: Phrases) -> GlanceLine:
    """The line of an item in the list at a glance.

    `item` is one of the `digest`, `number` its number in the letter, from 1; `phrases` translates.
    """
    days = _count_days(item, digest)
    value = stated_value(item.lead.lot, item.lead.notice)
    money = [DisplayText(phrases.format_money(value.money), None)] if value and item.award is None else []
    return GlanceLine(
        number=number,
        time_left=describe_time_left(item, days, phrases),
        is_urgent=_is_urgent(item, days),
        title=_clip(choose_title(item.lead, phrases), _MOST_SIGNS_AT_A_GLANCE),
        about=(*money, *(_clip(name, 60) for name in name_buyers(item.lead.notice, phrases)[:1])),
    )


def view_card(
    item: Item,
    number: int,
    digest: Digest,
    phrases: Phrases,
    *,
    detail: Detail = Detail.FULL,
    with_joined: bool = True,
    portal: PortalLinks | None = None,
) -> CardView:
    """All strings of one card.

    Args:
        item: the item to show.
        number: its number in the letter, from 1.
        digest: gives the reader and the night's moment.
        phrases: of the reader's language.
        detail: how much it shows.
        with_joined: whether to show the past group; a letter shows it once.
        portal: None leaves out the links to the portal.
    """
    days, is_open = _count_days(item, digest), not item.is_withdrawn and item.award is None
    title = _clip(choose_title(item.lead, phrases), _MOST_SIGNS_OF_A_TITLE)
    described = _choose_sentences(item, phrases, most=_MOST_SIGNS[detail])
    shows_joined = item.joined and with_joined and detail > Detail.BRIEF and not item.coalition
    links = view_card_links(item, digest, phrases, portal, is_least=detail is Detail.LEAST)
    return CardView(
        number=number,
        title=title,
        url=links.title_url,
        time_left=describe_time_left(item, days, phrases),
        is_urgent=_is_urgent(item, days),
        is_new=item.is_new and item.section is Section.CLOSING,
        deadline=describe_deadline(item, phrases, is_short=True),
        about=tuple(_view_about(item, phrases)),
        described=described,
        news=describe_news(item, phrases),
        lots=name_lots(item, phrases, most=_MOST_LOTS if detail > Detail.BRIEF else 1),
        why=_view_why(item, (title, *described), phrases, most=_MOST_REASONS[detail]),
        group=view_group(item.coalition, phrases, in_full=detail > Detail.BRIEF) if item.coalition else None,
        joined=describe_joined(item.joined[0], phrases) if shows_joined else None,
        cautions=describe_cautions(item, phrases) if is_open else (),
        terms=tuple(_view_terms(item, phrases)) if detail is Detail.FULL else (),
        unstated=_name_unstated(item, phrases) if is_open else None,
        links=links,
    )


def _count_days(item: Item, digest: Digest) -> int | None:
    return count_days(digest.as_of, item.deadline.at) if item.deadline else None


def _is_urgent(item: Item, days: int | None) -> bool:
    return not item.is_withdrawn and item.award is None and days is not None and days <= 7


def _clip(shown: DisplayText, most: int) -> DisplayText:
    return DisplayText(clip_text(shown.text, most), shown.language)


def _choose_sentences(item: Item, phrases: Phrases, *, most: int) -> tuple[DisplayText, ...]:
    """One or two sentences of the description, of `most` signs; the second only where both are shown whole. Where the
    notice describes nothing, the name of its main CPV code."""
    title = choose_title(item.lead, phrases).text.casefold()
    whole = [word(sentence, most) for sentence in item.sentences]
    telling = [sentence for sentence in whole if sentence.text.casefold().rstrip(" .") not in title]
    if not telling:
        codes = item.lead.lot.cpv or item.lead.notice.cpv
        return (
            ()
            if item.is_withdrawn
            else tuple(DisplayText(describe_cpv(code, phrases, with_code=False), None) for code in codes[:1])
        )
    first, others = telling[0], telling[1:2]
    return (first, *(other for other in others if len(first.text) + len(other.text) < most))


def _view_about(item: Item, phrases: Phrases) -> Iterator[DisplayText]:
    """Buyer, place and value, as far as they are stated; of a decided call also who won and for how much."""
    notice, lot = item.lead.notice, item.lead.lot
    yield from name_buyers(notice, phrases)
    if place := describe_place(lot, notice, phrases, with_codes=False):
        yield DisplayText(place, None)
    elif address := describe_buyers_place(notice, phrases, with_codes=False):
        yield DisplayText(phrases.translate("seat of the buyer: {place}", place=address), None)
    if item.award is None:
        if value := describe_value(item, phrases, is_short=True):
            yield DisplayText(value, None)
        return
    for winner in name_winners(item, phrases):
        yield DisplayText(f"{phrases.translate('Won by')}{phrases.translate(':')} {winner.text}", winner.language)
    if item.award.value and item.award.value.is_stated:
        amount = phrases.format_money(item.award.value)
        yield DisplayText(f"{phrases.translate('Awarded for')}{phrases.translate(':')} {amount}", None)


def _view_why(item: Item, stated: tuple[DisplayText, ...], phrases: Phrases, *, most: int) -> ExplanationView | None:
    """The explanation with `most` short reasons; what the card states already in its title and sentences, `stated`, is
    not quoted again. A turnover that is not known is no circumstance of the call: the letter states it once, at its
    end."""
    if item.why is None:
        return None
    lowered_by = tuple(lowering for lowering in item.why.lowered_by if lowering is not Lowering.TURNOVER)
    whole = view_why(replace(item.why, lowered_by=lowered_by), phrases, with_codes=False)
    reasons = tuple(_shorten_reason(reason, stated) for reason in whole.reasons[:most])
    if most and not whole.reasons:
        reasons = (ReasonView(phrases.translate("The call as a whole resembles what you do."), None, None),)
    return replace(whole, reasons=reasons)


def _shorten_reason(reason: ReasonView, stated: tuple[DisplayText, ...]) -> ReasonView:
    requirement, offered = reason.requirement, reason.offered
    repeated = offered and requirement and any(is_same_text(sentence.text, requirement.text) for sentence in stated)
    return ReasonView(
        reason.kind,
        None if repeated or requirement is None else _clip(requirement, _MOST_SIGNS_OF_A_REASON),
        _clip(offered, _MOST_SIGNS_OF_A_REASON) if offered else None,
    )


def _view_terms(item: Item, phrases: Phrases) -> Iterator[str]:
    """Procedure, language of the tender and sub-networks, as far as they are stated."""
    notice, lot = item.lead.notice, item.lead.lot
    if procedure := name_procedure(notice, phrases):
        yield procedure
    if languages := describe_languages(lot, phrases):
        yield f"{phrases.translate('Language of the tender')}{phrases.translate(':')} {languages}"
    if item.grappes:
        yield f"{phrases.translate('Your grappe')}{phrases.translate(':')} {describe_grappes(item, phrases)}"


def _name_unstated(item: Item, phrases: Phrases) -> str | None:
    """What the notice does not state, in one sentence; None where it states all."""
    notice, lot = item.lead.notice, item.lead.lot
    stated = {
        "buyer": name_buyers(notice, phrases),
        "place": describe_place(lot, notice, phrases),
        "value": describe_value(item, phrases),
        "procedure": notice.procedure_type,
        "languages": lot.tender_languages,
    }
    missing = [phrases.translate(_UNSTATED[name]) for name, value in stated.items() if not value]
    return phrases.translate("Not stated: {things}.", things=phrases.join_list(missing)) if missing else None
