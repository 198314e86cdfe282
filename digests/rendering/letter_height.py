"""How long a letter is on a telephone, estimated from its strings: how much its cards can show.

Programs that show mail differ in fonts; the numbers are those of the template in a window of 375 px with a wide font
(DejaVu Sans), and tests compare them with a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from presentation.views.cards import CardView, Detail
from presentation.views.group_cards import GroupView
from presentation.views.reasons import ExplanationView

MOST_PIXELS = 5_000
"""The most that a letter of seven calls takes in a window of 375 px."""
_GLANCE = 80
"""A line of the list at a glance."""
_MARGIN = 200
"""What the estimate of seven cards may be wrong by: it is 11 px too high a card on average, with a spread of 23."""
_LETTERS_OF_TITLE, _LETTERS_OF_TEXT, _LETTERS_OF_POINT, _LETTERS_OF_FINE = 29, 33, 36, 39
"""Letters of a line, by the size of its font."""


def choose_details(cards: Mapping[Detail, Sequence[CardView]], frame: float, *, in_full: int) -> list[Detail]:
    """How much each card shows, for the letter to keep to MOST_PIXELS, or to its share of it where it has more than
    seven calls: the last cards give way first, their groups last of all.

    `cards` are those of the letter, in each detail; `frame` is the height of the letter without them; the first
    `in_full` may be in full, the others show least.
    """
    heights = {detail: [estimate_card(card) for card in shown] for detail, shown in cards.items()}
    count = len(cards[Detail.FULL])
    room = (MOST_PIXELS - _MARGIN) * max(1.0, count / 7) - frame - _GLANCE * count
    details = [Detail.FULL if at < in_full else Detail.LEAST for at in range(count)]
    for lower in (Detail.SHORT, Detail.BRIEF):
        for at in range(min(in_full, count) - 1, -1, -1):
            if sum(heights[detail][place] for place, detail in enumerate(details)) <= room:
                return details
            details[at] = lower
    return details


def estimate_frame(footer: Sequence[str], sections: int) -> float:
    """The height of a letter without list and cards: its head, its `footer`, the headings of so many `sections`."""
    return 340 + 44 * sections + _lines(footer, _LETTERS_OF_FINE) * 20 + 4 * len(footer)


def estimate_card(card: CardView) -> float:
    """The height of a card in CSS pixels, with the space before it."""
    fine = [" · ".join([*card.terms, card.unstated or ""]), card.joined or ""]
    return (
        46  # frame and padding
        + _lines([card.title.text], _LETTERS_OF_TITLE) * 24
        + _lines([f"{card.time_left}   {card.deadline}"], _LETTERS_OF_FINE) * 20
        + _lines([" · ".join(part.text for part in card.about)], _LETTERS_OF_FINE) * 20
        + sum(_lines([change.text], _LETTERS_OF_TEXT) * 22 + 20 for change in card.news)
        + _lines([" ".join(part.text for part in card.described)], _LETTERS_OF_TEXT) * 22
        + _lines(["; ".join(["Lots", *(lot.text for lot in card.lots)])] if card.lots else [], _LETTERS_OF_POINT) * 21
        + (_estimate_why(card.why) if card.why else 0)
        + (_estimate_group(card.group) if card.group else 0)
        + _lines(fine, _LETTERS_OF_FINE) * 22
        + _estimate_notes(card.cautions)
        + _lines([" · ".join(link.label for link in (*card.links.others, *card.links.sources))], 34) * 27
    )


def _estimate_why(why: ExplanationView) -> float:
    reasons = (
        " – ".join(part for part in (reason.kind, reason.requirement and reason.requirement.text) if part)
        + (f" – you: {reason.offered.text}" if reason.offered else "")
        for reason in why.reasons
    )
    return 36 + _lines(reasons, _LETTERS_OF_POINT) * 21 + _lines([why.lowered_by or ""], _LETTERS_OF_FINE) * 24


def _estimate_group(group: GroupView) -> float:
    firms = (f"{firm.name} {firm.mark or ''}: {'; '.join(thing.text for thing in firm.brings)}" for firm in group.firms)
    heading = f"{'' if group.firms else group.names}  {group.share or ''}"
    return (
        14
        + _lines([f"With whom {heading}"], _LETTERS_OF_POINT) * 21
        + _lines([*firms, group.together or ""], _LETTERS_OF_POINT) * 21
        + _lines([*(f"Still missing: {thing.text}" for thing in group.missing), *group.remarks], _LETTERS_OF_FINE) * 23
        + _estimate_notes(group.cautions)
    )


def _estimate_notes(notes: Iterable[str]) -> float:
    return sum(20 + _lines([note], _LETTERS_OF_FINE - 3) * 20 for note in notes)


def _lines(paragraphs: Iterable[str], letters: int) -> int:
    return sum(ceil(len(paragraph) / letters) for paragraph in paragraphs)
