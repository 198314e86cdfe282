"""The links a letter offers for one item and for the letter as a whole.

A link opens a page of the portal. It changes nothing before the reader presses a button there, because mail gateways
follow every link.
"""

from __future__ import annotations

from dataclasses import dataclass

from presentation.digest_model import Digest, Item
from presentation.i18n import Phrases
from presentation.signed_links import PortalLinks


@dataclass(frozen=True, slots=True)
class LabelledLink:
    """A link with its label; `url` is None where the publisher gave no safe address."""

    label: str
    url: str | None


def view_actions(item: Item, digest: Digest, phrases: Phrases, portal: PortalLinks) -> tuple[LabelledLink, ...]:
    """Links to the lot's page and, for an open lot, to its deadline as a calendar file and to the feedback form.

    `item` is the item of the letter and `digest` the digest it is part of; `phrases` translates the labels; `portal`
    signs the links.
    """
    member, lot, on = digest.member.id, item.lead.uid, digest.as_of.date()
    page = LabelledLink(phrases.translate("Open this call"), portal.lot(member, lot, on=on))
    if item.is_withdrawn or item.award:
        return (page,)
    opinion = LabelledLink(phrases.translate("Not for us, or later"), portal.feedback(member, lot, on=on))
    if item.deadline is None:
        return page, opinion
    return page, LabelledLink(phrases.translate("Note the deadline"), portal.calendar(member, lot, on=on)), opinion


def view_letter_actions(digest: Digest, phrases: Phrases, portal: PortalLinks) -> tuple[LabelledLink, ...]:
    """Links to the letter and the calls at the portal, the calendar, the preferences and the unsubscribe page."""
    member, on = digest.member.id, digest.as_of.date()
    return (
        LabelledLink(phrases.translate("This letter at the portal"), portal.digest(member, digest.edition, on=on)),
        LabelledLink(phrases.translate("All your calls"), portal.calls(member, on=on)),
        LabelledLink(phrases.translate("Your deadlines as a calendar"), portal.agenda(member, on=on)),
        LabelledLink(phrases.translate("Choose how we write to you"), portal.preferences(member, on=on)),
        LabelledLink(phrases.translate("Stop these letters"), portal.unsubscribe(member, on=on)),
    )
