"""One item as the page of a lot shows it: every fact in a row of its own, the explanation, who joined before."""

from __future__ import annotations

from dataclasses import dataclass

from presentation.digest_model import Item
from presentation.i18n import Phrases
from presentation.views.facts import (
    choose_title,
    describe_buyers_place,
    describe_cautions,
    describe_deadline,
    describe_grappes,
    describe_languages,
    describe_news,
    describe_place,
    describe_procedure,
    describe_value,
    name_buyers,
    name_winners,
    view_lots,
    word,
)
from presentation.views.notes import describe_joined
from presentation.views.reasons import DisplayText, ExplanationView, describe_cpv, view_why

_MOST_LOTS = 6
_MOST_NEEDS = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the facts table: its label and one or more values."""

    label: str
    values: tuple[DisplayText, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as sentences. `deadline` is None when the lot was withdrawn or awarded without a date."""

    title: DisplayText
    deadline: str | None
    news: tuple[DisplayText, ...]
    facts: tuple[Fact, ...]
    why: ExplanationView | None
    cautions: tuple[str, ...]
    joined: tuple[str, ...] = ()


def view_item(item: Item, phrases: Phrases) -> ItemView:
    """All strings of one item, in the language of the `phrases`."""
    is_open = not item.is_withdrawn and item.award is None
    return ItemView(
        title=choose_title(item.lead, phrases),
        deadline=describe_deadline(item, phrases),
        news=describe_news(item, phrases),
        facts=tuple(_view_facts(item, phrases)),
        why=view_why(item.why, phrases) if item.why else None,
        cautions=describe_cautions(item, phrases) if is_open else (),
        joined=tuple(describe_joined(group, phrases) for group in item.joined),
    )


def _view_facts(item: Item, phrases: Phrases) -> list[Fact]:
    """The rows; a fact that the notice does not state is reported as not stated."""
    notice, lot = item.lead.notice, item.lead.lot
    translate, unstated = phrases.translate, phrases.translate("not stated")
    facts = [
        *_view_needs(item, phrases),
        Fact(translate("Buyer"), name_buyers(notice, phrases) or (DisplayText(unstated, None),)),
        *_view_lots(item, phrases),
        *_view_award(item, phrases),
        _fact(translate("Place"), describe_place(lot, notice, phrases) or _describe_buyers_place(item, phrases)),
        _fact(translate("Value"), describe_value(item, phrases) or unstated),
        _fact(translate("Procedure"), describe_procedure(notice, lot, phrases) or unstated),
        _fact(translate("Language of the tender"), describe_languages(lot, phrases) or unstated),
        *(_fact("CPV", describe_cpv(code, phrases)) for code in (lot.cpv or notice.cpv)[:1]),
    ]
    return [*facts, _fact(translate("Your grappe"), describe_grappes(item, phrases))] if item.grappes else facts


def _fact(label: str, value: str) -> Fact:
    return Fact(label, (DisplayText(value, None),))


def _describe_buyers_place(item: Item, phrases: Phrases) -> str:
    place = describe_buyers_place(item.lead.notice, phrases)
    if place is None:
        return phrases.translate("not stated")
    return phrases.translate("not stated; seat of the buyer: {place}", place=place)


def _view_needs(item: Item, phrases: Phrases) -> list[Fact]:
    """What is bought, in short; nothing where the title alone states it."""
    title = choose_title(item.lead, phrases).text.lower()
    shown = [word(need, 300) for need in item.needs if need.value.lower() not in title][:_MOST_NEEDS]
    return [Fact(phrases.translate("What is bought"), tuple(shown))] if shown else []


def _view_award(item: Item, phrases: Phrases) -> list[Fact]:
    if item.award is None:
        return []
    facts = [Fact(phrases.translate("Won by"), name_winners(item, phrases))]
    if item.award.value and item.award.value.is_stated:
        facts.append(_fact(phrases.translate("Awarded for"), phrases.format_money(item.award.value)))
    return facts


def _view_lots(item: Item, phrases: Phrases) -> list[Fact]:
    """The matched lots; none where there is one lot whose title equals the item's title."""
    lines = view_lots(item, phrases, most=_MOST_LOTS)
    return [Fact(phrases.translate_plural("Lot", "Lots", len(item.lots)), lines)] if lines else []
