"""What changed in a purchase since the reader was told, in words: facts first, each in one short sentence."""

from __future__ import annotations

from collections.abc import Iterator

from presentation.digest_model import Item
from presentation.i18n import Phrases
from presentation.languages import choose_text, shorten_language
from presentation.reasons_view import Words, say_cpv
from presentation.sanitize import clip_text
from warehouse.model.changes import ChangeKind, Difference
from warehouse.model.codes import Cpv
from warehouse.model.notices import Deadline, Money

_MOST = 6


def view_differences(item: Item, phrases: Phrases) -> tuple[Words, ...]:
    """The sentences, deadlines left to the item's own line where it moved."""
    return tuple(_say(item, phrases))[:_MOST]


def _say(item: Item, phrases: Phrases) -> Iterator[Words]:
    by_kind = {kind: [one for one in item.differences if one.kind is kind] for kind in ChangeKind}
    if not item.moved_from:
        yield from (_say_deadline(one, phrases) for one in by_kind[ChangeKind.DEADLINE][:1])
    for kind in (ChangeKind.LOT_ADDED, ChangeKind.LOT_REMOVED, ChangeKind.LOT_CANCELLED):
        yield from (_say_lot(one, phrases) for one in by_kind[kind][:3])
    if by_kind[ChangeKind.ESTIMATE]:
        yield _say_estimate(by_kind[ChangeKind.ESTIMATE][0], phrases)
    if by_kind[ChangeKind.CODES]:
        yield _say_codes(by_kind[ChangeKind.CODES][0], phrases)
    if by_kind[ChangeKind.CRITERIA]:
        yield Words(phrases.say("The criteria changed: read them again."), None)
    if by_kind[ChangeKind.DOCUMENTS]:
        yield Words(phrases.say("Documents were added."), None)


def _say_deadline(one: Difference, phrases: Phrases) -> Words:
    if isinstance(one.before, Deadline):
        return Words(
            phrases.say("The deadline moved. It was {before}.", before=phrases.say_moment(one.before.at)), None
        )
    return Words(phrases.say("A deadline was set."), None)


def _say_lot(one: Difference, phrases: Phrases) -> Words:
    title = choose_text(one.titles, phrases.language)
    parts = (clip_text(one.lot or "", 20), clip_text(title.value, 100) if title else "")
    name = " · ".join(part for part in parts if part)
    if one.kind is ChangeKind.LOT_ADDED:
        said = phrases.say("Lot added: {lot}", lot=name)
    elif one.kind is ChangeKind.LOT_REMOVED:
        said = phrases.say("Lot removed: {lot}", lot=name)
    else:
        said = phrases.say("Lot withdrawn: {lot}", lot=name)
    return Words(said, shorten_language(title.language) if title else None)


def _say_estimate(one: Difference, phrases: Phrases) -> Words:
    after = phrases.say_money(one.after) if isinstance(one.after, Money) else ""
    if isinstance(one.before, Money):
        before = phrases.say_money(one.before)
        return Words(phrases.say("The estimate is now {after}. It was {before}.", after=after, before=before), None)
    return Words(phrases.say("The estimate is now {after}.", after=after), None)


def _say_codes(one: Difference, phrases: Phrases) -> Words:
    return Words(phrases.say("The main CPV code is now {code}.", code=say_cpv(Cpv(str(one.after)), phrases)), None)
