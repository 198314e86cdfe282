"""The facts of an item as sentences: title, time, buyer, place, value, procedure, lots, what changed, what to mind.

Letters and pages arrange them. A fact that the notice does not state is None or empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from presentation.digest_model import Item, Section
from presentation.i18n import DEADLINE_KINDS, Phrases, translatable
from presentation.languages import choose_text, shorten_language
from presentation.place_names import name_place, shorten_country
from presentation.sanitize import clip_text
from presentation.views.changes import view_differences
from presentation.views.reasons import DisplayText
from warehouse.codes.classifications import Nuts
from warehouse.model.notices import DeadlineKind, Lot, Notice, OpenLot, Text, ValueLevel, stated_value

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

_SHORT_VALUES = {
    ValueLevel.LOT: translatable("{money}"),
    ValueLevel.LOT_FRAMEWORK: translatable("at most {money}"),
    ValueLevel.PROCEDURE: translatable("{money} for all lots"),
    ValueLevel.PROCEDURE_FRAMEWORK: translatable("at most {money} for all lots"),
}

_SHORT_KINDS = {
    DeadlineKind.TENDER: translatable("Tenders:"),
    DeadlineKind.REQUEST: translatable("Requests to participate:"),
    DeadlineKind.INTEREST: translatable("Expressions of interest:"),
}
_MOST_SIGNS_OF_A_LOT = 60
_LEAST_LETTERS = 7


def word(text: Text, most: int) -> DisplayText:
    """A notice's text, sanitised and clipped to `most` characters, with its language."""
    return DisplayText(clip_text(text.value, most), shorten_language(text.language))


def choose_title(lot: OpenLot, phrases: Phrases) -> DisplayText:
    """The notice's title, else the lot's title, else a fallback."""
    text = choose_text(lot.notice.titles or lot.lot.titles, phrases.language)
    shown = word(text, 160) if text else None
    return shown if shown and shown.text else DisplayText(phrases.translate("Untitled notice"), None)


def describe_time_left(item: Item, days: int | None, phrases: Phrases) -> str:
    """The days left, or how the call ended, in as few signs as can be; `days` to the deadline, None without one."""
    if item.is_withdrawn:
        return phrases.translate("withdrawn")
    if item.award:
        return phrases.translate("decided")
    if days is None:
        return phrases.translate("no date")
    if days <= 1:
        return phrases.translate("today") if days <= 0 else phrases.translate("tomorrow")
    return phrases.translate_plural("{n} day", "{n} days", days)


def describe_deadline(item: Item, phrases: Phrases, *, is_short: bool = False) -> str | None:
    """What must arrive by when, or when it was decided; None for a call that was withdrawn or decided on no day.

    `item` is the item, `phrases` translates; `is_short` abbreviates weekday and month.
    """
    if item.award and item.award.decided_on:
        return phrases.translate("Decided on {day}", day=phrases.format_full_day(item.award.decided_on))
    if item.award or item.is_withdrawn:
        return None
    if item.deadline is None:
        return phrases.translate("No deadline stated: see the notice.")
    if is_short:
        kind, when = _SHORT_KINDS[item.deadline.kind], phrases.format_short_deadline(item.deadline)
        return f"{phrases.translate(kind)} {when}"
    return f"{phrases.translate(DEADLINE_KINDS[item.deadline.kind])} {phrases.format_deadline(item.deadline)}"


def name_buyers(notice: Notice, phrases: Phrases) -> tuple[DisplayText, ...]:
    """At most two buyers; none where the notice names none."""
    names = [choose_text(buyer.organisation.names, phrases.language) for buyer in notice.buyers]
    return tuple(shown for shown in (word(name, 120) for name in names[:2] if name) if shown.text)


def describe_place(lot: Lot, notice: Notice, phrases: Phrases, *, with_codes: bool = True) -> str | None:
    """Where the work is done, three places at most; None where the `lot` and its `notice` name none. `phrases` gives
    their names, `with_codes` their NUTS codes too."""
    countries = dict.fromkeys(phrases.name_country(shorten_country(c)) for c in lot.countries[:3])
    places = _name_places(lot.nuts or notice.nuts, phrases, with_codes=with_codes) or [
        clip_text(country, 60) for country in countries
    ]
    if not places:
        return None
    rest = phrases.translate_plural("{n} more", "{n} more", len(places) - 3)
    return phrases.join_list(places if len(places) <= 3 else [*places[:3], rest])


def describe_buyers_place(notice: Notice, phrases: Phrases, *, with_codes: bool = True) -> str | None:
    """The buyer's place, two at most: a fit by place rests on it where the notice names no place."""
    places = (buyer.organisation.nuts for buyer in notice.buyers if buyer.organisation.nuts)
    addresses = _name_places(places, phrases, with_codes=with_codes)
    return phrases.join_list(addresses[:2]) if addresses else None


def describe_value(item: Item, phrases: Phrases, *, is_short: bool = False) -> str | None:
    """The stated value and what it is the value of; None where none is stated.

    `item` is the item, `phrases` translates; `is_short` leaves out that it is an estimate or of a framework agreement.
    """
    value = stated_value(item.lead.lot, item.lead.notice)
    if value is None:
        return None
    money = phrases.format_money(value.money)
    if is_short:
        return phrases.translate(_SHORT_VALUES[value.level], money=money)
    if value.level is ValueLevel.LOT and len(item.lots) > 1:
        return phrases.translate("{money} (estimate for {lot})", money=money, lot=clip_text(item.lead.lot.id, 20))
    return phrases.translate(_VALUES[value.level], money=money)


def describe_procedure(notice: Notice, lot: Lot, phrases: Phrases) -> str | None:
    """The procedure and what is bought: services, supplies or works; None where neither is stated."""
    nature = lot.nature or notice.nature
    parts = (name_procedure(notice, phrases), phrases.translate(_NATURES[nature]) if nature in _NATURES else "")
    return " · ".join(part for part in parts if part) or None


def name_procedure(notice: Notice, phrases: Phrases) -> str | None:
    """The procedure; a code that is not known as published, None where none is stated."""
    code = notice.procedure_type
    return phrases.translate(_PROCEDURES[code]) if code in _PROCEDURES else clip_text(code or "", 60) or None


def describe_languages(lot: Lot, phrases: Phrases) -> str | None:
    """The languages a tender may be written in; None where none is stated."""
    names = [clip_text(phrases.name_language(code), 30) for code in lot.tender_languages[:6]]
    return phrases.join_list(names) if names else None


def describe_grappes(item: Item, phrases: Phrases) -> str:
    """The names of the sub-networks, with spaces for hyphens."""
    return phrases.join_list([clip_text(grappe.replace("-", " "), 40) for grappe in item.grappes[:3]])


def _describe_lot(lot: OpenLot, item: Item, phrases: Phrases) -> DisplayText:
    """A lot's number and title, and its deadline where that differs from the leading lot's."""
    title = choose_text(lot.lot.titles, phrases.language)
    parts = [clip_text(lot.lot.id, 20), clip_text(title.value, 110) if title else ""]
    if lot.lot.deadline and lot.lot.deadline != item.deadline and not item.award:
        parts.append(phrases.format_deadline(lot.lot.deadline))
    return DisplayText(" · ".join(part for part in parts if part), shorten_language(title.language) if title else None)


def view_lots(item: Item, phrases: Phrases, *, most: int) -> tuple[DisplayText, ...]:
    """A line for each matched lot, `most` of them and how many more; none where there is one whose title is the
    item's."""
    lines = [_describe_lot(lot, item, phrases) for lot in item.lots[:most]]
    if len(item.lots) == 1 and lines[0].text.endswith(choose_title(item.lead, phrases).text):
        return ()
    if more := len(item.lots) - len(lines):
        lines.append(DisplayText(phrases.translate_plural("and {n} more lot", "and {n} more lots", more), None))
    return tuple(lines)


def name_lots(item: Item, phrases: Phrases, *, most: int) -> tuple[DisplayText, ...]:
    """The matched lots as short names ("2 Sauvegarde"), `most` of them and how many more; none where view_lots has
    none, or where there is one without a title."""
    if not view_lots(item, phrases, most=1):
        return ()
    names = [_name_lot(lot, phrases) for lot in item.lots[:most]]
    if len(item.lots) == 1 and names[0].text.isdigit():
        return ()
    if more := len(item.lots) - len(names):
        names.append(DisplayText(phrases.translate_plural("and {n} more lot", "and {n} more lots", more), None))
    return tuple(names)


def _name_lot(lot: OpenLot, phrases: Phrases) -> DisplayText:
    """The number of a lot and its title, where it is more than a reference ("VALM-2026-014 - 1")."""
    number = clip_text(re.sub(r"^LOT-0*", "", lot.lot.id), 12)
    title = choose_text(lot.lot.titles, phrases.language)
    if title is None or sum(map(str.isalpha, title.value)) < _LEAST_LETTERS:
        return DisplayText(number, None)
    return DisplayText(clip_text(f"{number} {title.value}", _MOST_SIGNS_OF_A_LOT), shorten_language(title.language))


def name_winners(item: Item, phrases: Phrases) -> tuple[DisplayText, ...]:
    """The firms that won the lot; who it was where there is none."""
    firms = [firm for party in item.award.winners for firm in party.organisations] if item.award else []
    names = [choose_text(firm.names, phrases.language) for firm in firms]
    winners = tuple(word(name, 100) for name in names[:5] if name)
    return winners or (DisplayText(phrases.translate("nobody: the lot was closed without a winner"), None),)


def describe_news(item: Item, phrases: Phrases) -> tuple[DisplayText, ...]:
    """What changed since the reader was notified, and the buyer's own words about it."""
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


def describe_cautions(item: Item, phrases: Phrases) -> tuple[str, ...]:
    """What the reader should mind: a summary, a thin notice, a deadline without an hour."""
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


def _name_places(places: Iterable[Nuts], phrases: Phrases, *, with_codes: bool) -> list[str]:
    names = ((nuts, name_place(nuts, phrases.language) or phrases.name_country(nuts.country)) for nuts in places)
    return list(dict.fromkeys(clip_text(f"{name} ({nuts})" if with_codes else name, 60) for nuts, name in names))
