"""Sentences about what changed in a lot since the reader was last notified of it, one for each changed fact."""

from __future__ import annotations

from collections.abc import Iterator

from presentation.digest_model import Item
from presentation.i18n import Phrases
from presentation.languages import choose_text, shorten_language
from presentation.sanitize import clip_text
from presentation.views.reasons import DisplayText, describe_cpv
from warehouse.codes.classifications import Cpv
from warehouse.model.changes import ChangeKind, Difference
from warehouse.model.notices import Deadline, Money

_MOST = 6


def view_differences(item: Item, phrases: Phrases) -> tuple[DisplayText, ...]:
    """At most six sentences. The deadline is left out when the item shows its move itself (`moved_from`)."""
    return tuple(_view_changes(item, phrases))[:_MOST]


def _view_changes(item: Item, phrases: Phrases) -> Iterator[DisplayText]:
    by_kind = {kind: [difference for difference in item.differences if difference.kind is kind] for kind in ChangeKind}
    if not item.moved_from:
        yield from (_describe_deadline(difference, phrases) for difference in by_kind[ChangeKind.DEADLINE][:1])
    for kind in (ChangeKind.LOT_ADDED, ChangeKind.LOT_REMOVED, ChangeKind.LOT_CANCELLED):
        yield from (_describe_lot(difference, phrases) for difference in by_kind[kind][:3])
    if by_kind[ChangeKind.ESTIMATE]:
        yield _describe_estimate(by_kind[ChangeKind.ESTIMATE][0], phrases)
    if by_kind[ChangeKind.CODES]:
        yield _describe_codes(by_kind[ChangeKind.CODES][0], phrases)
    if by_kind[ChangeKind.CRITERIA]:
        yield DisplayText(phrases.translate("The criteria changed: read them again."), None)
    if by_kind[ChangeKind.DOCUMENTS]:
        yield DisplayText(phrases.translate("Documents were added."), None)


def _describe_deadline(difference: Difference, phrases: Phrases) -> DisplayText:
    if isinstance(difference.before, Deadline):
        return DisplayText(
            phrases.translate(
                "The deadline moved. It was {before}.", before=phrases.format_moment(difference.before.at)
            ),
            None,
        )
    return DisplayText(phrases.translate("A deadline was set."), None)


def _describe_lot(difference: Difference, phrases: Phrases) -> DisplayText:
    title = choose_text(difference.titles, phrases.language)
    parts = (clip_text(difference.lot or "", 20), clip_text(title.value, 100) if title else "")
    name = " · ".join(part for part in parts if part)
    if difference.kind is ChangeKind.LOT_ADDED:
        sentence = phrases.translate("Lot added: {lot}", lot=name)
    elif difference.kind is ChangeKind.LOT_REMOVED:
        sentence = phrases.translate("Lot removed: {lot}", lot=name)
    else:
        sentence = phrases.translate("Lot withdrawn: {lot}", lot=name)
    return DisplayText(sentence, shorten_language(title.language) if title else None)


def _describe_estimate(difference: Difference, phrases: Phrases) -> DisplayText:
    after = phrases.format_money(difference.after) if isinstance(difference.after, Money) else ""
    if isinstance(difference.before, Money):
        before = phrases.format_money(difference.before)
        return DisplayText(
            phrases.translate("The estimate is now {after}. It was {before}.", after=after, before=before), None
        )
    return DisplayText(phrases.translate("The estimate is now {after}.", after=after), None)


def _describe_codes(difference: Difference, phrases: Phrases) -> DisplayText:
    return DisplayText(
        phrases.translate("The main CPV code is now {code}.", code=describe_cpv(Cpv(str(difference.after)), phrases)),
        None,
    )
