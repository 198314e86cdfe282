"""The explanation of a match and the consortium of an item, as sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from presentation.digest_model import (
    Band,
    ConsortiumPartner,
    ConsortiumSummary,
    Lowering,
    MatchExplanation,
    ShownReason,
)
from presentation.i18n import Phrases, translatable
from presentation.languages import shorten_language
from presentation.place_names import name_place
from presentation.sanitize import clip_text
from presentation.views.group_reasons import describe_group_reasons
from presentation.views.notes import describe_remarks
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import Facet, ReasonKind
from warehouse.model.notices import Text

_BANDS = {
    Band.STRONG: translatable("Strong fit"),
    Band.GOOD: translatable("Good fit"),
    Band.FAIR: translatable("Fair fit"),
}
_DOTS = {Band.STRONG: 3, Band.GOOD: 2, Band.FAIR: 1}

_REASONS = {
    ReasonKind.WORDS: translatable("The same words"),
    ReasonKind.MEANING: translatable("Seems close"),
    ReasonKind.CPV: translatable("The same CPV family"),
    ReasonKind.PLACE: translatable("Place"),
    ReasonKind.REFERENCE: translatable("Like a contract you won"),
}

_SAME_CODE = translatable("Exactly your CPV code")
_SAME_BUYER = translatable("From a buyer you won a contract from")
_BUYERS_ADDRESS = translatable("Seat of the buyer")

_LOWERINGS = {
    Lowering.TIME: translatable("little time is left"),
    Lowering.SIZE: translatable("the estimate exceeds your yearly turnover"),
    Lowering.TURNOVER: translatable("your turnover is not known to us"),
    Lowering.LANGUAGE: translatable("your first language is not accepted for the tender"),
    Lowering.CPV: translatable("none of your CPV codes names it"),
    Lowering.PLACE: translatable("the work is in another country than yours"),
}

_FLAGS = {
    "self-sufficient": translatable(
        "More than one of these firms could answer alone. "
        "Competition law then asks for a good reason to answer together."
    ),
    "majority-of-able": translatable(
        "This group holds more than half of the able firms we know. Take advice on competition law before you talk."
    ),
}


@dataclass(frozen=True, slots=True)
class DisplayText:
    """A text to show, and its language (ISO 639-1) when that is not the reader's."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason: its kind, the lot's text (None where a letter states it already), and the member's text (None when it
    is the same)."""

    kind: str
    requirement: DisplayText | None
    offered: DisplayText | None


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """The band as a word and as dots out of three, the reasons, and what weakens the match."""

    band: str
    dots: int
    reasons: tuple[ReasonView, ...]
    lowered_by: str | None


@dataclass(frozen=True, slots=True)
class PartnerView:
    """One line of who brings what."""

    name: str
    is_reader: bool
    mark: str | None
    role: str
    brings: tuple[DisplayText, ...]


@dataclass(frozen=True, slots=True)
class CoverageBar:
    """A coverage to draw and to read: percent is 0 to 100."""

    label: str
    share: str
    percent: int
    is_together: bool


@dataclass(frozen=True, slots=True)
class ConsortiumView:
    """A consortium as sentences."""

    partners: tuple[PartnerView, ...]
    bars: tuple[CoverageBar, ...]
    why_not_alone: str
    uncovered: tuple[DisplayText, ...]
    cautions: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def view_why(why: MatchExplanation, phrases: Phrases, *, with_codes: bool = True) -> ExplanationView:
    """The explanation as sentences.

    `why` is the explanation, `phrases` translates; `with_codes` adds the digits of CPV codes to their names.
    """
    lowered = phrases.join_list([phrases.translate(_LOWERINGS[lowering]) for lowering in why.lowered_by])
    return ExplanationView(
        band=phrases.translate(_BANDS[why.band]),
        dots=_DOTS[why.band],
        reasons=tuple(_view_reason(reason, phrases, with_codes=with_codes) for reason in why.reasons),
        lowered_by=phrases.translate("But: {things}.", things=lowered) if lowered else None,
    )


def view_consortium(coalition: ConsortiumSummary, phrases: Phrases) -> ConsortiumView:
    """The consortium as sentences."""
    return ConsortiumView(
        partners=tuple(_view_partner(partner, phrases) for partner in coalition.partners),
        bars=_view_bars(coalition, phrases),
        why_not_alone=describe_group_reasons(coalition, phrases) or _describe_why_not_alone(coalition, phrases),
        uncovered=tuple(view_facet(facet, phrases) for facet in coalition.uncovered),
        cautions=describe_cautions_of_group(coalition, phrases),
        remarks=describe_remarks(coalition, phrases),
    )


def describe_cautions_of_group(coalition: ConsortiumSummary, phrases: Phrases) -> tuple[str, ...]:
    """The notes on competition law. A flag without a sentence is shown as its code."""
    return tuple(phrases.translate(_FLAGS[f]) if f in _FLAGS else clip_text(f, 80) for f in coalition.flags)


def _describe_why_not_alone(coalition: ConsortiumSummary, phrases: Phrases) -> str:
    alone, together = phrases.format_share(coalition.best_alone_coverage), phrases.format_share(coalition.coverage)
    if coalition.best_alone_is_reader:
        return phrases.translate(
            "Why not alone: you would cover {alone} of what is asked, together {together}.",
            alone=alone,
            together=together,
        )
    return phrases.translate(
        "Why not alone: the best single firm, {member}, would cover {alone} of what is asked, together {together}.",
        member=clip_text(coalition.best_alone, 60),
        alone=alone,
        together=together,
    )


def _view_bars(coalition: ConsortiumSummary, phrases: Phrases) -> tuple[CoverageBar, ...]:
    pairs = (
        (phrases.translate("Together"), coalition.coverage, True),
        (phrases.translate("Best alone"), coalition.best_alone_coverage, False),
    )
    return tuple(
        CoverageBar(name, phrases.format_share(share), min(100, max(0, round(share * 100))), together)
        for name, share, together in pairs
    )


def _view_partner(partner: ConsortiumPartner, phrases: Phrases) -> PartnerView:
    facets = partner.brings or partner.shares
    role = phrases.translate("brings") if partner.brings else phrases.translate("also covers")
    return PartnerView(
        name=clip_text(partner.name, 60),
        is_reader=partner.is_reader,
        mark=view_mark(partner, phrases),
        role=role,
        brings=tuple(view_facet(facet, phrases) for facet in facets),
    )


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts are the same, or one is the other cut."""
    shorter, longer = sorted((one.rstrip("… .").casefold(), other.rstrip("… .").casefold()), key=len)
    return longer.startswith(shorter)


def view_mark(partner: ConsortiumPartner, phrases: Phrases) -> str | None:
    """ "you" for the reader, the country of a firm across a border, None for others."""
    if partner.is_reader:
        return phrases.translate("you")
    if partner.abroad is None:
        return None
    return phrases.translate("cross-border, {country}", country=phrases.name_country(partner.abroad))


def view_facet(facet: Facet, phrases: Phrases, *, with_code: bool = True) -> DisplayText:
    """A facet as the name of its code, or as the notice's words with their language."""
    if facet.code:
        return DisplayText(describe_cpv(Cpv.read(facet.code), phrases, with_code=with_code), None)
    return DisplayText(clip_text(facet.need or facet.text, 120), shorten_language(facet.language))


def _view_reason(reason: ShownReason, phrases: Phrases, *, with_codes: bool) -> ReasonView:
    requirement = (
        DisplayText(describe_cpv(Cpv.read(reason.code), phrases, with_code=with_codes), None)
        if reason.code
        else _describe_side(reason, reason.requirement, phrases, with_codes=with_codes)
    )
    offered = _describe_side(reason, reason.offered, phrases, with_codes=with_codes)
    return ReasonView(phrases.translate(_name_reason(reason)), requirement, None if offered == requirement else offered)


def _name_reason(reason: ShownReason) -> str:
    """What the two texts have in common; one code twice is named as the same code, a buyer's place as such."""
    if reason.kind is ReasonKind.CPV and reason.code == reason.offered.value:
        return _SAME_CODE
    if reason.is_buyers_address:
        return _BUYERS_ADDRESS
    return _SAME_BUYER if reason.is_buyer else _REASONS[reason.kind]


def _describe_side(reason: ShownReason, written: Text, phrases: Phrases, *, with_codes: bool) -> DisplayText:
    """CPV and NUTS codes as their names, any other text cleaned and clipped."""
    if reason.kind is ReasonKind.CPV and re.fullmatch(r"\d{8}(-\d)?", written.value):
        return DisplayText(describe_cpv(Cpv.read(written.value), phrases, with_code=with_codes), None)
    if reason.kind is ReasonKind.PLACE and re.fullmatch(r"[A-Z]{2}[A-Z0-9]{0,3}", written.value):
        place = Nuts(written.value)
        return DisplayText(name_place(place, phrases.language) or phrases.name_country(place.country), None)
    return DisplayText(clip_text(written.value, 160), shorten_language(written.language))


def describe_cpv(cpv: Cpv, phrases: Phrases, *, with_code: bool = True) -> str:
    """The label of the CPV code, followed by its digits unless `with_code` is False; or the code with the label of its
    nearest labelled parent, marked as a family."""
    found = label(cpv, phrases.language, phrases.labels)
    if found is None:
        return cpv.code
    name = clip_text(found.text, 110)
    if found.is_exact:
        return f"{name} ({cpv})" if with_code else name
    return phrases.translate("{code}, of the family {name}", code=cpv.code, name=name)
