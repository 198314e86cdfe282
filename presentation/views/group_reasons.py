"""Why a group and not one firm, as sentences: one for each kind of reason. Nothing is chosen here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from presentation.digest_model import ConsortiumSummary
from presentation.i18n import Phrases, translatable
from presentation.sanitize import clip_text
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import GroupReason, GroupReasonKind
from warehouse.model.notices import Money

_TURNOVER = (
    translatable("Why not alone: none of these firms is known to reach the turnover of {money} by itself."),
    translatable("None of these firms is known to reach the turnover of {money} by itself."),
)
_CERTIFICATES = (
    translatable("Why not alone: no firm here is shown to hold every certificate."),
    translatable("No firm here is shown to hold every certificate."),
)
_TOGETHER = translatable("Together: {things}.")
_LOTS = (
    translatable("Why not alone: no firm here answers every lot: {things}."),
    translatable("No firm here answers every lot: {things}."),
)
_NEEDS = (
    translatable("Why not alone: no firm here covers all of this by itself: {things}."),
    translatable("No firm here covers all of this by itself: {things}."),
)


def describe_group_reasons(coalition: ConsortiumSummary, phrases: Phrases) -> str:
    """What is out of reach of each member alone; empty where nothing is known to be."""
    names = {
        partner.member: phrases.translate("you") if partner.is_reader else clip_text(partner.name, 60)
        for partner in coalition.partners
    }
    sentences: list[str] = []
    for first, later, values in _sentences(coalition.reasons, names, phrases):
        sentences.append(phrases.translate(later if sentences else first, **values))
    return " ".join(sentences)


def _sentences(
    reasons: Sequence[GroupReason], names: Mapping[str, str], phrases: Phrases
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each sentence as it stands first and as it follows another one, and its values."""
    for reason in reasons:
        if reason.kind is GroupReasonKind.TURNOVER:
            amount, currency = reason.asked.split()
            yield *_TURNOVER, {"money": phrases.format_money(Money(Decimal(amount), currency))}
        elif reason.kind is GroupReasonKind.CERTIFICATES:
            yield *_CERTIFICATES, {}
            yield _TOGETHER, _TOGETHER, {"things": _list_brought(reason, names)}
        elif reason.kind is GroupReasonKind.LOTS:
            yield *_LOTS, {"things": _list_brought(reason, names)}
    needs = [reason for reason in reasons if reason.kind is GroupReasonKind.NEED]
    if needs:
        yield *_NEEDS, {"things": "; ".join(_describe_need(reason, names, phrases) for reason in needs)}


def _list_brought(reason: GroupReason, names: Mapping[str, str]) -> str:
    """ "ISO 27001 (you) + ISO 20000-1 (Acme)"; of a lot its own id."""
    is_lot = reason.kind is GroupReasonKind.LOTS
    return " + ".join(
        f"{clip_text(held.condition.rpartition(':')[2] if is_lot else held.condition, 80)} "
        f"({names.get(held.member, held.member)})"
        for held in reason.brings
    )


def _describe_need(reason: GroupReason, names: Mapping[str, str], phrases: Phrases) -> str:
    member = reason.brings[0].member if reason.brings else ""
    named = label(Cpv.read(reason.code), phrases.language, phrases.labels) if reason.code else None
    need = clip_text(named.text if named else reason.asked, 110).rstrip(".")
    return f"{need} ({names.get(member, member)})" if member else need
