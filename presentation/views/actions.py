"""The links a letter offers for one item and for the letter as a whole.

A link opens a page of the portal. It changes nothing before the reader presses a button there, because mail gateways
follow every link.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from presentation.digest_model import Digest, Item
from presentation.i18n import Phrases
from presentation.sanitize import clean_url, clip_text
from presentation.signed_links import PortalLinks

_MOST_SOURCES = 4


@dataclass(frozen=True, slots=True)
class LabelledLink:
    """A link with its label; `url` is None where the publisher gave no safe address."""

    label: str
    url: str | None


@dataclass(frozen=True, slots=True)
class CardLinks:
    """The links of a card: the page of the call (None without a portal), what else the reader can do, the tender
    documents and the publications. Without `has_button` the title is the only link to the page."""

    page: LabelledLink | None
    others: tuple[LabelledLink, ...]
    sources: tuple[LabelledLink, ...]
    has_button: bool = True

    @property
    def title_url(self) -> str | None:
        """Where the title leads: the page of the call, else the first publication that has an address."""
        return next((link.url for link in ((self.page,) if self.page else self.sources) if link.url), None)


def view_card_links(
    item: Item, digest: Digest, phrases: Phrases, portal: PortalLinks | None, *, is_least: bool = False
) -> CardLinks:
    """The links of an item.

    `item` is one of the `digest`; `phrases` translates the labels; `portal` signs the links, None for those of the
    publishers alone; `is_least` leaves out all but the pages of the call, or its first publication.
    """
    documents = next((url for url in map(clean_url, item.lead.lot.documents) if url), None)
    extra = [LabelledLink(phrases.translate("Documents"), documents)] if documents else []
    sources = tuple(_view_sources(item))
    if portal is None:
        return CardLinks(None, () if is_least else tuple(extra), sources[:1] if is_least else sources)
    member, lot, on = digest.member.id, item.lead.uid, digest.as_of.date()
    page = LabelledLink(phrases.translate("Open"), portal.lot(member, lot, on=on))
    if item.is_withdrawn or item.award:
        return CardLinks(page, tuple(extra), sources)
    forward = LabelledLink(phrases.translate("To forward"), portal.public_lot(lot))
    if is_least:
        return CardLinks(page, (forward,), (), has_button=False)
    others = [*extra, forward]
    if item.deadline:
        others.append(LabelledLink(phrases.translate("Calendar"), portal.calendar(member, lot, on=on)))
    others.append(LabelledLink(phrases.translate("Not for us"), portal.feedback(member, lot, on=on)))
    return CardLinks(page, tuple(others), sources)


def _view_sources(item: Item) -> Iterator[LabelledLink]:
    """The publications of the leading lot, by the system of their source, which is named <country>_<system>."""
    for publication in sorted(set(item.lead.publications), key=lambda p: (p.source, p.number))[:_MOST_SOURCES]:
        name = publication.source.partition("_")[2].upper() or publication.source
        url = clean_url(publication.url)
        yield LabelledLink(clip_text(name if url else f"{name} {publication.number}", 60), url)


def view_letter_actions(digest: Digest, phrases: Phrases, portal: PortalLinks) -> tuple[LabelledLink, ...]:
    """Links to the letter and the calls at the portal, the calendar, the preferences and the unsubscribe page."""
    member, on = digest.member.id, digest.as_of.date()
    return (
        LabelledLink(phrases.translate("This letter at the portal"), portal.digest(member, digest.edition, on=on)),
        LabelledLink(phrases.translate("All your calls"), portal.calls(member, on=on)),
        LabelledLink(phrases.translate("Subscribe to your deadlines"), portal.agenda_subscription(member, on=on)),
        LabelledLink(phrases.translate("Choose how we write to you"), portal.preferences(member, on=on)),
        LabelledLink(phrases.translate("Stop these letters"), portal.unsubscribe(member, on=on)),
    )
