"""The plain-text part of a letter, at most 76 columns, from the same view as the HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from digests.rendering.letter_view import LetterView, SectionView
from presentation.i18n import Phrases
from presentation.views.actions import LabelledLink
from presentation.views.cards import CardView, GlanceLine
from presentation.views.group_cards import GroupFirm, GroupView
from presentation.views.reasons import DisplayText, ExplanationView

COLUMNS = 76


def write_plain(view: LetterView) -> str:
    """The whole letter with lines of at most COLUMNS characters, except links, ended by line feeds."""
    phrases = Phrases(view.language)
    lines = [f"PIB · {view.edition}", "", *_fold(view.heading), "=" * min(COLUMNS, len(view.heading)), ""]
    lines += [*_fold(view.summary), ""]
    for note in view.notes:
        lines += [*_fold(note, "! "), ""]
    for line in view.glance:
        lines += _write_glance(line)
    lines += [""] if view.glance else []
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


def _join(shown: Iterable[DisplayText]) -> str:
    return " · ".join(part.text for part in shown)


def _write_glance(line: GlanceLine) -> list[str]:
    return _fold(_join((DisplayText(line.time_left, None), line.title, *line.about)), f"{line.number}. ", "   ")


def _write_section(section: SectionView, phrases: Phrases) -> Iterator[str]:
    yield section.title.upper()
    yield "-" * len(section.title)
    yield ""
    for card in section.cards:
        yield from _write_card(card, phrases)
        yield ""


def _write_card(card: CardView, phrases: Phrases) -> Iterator[str]:
    new = f" · {phrases.translate('new')}" if card.is_new else ""
    yield from _fold(card.title.text, f"{card.number}. ", "   ")
    yield from _fold(f"[{card.time_left}{new}] {card.deadline or ''}", "   ")
    yield from _write_facts(card, phrases)
    if card.why:
        yield from _write_why(card.why, phrases)
    if card.group:
        yield from _write_group(card.group, phrases)
    if card.joined:
        yield from _fold(card.joined, "   ")
    for caution in card.cautions:
        yield from _fold(caution, "   ! ", "     ")
    if fine := " · ".join(part for part in (*card.terms, card.unstated) if part):
        yield from _fold(fine, "   ")
    for link in (*([card.links.page] if card.links.page else []), *card.links.others, *card.links.sources):
        yield from _write_link(link)


def _write_facts(card: CardView, phrases: Phrases) -> Iterator[str]:
    """Buyer, place and value, what changed, what is bought, which lots."""
    if card.about:
        yield from _fold(_join(card.about), "   ")
    for change in card.news:
        yield from _fold(change.text, "   > ", "     ")
    for sentence in card.described:
        yield from _fold(sentence.text, "   ")
    if card.lots:
        label = phrases.translate_plural("Lot", "Lots", len(card.lots))
        yield from _fold(f"{label}{phrases.translate(':')} {'; '.join(lot.text for lot in card.lots)}", "   ")


def _write_why(why: ExplanationView, phrases: Phrases) -> Iterator[str]:
    yield ""
    yield from _fold(f"{phrases.translate('Why')}: {why.band}", "   ")
    for reason in why.reasons:
        colon = phrases.translate(":")
        requirement = f"{colon} {reason.requirement.text}" if reason.requirement else ""
        offered = f" – {phrases.translate('you')}{colon} {reason.offered.text}" if reason.offered else ""
        yield from _fold(f"{reason.kind}{requirement}{offered}", "   - ", "     ")
    if why.lowered_by:
        yield from _fold(why.lowered_by, "   ", "   ")


def _write_group(group: GroupView, phrases: Phrases) -> Iterator[str]:
    yield ""
    heading = [phrases.translate("With whom"), *([] if group.firms else [group.names]), group.share]
    yield from _fold(" · ".join(part for part in heading if part), "   ")
    for firm in group.firms:
        yield from _write_firm(firm, phrases)
    if group.together:
        yield from _fold(group.together, "   ")
    for thing in group.missing:
        yield from _fold(f"{phrases.translate('Still missing')}{phrases.translate(':')} {thing.text}", "   - ", "     ")
    for remark in group.remarks:
        yield from _fold(remark, "   ")
    for caution in group.cautions:
        yield from _fold(caution, "   ! ", "     ")


def _write_firm(firm: GroupFirm, phrases: Phrases) -> list[str]:
    mark = f" ({firm.mark})" if firm.mark else ""
    brings = f"{phrases.translate(':')} {'; '.join(thing.text for thing in firm.brings)}" if firm.brings else ""
    return _fold(f"{firm.name}{mark}{brings}", "   * ", "     ")


def _write_link(link: LabelledLink) -> Iterator[str]:
    yield from _fold(link.label, "   -> ")
    if link.url:
        yield f"      {link.url}"
