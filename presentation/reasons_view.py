"""Why and with whom, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from presentation.digest_model import Band, Coalition, Ground, Lowering, Partner, Why
from presentation.i18n import Phrases, noted
from presentation.languages import shorten_language
from presentation.notes_view import say_remarks
from presentation.place_names import name_place
from presentation.sanitize import clip_text
from warehouse.model.codes import Cpv, Nuts
from warehouse.model.cpv_labels import label
from warehouse.model.match_results import Facet, ReasonKind
from warehouse.model.notices import Text

_BANDS = {Band.STRONG: noted("Strong fit"), Band.GOOD: noted("Good fit"), Band.FAIR: noted("Fair fit")}
_DOTS = {Band.STRONG: 3, Band.GOOD: 2, Band.FAIR: 1}

_REASONS = {
    ReasonKind.WORDS: noted("In the same words"),
    ReasonKind.MEANING: noted("In other words"),
    ReasonKind.CPV: noted("In the same CPV family"),
    ReasonKind.PLACE: noted("Place"),
    ReasonKind.REFERENCE: noted("Like a contract you won"),
}

_LOWERINGS = {
    Lowering.TIME: noted("little time is left"),
    Lowering.SIZE: noted("the estimate exceeds your yearly turnover"),
    Lowering.TURNOVER: noted("your turnover is not known to us"),
    Lowering.LANGUAGE: noted("your first language is not accepted for the tender"),
    Lowering.CPV: noted("none of your CPV codes names it"),
    Lowering.PLACE: noted("the work is in another country than yours"),
    Lowering.WORDS: noted("your own words do not occur in it"),
}

_FLAGS = {
    "self-sufficient": noted(
        "More than one of these firms could answer alone. "
        "Competition law then asks for a good reason to answer together."
    ),
    "majority-of-able": noted(
        "This group holds more than half of the able firms we know. Take advice on competition law before you talk."
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Something to read, and its language when it is not the letter's own (two letters)."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A likeness: what kind, the notice's words, the member's (None when they are the same)."""

    kind: str
    asked: Words
    offered: Words | None


@dataclass(frozen=True, slots=True)
class WhyView:
    """The fit as a word and as dots out of three; its reasons; what lowers it."""

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
    brings: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A coverage to draw and to read: percent is 0 to 100."""

    label: str
    share: str
    percent: int
    is_together: bool


@dataclass(frozen=True, slots=True)
class CoalitionView:
    """With whom, in words."""

    partners: tuple[PartnerView, ...]
    bars: tuple[Bar, ...]
    why_not_alone: str
    uncovered: tuple[Words, ...]
    cautions: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def view_why(why: Why, phrases: Phrases, *, in_full: bool) -> WhyView:
    """The fit in words; its reasons only `in_full`."""
    lowered = phrases.say_list([phrases.say(_LOWERINGS[one]) for one in why.lowered_by])
    return WhyView(
        band=phrases.say(_BANDS[why.band]),
        dots=_DOTS[why.band],
        reasons=tuple(_view_ground(ground, phrases) for ground in why.grounds if in_full),
        lowered_by=phrases.say("What lowers it: {things}.", things=lowered) if lowered else None,
    )


def view_coalition(coalition: Coalition, phrases: Phrases) -> CoalitionView:
    """A coalition in words. A flag without a sentence is shown as it is written."""
    return CoalitionView(
        partners=tuple(_view_partner(partner, phrases) for partner in coalition.partners),
        bars=_view_bars(coalition, phrases),
        why_not_alone=_say_why_not_alone(coalition, phrases),
        uncovered=tuple(_view_facet(facet, phrases) for facet in coalition.uncovered),
        cautions=tuple(phrases.say(_FLAGS[f]) if f in _FLAGS else clip_text(f, 80) for f in coalition.flags),
        remarks=say_remarks(coalition, phrases),
    )


def _say_why_not_alone(coalition: Coalition, phrases: Phrases) -> str:
    alone, together = phrases.say_share(coalition.best_alone_coverage), phrases.say_share(coalition.coverage)
    if coalition.best_alone_is_reader:
        return phrases.say(
            "Why not alone: you would cover {alone} of what is asked, together {together}.",
            alone=alone,
            together=together,
        )
    return phrases.say(
        "Why not alone: the best single firm, {member}, would cover {alone} of what is asked, together {together}.",
        member=clip_text(coalition.best_alone, 60),
        alone=alone,
        together=together,
    )


def _view_bars(coalition: Coalition, phrases: Phrases) -> tuple[Bar, ...]:
    pairs = (
        (phrases.say("Together"), coalition.coverage, True),
        (phrases.say("Best alone"), coalition.best_alone_coverage, False),
    )
    return tuple(
        Bar(name, phrases.say_share(share), min(100, max(0, round(share * 100))), together)
        for name, share, together in pairs
    )


def _view_partner(partner: Partner, phrases: Phrases) -> PartnerView:
    facets = partner.brings or partner.shares
    role = phrases.say("only source of") if partner.brings else phrases.say("also covers")
    abroad = partner.abroad and phrases.say("cross-border, {country}", country=phrases.say_country(partner.abroad))
    return PartnerView(
        name=clip_text(partner.name, 60),
        is_reader=partner.is_reader,
        mark=phrases.say("you") if partner.is_reader else abroad,
        role=role,
        brings=tuple(_view_facet(facet, phrases) for facet in facets),
    )


def _view_facet(facet: Facet, phrases: Phrases) -> Words:
    if facet.code:
        return Words(say_cpv(Cpv.read(facet.code), phrases), None)
    return Words(clip_text(facet.text, 120), shorten_language(facet.language))


def _view_ground(ground: Ground, phrases: Phrases) -> ReasonView:
    asked = (
        Words(say_cpv(Cpv.read(ground.code), phrases), None)
        if ground.code
        else _say_side(ground, ground.asked, phrases)
    )
    offered = _say_side(ground, ground.offered, phrases)
    return ReasonView(phrases.say(_REASONS[ground.kind]), asked, None if offered == asked else offered)


def _say_side(ground: Ground, written: Text, phrases: Phrases) -> Words:
    """Codes become names, words stay words."""
    if ground.kind is ReasonKind.CPV and re.fullmatch(r"\d{8}(-\d)?", written.value):
        return Words(say_cpv(Cpv.read(written.value), phrases), None)
    if ground.kind is ReasonKind.PLACE and re.fullmatch(r"[A-Z]{2}[A-Z0-9]{0,3}", written.value):
        place = Nuts(written.value)
        return Words(name_place(place, phrases.language) or phrases.say_country(place.country), None)
    return Words(clip_text(written.value, 160), shorten_language(written.language))


def say_cpv(cpv: Cpv, phrases: Phrases) -> str:
    """The code with its label, or with that of its nearest labelled parent, said to be a family."""
    found = label(cpv, phrases.language, phrases.labels)
    if found is None:
        return cpv.code
    name = clip_text(found.text, 110)
    if found.is_exact:
        return f"{name} ({cpv})"
    return phrases.say("{code}, of the family {name}", code=cpv.code, name=name)
