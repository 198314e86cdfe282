"""What a reader can do, in words and links: with one call, and with the letters as a whole.

A link opens a page of the portal; nothing happens before a button there is pressed, since mail gateways follow every
link. Without a portal there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

from presentation.digest_model import Digest, Item
from presentation.i18n import Phrases
from presentation.signed_links import Links


@dataclass(frozen=True, slots=True)
class Link:
    """A place to read more; `url` is None where the publisher gave no safe address."""

    label: str
    url: str | None


def view_actions(item: Item, digest: Digest, phrases: Phrases, portal: Links) -> tuple[Link, ...]:
    """The call's own page first; for a call still open its deadline and the reader's opinion of it."""
    member, lot, on = digest.member.id, item.lead.uid, digest.as_of.date()
    page = Link(phrases.say("Open this call"), portal.lot(member, lot, on=on))
    if item.is_withdrawn or item.award:
        return (page,)
    opinion = Link(phrases.say("Not for us, or later"), portal.feedback(member, lot, on=on))
    if item.deadline is None:
        return page, opinion
    return page, Link(phrases.say("Note the deadline"), portal.calendar(member, lot, on=on)), opinion


def view_standing_actions(digest: Digest, phrases: Phrases, portal: Links) -> tuple[Link, ...]:
    """What can be done with the letters: read them at the portal, subscribe, choose, stop."""
    member, on = digest.member.id, digest.as_of.date()
    return (
        Link(phrases.say("This letter at the portal"), portal.digest(member, digest.edition, on=on)),
        Link(phrases.say("All your calls"), portal.calls(member, on=on)),
        Link(phrases.say("Your deadlines as a calendar"), portal.agenda(member, on=on)),
        Link(phrases.say("Choose how we write to you"), portal.preferences(member, on=on)),
        Link(phrases.say("Stop these letters"), portal.unsubscribe(member, on=on)),
    )
