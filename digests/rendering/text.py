"""The plain-text part of a letter, at most 76 columns, from the same view as the HTML."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from digests.rendering.letter_view import LetterView, SectionView
from presentation.i18n import Phrases
from presentation.views.actions import LabelledLink
from presentation.views.items import ItemView
from presentation.views.reasons import ConsortiumView, ExplanationView, PartnerView

COLUMNS = 76


def write_plain(view: LetterView) -> str:
    """The whole letter with lines of at most COLUMNS characters, except links, ended by line feeds."""
    phrases = Phrases(view.language)
    lines = [f"PIB · {view.edition}", "", *_fold(view.heading), "=" * min(COLUMNS, len(view.heading)), ""]
    lines += [*_fold(view.summary), ""]
    for note in view.notes:
        lines += [*_fold(note, "! "), ""]
    for section in view.sections:
        lines += _write_section(section, phrases)
    lines.append("-" * COLUMNS)
    for sentence in view.footer:
        lines += _fold(sentence)
    for link in view.actions:
        lines += _write_link(link)
    return "\n".join(lines) + "\n"


def _fold(text: str, first: str = "", indent: str | None = None) -> list[str]:
    rest = " " * len(first) if indent is None else indent
    return wrap(text, COLUMNS, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [first.rstrip()]


def _write_section(section: SectionView, phrases: Phrases) -> Iterator[str]:
    yield section.title.upper()
    yield "-" * len(section.title)
    yield ""
    for number, item in enumerate(section.items, 1):
        yield from _write_item(item, number, phrases)
        yield ""


def _write_item(item: ItemView, number: int, phrases: Phrases) -> Iterator[str]:
    new = f" · {phrases.translate('new')}" if item.is_new else ""
    yield from _fold(item.title.text, f"{number}. ", "   ")
    yield from _fold(f"[{item.chip}{new}] {item.deadline or ''}", "   ")
    for words in item.news:
        yield from _fold(words.text, "   > ", "     ")
    for fact in item.facts:
        yield from _fold("; ".join(value.text for value in fact.values), f"   {fact.label}: ", "     ")
    if item.why:
        yield from _write_why(item.why, phrases)
    if item.coalition:
        yield from _write_coalition(item.coalition, phrases)
    if item.joined:
        yield ""
        yield from _fold(phrases.translate("Who has joined for such calls"), "   ")
        for sentence in item.joined:
            yield from _fold(sentence, "   - ", "     ")
    for caution in item.cautions:
        yield from _fold(caution, "   ! ", "     ")
    for link in (*item.links, *item.actions):
        yield from _write_link(link)


def _write_why(why: ExplanationView, phrases: Phrases) -> Iterator[str]:
    yield ""
    yield from _fold(f"{phrases.translate('Why')}: {why.band}", "   ")
    for reason in why.reasons:
        yield from _fold(reason.requirement.text, f"   - {reason.kind}: ", "     ")
        if reason.offered:
            yield from _fold(reason.offered.text, f"     {phrases.translate('you')}: ", "       ")
    if why.lowered_by:
        yield from _fold(why.lowered_by, "   ", "   ")


def _write_coalition(coalition: ConsortiumView, phrases: Phrases) -> Iterator[str]:
    yield ""
    yield from _fold(phrases.translate("With whom"), "   ")
    for partner in coalition.partners:
        yield from _write_partner(partner)
    for bar in coalition.bars:
        drawn = "#" * round(bar.percent / 5)
        yield f"   {bar.label:<14} [{drawn:<20}] {bar.share}"
    yield from _fold(coalition.why_not_alone, "   ", "   ")
    if coalition.uncovered:
        yield from _fold(f"{phrases.translate('Stays uncovered')}:", "   ")
        for words in coalition.uncovered:
            yield from _fold(words.text, "   - ", "     ")
    else:
        yield from _fold(phrases.translate("Nothing stays uncovered."), "   ")
    for remark in coalition.remarks:
        yield from _fold(remark, "   ", "   ")
    for caution in coalition.cautions:
        yield from _fold(caution, "   ! ", "     ")


def _write_partner(partner: PartnerView) -> Iterator[str]:
    mark = f" ({partner.mark})" if partner.mark else ""
    yield from _fold(f"{partner.name}{mark} {partner.role}:", "   * ", "     ")
    for words in partner.brings:
        yield from _fold(words.text, "     - ", "       ")


def _write_link(link: LabelledLink) -> Iterator[str]:
    yield from _fold(link.label, "   -> ")
    if link.url:
        yield f"      {link.url}"
