"""The letter as sentences: every string that the text and the HTML part show, in the reader's language.

Both parts are rendered from the same view, so they contain the same facts. Third-party text is sanitised and clipped
here and has its own language; escaping and layout belong to the renderers.
"""

from __future__ import annotations

from dataclasses import dataclass

from digests.composing.compose import most_items
from presentation.digest_model import Digest, Section
from presentation.i18n import Phrases, translatable, translatable_plural
from presentation.languages import choose_language
from presentation.sanitize import clip_text
from presentation.signed_links import PortalLinks
from presentation.views.actions import LabelledLink, view_letter_actions
from presentation.views.items import ItemView, view_item
from warehouse.model.members import Frequency

_TITLES = {
    Section.CLOSING: translatable("Closes within 7 days"),
    Section.NEW: translatable("New for you"),
    Section.CHANGED: translatable("Changed since we told you"),
    Section.COALITION: translatable("Together: nobody covers it alone"),
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


MOST_IN_FULL = 7
"""Items shown with reasons and consortium; further items show their main facts and band only."""


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section's heading and its items."""

    kind: str
    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class LetterView:
    """The whole letter in one language. `notes` are shown before the first section."""

    language: str
    subject: str
    edition: str
    heading: str
    summary: str
    notes: tuple[str, ...]
    sections: tuple[SectionView, ...]
    footer: tuple[str, ...]
    actions: tuple[LabelledLink, ...] = ()


def view_digest(digest: Digest, portal: PortalLinks | None = None, *, in_full: int = MOST_IN_FULL) -> LetterView:
    """All strings of the letter. The first `in_full` items have reasons and consortium; None for `portal` leaves out
    the links to it. Raises DigestRefused when no language of the member has a catalogue."""
    phrases = Phrases(choose_language(digest.member), digest.labels)
    full = digest.items[:in_full]
    sections = tuple(
        SectionView(
            kind=section,
            title=phrases.translate(_TITLES[section]),
            items=tuple(view_item(item, digest, phrases, in_full=item in full, portal=portal) for item in items),
        )
        for section, items in digest.sections
    )
    return LetterView(
        language=phrases.language,
        subject=_describe_subject(sections, digest, phrases),
        edition=phrases.format_full_day(digest.as_of.date()),
        heading=_describe_heading(digest, phrases),
        summary=_describe_summary(digest, phrases),
        notes=_describe_notes(digest, phrases),
        sections=sections,
        footer=_describe_footer(digest, phrases, with_portal=portal is not None),
        actions=view_letter_actions(digest, phrases, portal) if portal else (),
    )


def _describe_summary(digest: Digest, phrases: Phrases) -> str:
    if digest.is_heartbeat:
        return phrases.translate_plural(
            "The watch goes on: {n} open lot was looked at, and it has nothing new for you.",
            "The watch goes on: {n} open lots were looked at, and none has anything new for you.",
            digest.looked_at,
        )
    return " · ".join(
        phrases.translate_plural(*_COUNTS[section], len(items)).replace(" ", "\xa0", 1)
        for section, items in digest.sections
    )


def _describe_subject(sections: tuple[SectionView, ...], digest: Digest, phrases: Phrases) -> str:
    if not sections:
        return _describe_heading(digest, phrases)
    first = sections[0].items[0]
    subject = f"{clip_text(first.title.text, 60)} · {first.chip}"
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
    answer = (
        translatable(
            "Links open a page; nothing is done before you press a button there. Answer this letter to reach us."
        )
        if with_portal
        else translatable("Answer this letter to be written to less often, to correct your profile, or to stop.")
    )
    return (
        *_describe_left_out(digest, phrases),
        phrases.translate(because, member=name),
        phrases.translate(
            "Fits and coalitions are computed from the notices and from what each member says it can do. "
            "Only the notice itself is binding: read it before you decide."
        ),
        phrases.translate(answer),
        *_describe_manifest(digest, phrases),
    )


def _describe_manifest(digest: Digest, phrases: Phrases) -> tuple[str, ...]:
    if not digest.key_manifest:
        return ()
    look = translatable(
        "Look at your interest pages, with your code if you have one: what the last night brought stands there. This "
        "line is the same in every member's letter, whatever anybody declared."
    )
    sentence = translatable("Keys of the secret declarations, the same in every member's letter: SHA-256 {digest}")
    return phrases.translate(look), phrases.translate(sentence, digest=digest.key_manifest)
