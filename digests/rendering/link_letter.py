"""The mail with links to a member's own pages, which a member requested at the portal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap

from digests.rendering.dkim_signing import DkimKey
from digests.rendering.letter import Letter, Sender
from digests.rendering.mime import keyed_token
from digests.rendering.plain_mail import PlainMail, write_plain_mail
from digests.rendering.text import COLUMNS
from presentation.i18n import Phrases
from presentation.languages import choose_language
from presentation.sanitize import clip_text
from presentation.signed_links import MAILED_DAYS, PortalLinks, Purpose, last_day
from warehouse.model.members import Member


@dataclass(frozen=True, slots=True)
class LinkMail:
    """A request to answer: whose pages, at which registered `address`, and a name that no other request has."""

    member: Member
    address: str
    request: str


def render_link_letter(
    mail: LinkMail, sender: Sender, portal: PortalLinks, *, at: datetime, key: DkimKey | None = None
) -> Letter:
    """The mail for an outbox: plain text in the member's language, its own pages for MAILED_DAYS, its calendar and feed
    for as long as they last. It notifies of no lot.

    Args:
        mail: what is answered; its `request` becomes the edition.
        sender: whose mail it is.
        portal: writes the links.
        at: zone-aware moment of writing.
        key: signs the mail; None for no signature.

    Raises DigestRefused for an address that is no valid header, or a language without catalogue.
    """
    phrases = Phrases(choose_language(mail.member))
    written = PlainMail(
        name=mail.member.name,
        address=mail.address,
        subject=phrases.translate("Your link to the portal"),
        text="\n".join(_lines(mail.member, sender, portal, phrases, at)),
        language=phrases.language,
        message_id=f"{keyed_token(sender, mail.member.id, mail.request)}.link",
    )
    return write_plain_mail(written, sender, member=mail.member.id, edition=mail.request, at=at, key=key)


def _lines(member: Member, sender: Sender, portal: PortalLinks, phrases: Phrases, at: datetime) -> Iterator[str]:
    requested = phrases.translate(
        "A link to the pages of {member} was requested at the portal. If it was not you, delete this mail: nothing "
        "changed, and it was sent to nobody else.",
        member=clip_text(member.name, 60),
    )
    yield from wrap(requested, COLUMNS)
    on = at.date()
    shown = (
        (Purpose.CALLS, phrases.translate("Your calls, preferences, opinions and interest"), MAILED_DAYS),
        (Purpose.AGENDA, phrases.translate("Your deadlines as a calendar, to subscribe to"), None),
        (Purpose.FEED, phrases.translate("Your calls in a feed reader"), None),
    )
    for purpose, label, days in shown:
        until = last_day(purpose, on, on + timedelta(days=days) if days else None)
        yield ""
        yield from wrap(
            phrases.translate("{label}, until {day}:", label=label, day=phrases.format_long_day(until)), COLUMNS
        )
        yield portal.url(purpose, member.id, on=on, not_after=until)
    yield ""
    warning = phrases.translate(
        "Whoever has these addresses sees your pages: do not forward this mail. {team} ends all of them when you ask.",
        team=sender.reply_to,
    )
    yield from wrap(warning, COLUMNS, break_on_hyphens=False)
