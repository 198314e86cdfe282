"""A group in a letter: what each firm brings, what they meet only together, what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from presentation.digest_model import ConsortiumPartner, ConsortiumSummary
from presentation.i18n import Phrases
from presentation.sanitize import clip_text
from presentation.views.notes import describe_main_remarks
from presentation.views.reasons import DisplayText, describe_cautions_of_group, is_same_text, view_facet, view_mark
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import GroupReason, GroupReasonKind
from warehouse.model.notices import Money

_MOST_BROUGHT = 2
_MOST_MISSING = 2
_MOST_SIGNS = 60
_LEAST_GAIN = 0.05
"""Difference of coverage from which the shares of the group and of its best firm are shown."""


@dataclass(frozen=True, slots=True)
class GroupFirm:
    """A firm of a group: its name, a mark ("you", "cross-border, France"), and what it brings or also covers, in
    short."""

    name: str
    is_reader: bool
    mark: str | None
    brings: tuple[DisplayText, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as sentences; `share` compares it with its best firm alone, `together` is what none of them meets by
    itself. In brief it has no firms, but their `names`."""

    names: str
    firms: tuple[GroupFirm, ...]
    share: str | None
    together: str | None
    missing: tuple[DisplayText, ...]
    remarks: tuple[str, ...]
    cautions: tuple[str, ...]


def view_group(coalition: ConsortiumSummary, phrases: Phrases, *, in_full: bool) -> GroupView:
    """The group as a card shows it; the names of its firms only, unless `in_full`."""
    names = [clip_text(partner.name, 60) for partner in coalition.partners if not partner.is_reader]
    return GroupView(
        names="" if in_full else phrases.join_list(names),
        firms=tuple(_view_firm(partner, coalition, phrases) for partner in coalition.partners) if in_full else (),
        share=_describe_share(coalition, phrases),
        together=_describe_together(coalition, phrases),
        missing=tuple(
            _clip(view_facet(facet, phrases, with_code=False)) for facet in coalition.uncovered[:_MOST_MISSING]
        )
        if in_full
        else (),
        remarks=describe_main_remarks(coalition, phrases) if in_full else (),
        cautions=describe_cautions_of_group(coalition, phrases),
    )


def _clip(shown: DisplayText) -> DisplayText:
    return DisplayText(clip_text(shown.text, _MOST_SIGNS), shown.language)


def _view_firm(partner: ConsortiumPartner, coalition: ConsortiumSummary, phrases: Phrases) -> GroupFirm:
    """What the reasons of the group say that the firm contributes comes first, then what only it covers."""
    held = [DisplayText(thing, None) for thing in _held_by(partner.member, coalition, phrases)]
    covered = [view_facet(facet, phrases, with_code=False) for facet in (*partner.brings, *partner.shares)]
    brings = _once(_clip(thing) for thing in (*held, *covered))
    return GroupFirm(
        name=clip_text(partner.name, 60),
        is_reader=partner.is_reader,
        mark=view_mark(partner, phrases),
        brings=tuple(brings[:_MOST_BROUGHT]),
    )


def _once(things: Iterable[DisplayText]) -> list[DisplayText]:
    """Without those that repeat another one, cut or whole."""
    kept: list[DisplayText] = []
    for thing in things:
        if not any(is_same_text(thing.text, other.text) for other in kept):
            kept.append(thing)
    return kept


def _held_by(member: str, coalition: ConsortiumSummary, phrases: Phrases) -> Iterator[str]:
    for reason in coalition.reasons:
        for held in reason.brings:
            if held.member != member:
                continue
            if reason.kind is GroupReasonKind.LOTS:
                yield held.condition.rpartition(":")[2]
            elif reason.kind is GroupReasonKind.NEED and reason.code:
                named = label(Cpv.read(reason.code), phrases.language, phrases.labels)
                yield named.text if named else held.condition
            elif reason.kind is not GroupReasonKind.TURNOVER:  # a firm's turnover is not shown to the others
                yield held.condition.rstrip(".")
    yield from (held.condition.rstrip(".") for held in coalition.remarks.holds if held.member == member)


def _describe_share(coalition: ConsortiumSummary, phrases: Phrases) -> str | None:
    if coalition.coverage - coalition.best_alone_coverage < _LEAST_GAIN:
        return None
    return phrases.translate(
        "{together} together, {alone} alone",
        together=phrases.format_share(coalition.coverage),
        alone=phrases.format_share(coalition.best_alone_coverage),
    )


def _describe_together(coalition: ConsortiumSummary, phrases: Phrases) -> str | None:
    things = [thing for reason in coalition.reasons if (thing := _met_together(reason, phrases))]
    if things:
        return phrases.translate("Only together: {things}.", things=phrases.join_list(things))
    has_needs = any(reason.kind is GroupReasonKind.NEED for reason in coalition.reasons)
    return phrases.translate("No firm here does all of this alone.") if has_needs else None


def _met_together(reason: GroupReason, phrases: Phrases) -> str | None:
    """A requirement that the group meets and no firm of it alone; what one firm contributes is named beside it."""
    if reason.kind is GroupReasonKind.TURNOVER:
        amount, currency = reason.asked.split()
        money = phrases.format_money(Money(Decimal(amount), currency))
        return phrases.translate("a turnover of {money}", money=money)
    if reason.kind is GroupReasonKind.NEED or len({held.member for held in reason.brings}) < 2:
        return None
    parts = (held.condition.rpartition(":")[2] for held in reason.brings)
    return " + ".join(clip_text(part.rstrip("."), 60) for part in parts)
