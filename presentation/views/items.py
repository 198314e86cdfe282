"""One item of a letter or page as sentences: facts, deadline, changes, explanation, consortium, links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from presentation.digest_model import Digest, Item, Section, count_days
from presentation.i18n import DEADLINE_KINDS, Phrases, translatable
from presentation.languages import choose_text, shorten_language
from presentation.place_names import name_place, shorten_country
from presentation.sanitize import clean_url, clip_text
from presentation.signed_links import PortalLinks
from presentation.views.actions import LabelledLink, view_actions
from presentation.views.changes import view_differences
from presentation.views.notes import describe_joined
from presentation.views.reasons import (
    ConsortiumView,
    DisplayText,
    ExplanationView,
    describe_cpv,
    view_consortium,
    view_why,
)
from warehouse.codes.classifications import Nuts
from warehouse.model.notices import Lot, Notice, OpenLot, Publication, Text, ValueLevel, stated_value

_PROCEDURES = {
    "open": translatable("Open procedure"),
    "restricted": translatable("Restricted procedure"),
    "neg-w-call": translatable("Negotiated procedure with prior call"),
    "neg-wo-call": translatable("Negotiated procedure without prior call"),
    "comp-dial": translatable("Competitive dialogue"),
    "innovation": translatable("Innovation partnership"),
    "oth-single": translatable("Procedure in one stage"),
    "oth-mult": translatable("Procedure in several stages"),
}
"""Codes of BT-105. Any other code is shown as published."""

_NATURES = {"services": translatable("Services"), "supplies": translatable("Supplies"), "works": translatable("Works")}

_VALUES = {
    ValueLevel.LOT: translatable("{money} (estimate)"),
    ValueLevel.LOT_FRAMEWORK: translatable("at most {money} (framework agreement)"),
    ValueLevel.PROCEDURE: translatable("{money} (estimate for all lots)"),
    ValueLevel.PROCEDURE_FRAMEWORK: translatable("at most {money} (framework agreement, all lots)"),
}

_MOST_LOTS = 6
_MOST_NEEDS = 5
_MOST_LINKS = 6


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the facts table: its label and one or more values."""

    label: str
    values: tuple[DisplayText, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as sentences. `chip` is a short note on the time left, `is_urgent` is set within seven days of the
    deadline, `deadline` is None when the lot was withdrawn or awarded without a date."""

    title: DisplayText
    url: str | None
    chip: str
    is_urgent: bool
    is_new: bool
    deadline: str | None
    news: tuple[DisplayText, ...]
    facts: tuple[Fact, ...]
    why: ExplanationView | None
    coalition: ConsortiumView | None
    cautions: tuple[str, ...]
    links: tuple[LabelledLink, ...]
    actions: tuple[LabelledLink, ...] = ()
    joined: tuple[str, ...] = ()


def view_item(
    item: Item, digest: Digest, phrases: Phrases, *, in_full: bool = True, portal: PortalLinks | None = None
) -> ItemView:
    """All strings of one item.

    Args:
        item: the item to show.
        digest: gives the reader and the night's moment.
        phrases: of the reader's language.
        in_full: False leaves out reasons, consortium, secondary facts and all links but the first.
        portal: None leaves out the links to the portal.
    """
    links = _view_links(item, phrases)
    actions = view_actions(item, digest, phrases, portal) if portal else ()
    days = count_days(digest.as_of, item.deadline.at) if item.deadline else None
    is_open = not item.is_withdrawn and item.award is None
    return ItemView(
        title=_choose_title(item.lead, phrases),
        url=next((link.url for link in (*actions, *links) if link.url), None),
        chip=_describe_chip(item, days, phrases),
        is_urgent=is_open and days is not None and days <= 7,
        is_new=item.is_new and item.section is Section.CLOSING,
        deadline=_describe_deadline(item, phrases),
        news=_describe_news(item, phrases),
        facts=tuple(_view_facts(item, phrases) if in_full else _view_main_facts(item, phrases)),
        why=view_why(item.why, phrases, in_full=in_full) if item.why else None,
        coalition=view_consortium(item.coalition, phrases) if item.coalition and in_full else None,
        cautions=_describe_cautions(item, phrases) if is_open else (),
        links=links if in_full or not actions else links[:1],
        actions=actions if in_full else actions[:1],
        joined=tuple(describe_joined(group, phrases) for group in item.joined) if in_full else (),
    )


def word(text: Text, most: int) -> DisplayText:
    """A notice's text, sanitised and clipped to `most` characters, with its language."""
    return DisplayText(clip_text(text.value, most), shorten_language(text.language))


def _choose_title(lot: OpenLot, phrases: Phrases) -> DisplayText:
    """The notice's title, else the lot's title, else a fallback."""
    text = choose_text(lot.notice.titles or lot.lot.titles, phrases.language)
    shown = word(text, 160) if text else None
    return shown if shown and shown.text else DisplayText(phrases.translate("Untitled notice"), None)


def _describe_chip(item: Item, days: int | None, phrases: Phrases) -> str:
    if item.is_withdrawn:
        return phrases.translate("withdrawn")
    if item.award:
        return phrases.translate("decided")
    if days is None:
        return phrases.translate("no deadline stated")
    if days <= 1:
        return phrases.translate("closes today") if days <= 0 else phrases.translate("closes tomorrow")
    return phrases.translate_plural("{n} day left", "{n} days left", days)


def _describe_deadline(item: Item, phrases: Phrases) -> str | None:
    if item.award and item.award.decided_on:
        return phrases.translate("Decided on {day}", day=phrases.format_full_day(item.award.decided_on))
    if item.award or item.is_withdrawn:
        return None
    if item.deadline is None:
        return phrases.translate("No deadline stated: see the notice.")
    return f"{phrases.translate(DEADLINE_KINDS[item.deadline.kind])} {phrases.format_deadline(item.deadline)}"


def _describe_news(item: Item, phrases: Phrases) -> tuple[DisplayText, ...]:
    if item.award:
        return ()
    if item.is_withdrawn:
        return (DisplayText(phrases.translate("Withdrawn by the buyer: no answer is awaited any more."), None),)
    news: list[DisplayText] = []
    if item.moved_from:
        news.append(
            DisplayText(
                phrases.translate(
                    "The deadline moved. It was {before}.", before=phrases.format_moment(item.moved_from)
                ),
                None,
            )
        )
    elif item.section is Section.CHANGED and not item.differences:
        news.append(DisplayText(phrases.translate("The buyer published a correction."), None))
    news += view_differences(item, phrases)
    own = [t for t in item.corrections if shorten_language(t.language) == phrases.language]
    return (*news, *(word(text, 240) for text in (own or item.corrections)[:2]))


def _view_facts(item: Item, phrases: Phrases) -> list[Fact]:
    notice, lot = item.lead.notice, item.lead.lot
    facts = [
        *_view_needs(item, phrases),
        *_view_main_facts(item, phrases),
        _fact(phrases.translate("Procedure"), _describe_procedure(notice, lot, phrases)),
        _fact(phrases.translate("Language of the tender"), _describe_languages(lot, phrases)),
        *(_fact("CPV", describe_cpv(code, phrases)) for code in (lot.cpv or notice.cpv)[:1]),
    ]
    return (
        [*facts, _fact(phrases.translate("Your grappe"), _describe_grappes(item, phrases))] if item.grappes else facts
    )


def _view_main_facts(item: Item, phrases: Phrases) -> list[Fact]:
    """The facts that are shown for every item."""
    notice, lot = item.lead.notice, item.lead.lot
    return [
        Fact(phrases.translate("Buyer"), _view_buyers(notice, phrases)),
        *_view_lots(item, phrases),
        *_view_award(item, phrases),
        _fact(phrases.translate("Place"), _describe_place(lot, notice, phrases)),
        _fact(phrases.translate("Value"), _describe_value(item, phrases)),
    ]


def _fact(label: str, value: str) -> Fact:
    return Fact(label, (DisplayText(value, None),))


def _describe_grappes(item: Item, phrases: Phrases) -> str:
    """The names of the sub-networks, with spaces for hyphens."""
    return phrases.join_list([clip_text(grappe.replace("-", " "), 40) for grappe in item.grappes[:3]])


def _view_buyers(notice: Notice, phrases: Phrases) -> tuple[DisplayText, ...]:
    names = [choose_text(buyer.organisation.names, phrases.language) for buyer in notice.buyers]
    shown = tuple(word(name, 120) for name in names[:2] if name)
    return shown or (DisplayText(phrases.translate("not stated"), None),)


def _view_needs(item: Item, phrases: Phrases) -> list[Fact]:
    """What is bought, in short; nothing where the title alone states it."""
    title = _choose_title(item.lead, phrases).text.lower()
    shown = [word(need, 110) for need in item.needs if need.value.lower() not in title][:_MOST_NEEDS]
    return [Fact(phrases.translate("What is bought"), tuple(shown))] if shown else []


def _view_award(item: Item, phrases: Phrases) -> list[Fact]:
    if item.award is None:
        return []
    firms = [firm for party in item.award.winners for firm in party.organisations]
    names = [choose_text(firm.names, phrases.language) for firm in firms]
    winners = tuple(word(name, 100) for name in names[:5] if name)
    nobody = phrases.translate("nobody: the lot was closed without a winner")
    facts = [Fact(phrases.translate("Won by"), winners or (DisplayText(nobody, None),))]
    if item.award.value and item.award.value.is_stated:
        facts.append(
            Fact(phrases.translate("Awarded for"), (DisplayText(phrases.format_money(item.award.value), None),))
        )
    return facts


def _describe_place(lot: Lot, notice: Notice, phrases: Phrases) -> str:
    countries = dict.fromkeys(phrases.name_country(shorten_country(c)) for c in lot.countries[:3])
    places = _name_places(lot.nuts or notice.nuts, phrases) or [clip_text(country, 60) for country in countries]
    if not places:
        return _describe_buyers_place(notice, phrases)
    rest = phrases.translate_plural("{n} more", "{n} more", len(places) - 3)
    return phrases.join_list(places if len(places) <= 3 else [*places[:3], rest])


def _name_places(places: Iterable[Nuts], phrases: Phrases) -> list[str]:
    names = (f"{name_place(nuts, phrases.language) or phrases.name_country(nuts.country)} ({nuts})" for nuts in places)
    return list(dict.fromkeys(clip_text(name, 60) for name in names))


def _describe_buyers_place(notice: Notice, phrases: Phrases) -> str:
    """The buyer's place, marked as such: a fit by place rests on it where the notice names no place."""
    addresses = _name_places((b.organisation.nuts for b in notice.buyers if b.organisation.nuts), phrases)
    if not addresses:
        return phrases.translate("not stated")
    return phrases.translate("not stated; seat of the buyer: {place}", place=phrases.join_list(addresses[:2]))


def _describe_value(item: Item, phrases: Phrases) -> str:
    value = stated_value(item.lead.lot, item.lead.notice)
    if value is None:
        return phrases.translate("not stated")
    money = phrases.format_money(value.money)
    if value.level is ValueLevel.LOT and len(item.lots) > 1:
        return phrases.translate("{money} (estimate for {lot})", money=money, lot=clip_text(item.lead.lot.id, 20))
    return phrases.translate(_VALUES[value.level], money=money)


def _describe_procedure(notice: Notice, lot: Lot, phrases: Phrases) -> str:
    code = notice.procedure_type
    kind = (
        phrases.translate(_PROCEDURES[code])
        if code in _PROCEDURES
        else clip_text(code or phrases.translate("not stated"), 60)
    )
    nature = lot.nature or notice.nature
    return f"{kind} · {phrases.translate(_NATURES[nature])}" if nature in _NATURES else kind


def _describe_languages(lot: Lot, phrases: Phrases) -> str:
    names = [clip_text(phrases.name_language(code), 30) for code in lot.tender_languages[:6]]
    return phrases.join_list(names) if names else phrases.translate("not stated")


def _view_lots(item: Item, phrases: Phrases) -> list[Fact]:
    """The matched lots; none where there is one lot whose title equals the item's title."""
    lines = [_view_lot(lot, item, phrases) for lot in item.lots[:_MOST_LOTS]]
    if len(item.lots) == 1 and lines[0].text.endswith(_choose_title(item.lead, phrases).text):
        return []
    more = len(item.lots) - len(lines)
    if more > 0:
        lines.append(DisplayText(phrases.translate_plural("and {n} more lot", "and {n} more lots", more), None))
    return [Fact(phrases.translate_plural("Lot", "Lots", len(item.lots)), tuple(lines))]


def _view_lot(lot: OpenLot, item: Item, phrases: Phrases) -> DisplayText:
    """A lot's number and title, and its deadline where that differs from the leading lot's."""
    title = choose_text(lot.lot.titles, phrases.language)
    parts = [clip_text(lot.lot.id, 20), clip_text(title.value, 110) if title else ""]
    if lot.lot.deadline and lot.lot.deadline != item.deadline and not item.award:
        parts.append(phrases.format_deadline(lot.lot.deadline))
    return DisplayText(" · ".join(part for part in parts if part), shorten_language(title.language) if title else None)


def _describe_cautions(item: Item, phrases: Phrases) -> tuple[str, ...]:
    notice, lot = item.lead.notice, item.lead.lot
    cautions: list[str] = []
    if notice.is_summary:
        cautions.append(
            phrases.translate(
                "Only the portal's summary could be read so far, so take this fit with caution and read the notice."
            )
        )
    elif not lot.descriptions and not notice.descriptions:
        cautions.append(phrases.translate("The notice describes little: its documents decide."))
    if item.deadline and not item.deadline.hour_stated:
        cautions.append(phrases.translate("The notice states the day but not the hour of the deadline: ask the buyer."))
    return tuple(cautions)


def _view_links(item: Item, phrases: Phrases) -> tuple[LabelledLink, ...]:
    every = dict.fromkeys(publication for lot in item.lots for publication in lot.publications)
    links = [
        _view_publication(publication, phrases) for publication in sorted(every, key=lambda p: (p.source, p.number))
    ]
    documents = next((url for url in map(clean_url, item.lead.lot.documents) if url), None)
    extra = [LabelledLink(phrases.translate("Tender documents"), documents)] if documents else []
    return (*links[:_MOST_LINKS], *extra)


def _view_publication(publication: Publication, phrases: Phrases) -> LabelledLink:
    """The publication's link, with the system of its source name <country>_<system> as label: TED for "eu_ted"."""
    name = publication.source.partition("_")[2].upper() or publication.source
    label = clip_text(f"{name} {publication.number}", 60)
    if publication.day:
        label = phrases.translate(
            "{publication} of {day}", publication=label, day=phrases.format_long_day(publication.day)
        )
    return LabelledLink(label, clean_url(publication.url))
