"""The letter as sentences: every string that the text and the HTML part show, in the reader's language.

Both parts are rendered from the same view, so they contain the same facts. Third-party text is sanitised and clipped
here and has its own language; escaping and layout belong to the renderers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from digests.composing.compose import most_items
from digests.rendering.letter_height import choose_details, estimate_frame
from presentation.digest_model import Digest, Item, Lowering, Section
from presentation.i18n import Phrases, translatable, translatable_plural
from presentation.languages import choose_language
from presentation.sanitize import clip_text
from presentation.signed_links import PortalLinks
from presentation.views.actions import LabelledLink, view_letter_actions
from presentation.views.cards import CardView, Detail, GlanceLine, view_card, view_glance
from warehouse.model.members import Frequency

_TITLES = {
    Section.CLOSING: translatable("Closes within 7 days"),
    Section.NEW: translatable("New for you"),
    Section.CHANGED: translatable("Changed since we told you"),
    Section.COALITION: translatable("To answer together"),
    Section.AWARDED: translatable("Awarded"),
}

_COUNTS = {
    Section.CLOSING: translatable_plural("{n} closes within 7 days", "{n} close within 7 days"),
    Section.NEW: translatable_plural("{n} new", "{n} new"),
    Section.CHANGED: translatable_plural("{n} changed", "{n} changed"),
    Section.COALITION: translatable_plural("{n} to answer together", "{n} to answer together"),
    Section.AWARDED: translatable_plural("{n} awarded", "{n} awarded"),
}

_BECAUSE = {
    Frequency.DAILY: translatable("{member} receives this letter at most once a day, as a member of the cluster."),
    Frequency.WEEKLY: translatable("{member} receives this letter at most once a week, as a member of the cluster."),
    Frequency.MONTHLY: translatable("{member} receives this letter at most once a month, as a member of the cluster."),
}


_FORWARDING = translatable(
    "To show a call to somebody, send its link “To forward”: it grants nothing. The other links are your firm's own."
)
_TURNOVER = translatable(
    "We do not know your turnover: where a call asks for one, we cannot tell whether you reach it."
)
_ANSWER_WITH_PORTAL = translatable("Links change nothing before you press a button. Answer this letter to reach us.")
_ANSWER = translatable("Answer this letter to be written to less often, to correct your profile, or to stop.")

MOST_IN_FULL = 7
"""Cards that show all; further ones show one reason and name the firms of a group only."""


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section's heading and its cards."""

    kind: str
    title: str
    cards: tuple[CardView, ...]


@dataclass(frozen=True, slots=True)
class LetterView:
    """The whole letter in one language. `notes` are shown first, then the list at a `glance`, then the sections."""

    language: str
    subject: str
    edition: str
    heading: str
    summary: str
    notes: tuple[str, ...]
    glance: tuple[GlanceLine, ...]
    sections: tuple[SectionView, ...]
    footer: tuple[str, ...]
    actions: tuple[LabelledLink, ...] = ()


def view_digest(digest: Digest, portal: PortalLinks | None = None, *, in_full: int = MOST_IN_FULL) -> LetterView:
    """All strings of the letter. The first `in_full` cards show all, the last of them less where the letter would be
    longer on a telephone than MOST_PIXELS; None for `portal` leaves out the links to it. Raises DigestRefused when no
    language of the member has a catalogue."""
    phrases = Phrases(choose_language(digest.member), digest.labels)
    items = [item for _, group in digest.sections for item in group]
    footer = _describe_footer(digest, phrases, with_portal=portal is not None)
    by_detail = {
        detail: [_view_card(items, at, digest, phrases, portal, detail=detail) for at in range(len(items))]
        for detail in Detail
    }
    details = choose_details(by_detail, estimate_frame(footer, len(digest.sections)), in_full=in_full)
    sections = _group_cards(digest, [by_detail[detail][at] for at, detail in enumerate(details)], phrases)
    return LetterView(
        language=phrases.language,
        subject=_describe_subject(sections, digest, phrases),
        edition=phrases.format_full_day(digest.as_of.date()),
        heading=_describe_heading(digest, phrases),
        summary=_describe_summary(digest, phrases),
        notes=_describe_notes(digest, phrases),
        glance=tuple(view_glance(item, at, digest, phrases) for at, item in enumerate(items, 1)),
        sections=sections,
        footer=footer,
        actions=view_letter_actions(digest, phrases, portal) if portal else (),
    )


def _view_card(
    items: Sequence[Item], at: int, digest: Digest, phrases: Phrases, portal: PortalLinks | None, *, detail: Detail
) -> CardView:
    """The card of one item; firms that won together before are named in the first card that they concern."""
    earlier = {joined.names for item in items[:at] for joined in item.joined[:1] if not item.coalition}
    is_repeated = any(joined.names in earlier for joined in items[at].joined[:1])
    return view_card(items[at], at + 1, digest, phrases, detail=detail, with_joined=not is_repeated, portal=portal)


def _group_cards(digest: Digest, cards: Sequence[CardView], phrases: Phrases) -> tuple[SectionView, ...]:
    """The cards under the headings of their sections; they come in the order of the sections."""
    rest = iter(cards)
    return tuple(
        SectionView(section, phrases.translate(_TITLES[section]), tuple(islice(rest, len(items))))
        for section, items in digest.sections
    )


def _describe_summary(digest: Digest, phrases: Phrases) -> str:
    if digest.is_heartbeat:
        return phrases.translate_plural(
            "The watch goes on: {n} open lot was looked at, and it has nothing new for you.",
            "The watch goes on: {n} open lots were looked at, and none has anything new for you.",
            digest.looked_at,
        )
    counts = [
        phrases.translate_plural(*_COUNTS[section], len(items)).replace(" ", "\xa0", 1)
        for section, items in digest.sections
    ]
    return " · ".join([*counts, phrases.translate("hours of Brussels")])


def _describe_subject(sections: tuple[SectionView, ...], digest: Digest, phrases: Phrases) -> str:
    if not sections:
        return _describe_heading(digest, phrases)
    first = sections[0].cards[0]
    subject = f"{clip_text(first.title.text, 60)} · {first.time_left}"
    if len(digest.items) == 1:
        return subject
    rest = phrases.translate_plural("and {n} other call", "and {n} other calls", len(digest.items) - 1)
    return f"{subject} · {rest}"


def _describe_heading(digest: Digest, phrases: Phrases) -> str:
    name = clip_text(digest.member.name, 60)
    if digest.is_heartbeat:
        return phrases.translate("Nothing new for {member}", member=name)
    return phrases.translate_plural("{n} call for {member}", "{n} calls for {member}", len(digest.items), member=name)


def _describe_notes(digest: Digest, phrases: Phrases) -> tuple[str, ...]:
    if not digest.missing_sources:
        return ()
    names = phrases.join_list([clip_text(source, 60) for source in digest.missing_sources])
    return (
        phrases.translate(
            "{sources} could not be read tonight. What was published there will come in a later letter.", sources=names
        ),
    )


def _describe_left_out(digest: Digest, phrases: Phrases) -> tuple[str, ...]:
    if not digest.left_out:
        return ()
    return (
        phrases.translate_plural(
            "{n} more call fits you; the maximum of {maximum} keeps it for a later letter.",
            "{n} more calls fit you; the maximum of {maximum} keeps them for a later letter.",
            digest.left_out,
            maximum=most_items(digest.member),
        ),
    )


def _describe_footer(digest: Digest, phrases: Phrases, *, with_portal: bool) -> tuple[str, ...]:
    name = clip_text(digest.member.name, 60)
    because = (
        translatable("{member} asked for a line when there is nothing to tell.")
        if digest.is_heartbeat
        else _BECAUSE[digest.member.preferences.frequency]
    )
    return (
        *_describe_left_out(digest, phrases),
        phrases.translate("Only the notice itself is binding: read it before you decide."),
        *([phrases.translate(_FORWARDING)] if with_portal and not digest.is_heartbeat else []),
        phrases.translate(because, member=name),
        *([phrases.translate(_TURNOVER)] if _lacks_turnover(digest) else []),
        phrases.translate(_ANSWER_WITH_PORTAL if with_portal else _ANSWER),
        *_describe_manifest(digest, phrases),
    )


def _lacks_turnover(digest: Digest) -> bool:
    """Whether an item is weakened by a turnover that is not known."""
    return any(item.why and Lowering.TURNOVER in item.why.lowered_by for item in digest.items)


def _describe_manifest(digest: Digest, phrases: Phrases) -> tuple[str, ...]:
    if not digest.key_manifest:
        return ()
    look = translatable(
        "Look at your interest pages, with your code if you have one: what the last night brought stands there. This "
        "line is the same in every member's letter, whatever anybody declared."
    )
    sentence = translatable("Keys of the secret declarations, the same in every member's letter: SHA-256 {digest}")
    return phrases.translate(look), phrases.translate(sentence, digest=digest.key_manifest)
