"""Renders a digest: HTML, plain text, calendar, and the MIME message that contains them.

The same digest and sender give the same bytes: the date is the night's, the Message-ID and the boundaries are derived
from the content.
"""

from __future__ import annotations

import hashlib
import hmac
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from digests.rendering.dkim_signing import DkimKey, sign_message
from digests.rendering.html import render_page
from digests.rendering.letter import DEMO_SENDER, READ_AT_PORTAL, Letter, Sender
from digests.rendering.letter_view import MOST_IN_FULL, LetterView, view_digest
from digests.rendering.text import write_plain
from presentation.digest_model import BRUSSELS, Digest
from presentation.errors import DigestRefused
from presentation.ical import write_agenda
from presentation.sanitize import clean_text, clip_text
from presentation.signed_links import PortalLinks
from warehouse.model.members import Channel

MOST_BYTES = 100_000
"""Upper bound of a message's size: Gmail clips messages at 102 KB."""

_SIGNATURE = 1_200
"""Bytes reserved for a DKIM signature with a key of up to 4096 bits."""


def render_html(digest: Digest, portal: PortalLinks | None = None) -> str:
    """The letter as one HTML page with inline styles and no external resources. `portal` adds its links."""
    return render_page(view_digest(digest, portal))


def render_text(digest: Digest, portal: PortalLinks | None = None) -> str:
    """The letter as plain text of at most 76 columns."""
    return write_plain(view_digest(digest, portal))


def render_digest(digest: Digest, sender: Sender = DEMO_SENDER, portal: PortalLinks | None = None) -> EmailMessage:
    """The MIME message with text, HTML and calendar, under MOST_BYTES: the last items are shortened if necessary.
    Raises DigestRefused for an address that is no valid header, a language without catalogue, or a message that stays
    too large."""
    return _fit_message(digest, sender, portal)[0]


def render_letter(
    digest: Digest, sender: Sender = DEMO_SENDER, *, portal: PortalLinks | None = None, key: DkimKey | None = None
) -> Letter:
    """The letter for the outbox.

    `digest` is rendered for `sender`; `portal` adds links, `key` a DKIM signature. Raises DigestRefused like
    render_digest.
    """
    message, mime = _fit_message(digest, sender, portal)
    if key:
        mime = sign_message(mime, key, at=digest.as_of)
    return Letter(
        member=digest.member.id,
        edition=digest.edition,
        sender=sender.address,
        address=digest.member.email,
        message_id=str(message["Message-ID"]),
        subject=str(message["Subject"]),
        mime=mime,
        sha256=hashlib.sha256(mime).hexdigest(),
        items=len(digest.items),
        notified=digest.notified,
        held=READ_AT_PORTAL if digest.member.preferences.channel is Channel.FEED else None,
    )


def _fit_message(digest: Digest, sender: Sender, portal: PortalLinks | None) -> tuple[EmailMessage, bytes]:
    """The message with as many items in full as MOST_BYTES allows, and its bytes."""
    for in_full in range(MOST_IN_FULL, -1, -1):
        view, is_brief = view_digest(digest, portal, in_full=in_full), in_full < MOST_IN_FULL
        message = _write_message(digest, view, sender, portal, is_brief=is_brief)
        mime = message.as_bytes()
        if len(mime) < MOST_BYTES - _SIGNATURE:
            return message, mime
    raise DigestRefused(f"the letter of {digest.member.id} exceeds {MOST_BYTES} bytes; lower its maximum of items")


class _Policy(EmailPolicy):
    """Folds List-Unsubscribe at its commas: the default folding turns a long URL into encoded words (RFC 2047), which
    mailbox providers do not decode there."""

    def fold(self, name: str, value: str) -> str:
        """One header as text."""
        return self._unencoded(value) if name == "List-Unsubscribe" else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as bytes."""
        return self._unencoded(value).encode() if name == "List-Unsubscribe" else super().fold_binary(name, value)

    def _unencoded(self, value: str) -> str:
        return f"List-Unsubscribe: {value.replace(', ', f',{self.linesep} ')}{self.linesep}"


MESSAGE_POLICY = _Policy(linesep="\r\n", utf8=False)
"""How every message is folded: lines ended by CRLF, headers in ASCII."""


def _write_message(
    digest: Digest, view: LetterView, sender: Sender, portal: PortalLinks | None, *, is_brief: bool
) -> EmailMessage:
    message = EmailMessage(policy=MESSAGE_POLICY)
    _head(message, digest, view, sender, portal)
    message.set_content(write_plain(view), subtype="plain", charset="utf-8", cte="quoted-printable")
    if digest.member.preferences.channel is not Channel.TEXT:
        message.add_alternative(render_page(view), subtype="html", charset="utf-8", cte="quoted-printable")
    agenda = write_agenda(digest, view.language, sender.domain, portal, is_brief=is_brief)
    if agenda:
        message.add_attachment(
            agenda, subtype="calendar", charset="utf-8", filename="pib.ics", cte="base64", params={"method": "PUBLISH"}
        )
    message["Content-Language"] = view.language  # last: building the parts takes Content- headers away from the top
    _fix_boundaries(message)
    return message


def name_message(digest: Digest, sender: Sender) -> str:
    """The Message-ID, the same whenever an edition of a member is rendered or sent."""
    return f"<{keyed_token(sender, digest.member.id, digest.edition)}.{digest.edition}@{sender.domain}>"


def keyed_token(sender: Sender, *named: str) -> str:
    """A keyed hash of the names, so that knowing the member ids is not enough to derive it."""
    return hmac.new(sender.secret, "\0".join(named).encode(), hashlib.sha256).hexdigest()[:20]


def _head(message: EmailMessage, digest: Digest, view: LetterView, sender: Sender, portal: PortalLinks | None) -> None:
    message["From"] = write_address(sender.name, sender.address)
    message["To"] = write_address(digest.member.name, digest.member.email)
    message["Reply-To"] = write_address("", sender.reply_to)
    message["Subject"] = _break_encoded_words(clip_text(view.subject, 180))
    message["Date"] = format_datetime(digest.as_of.astimezone(BRUSSELS))
    message["Message-ID"] = name_message(digest, sender)
    message["List-Id"] = f"PIB <{sender.list_id}>"
    by_mail = f"<mailto:{sender.reply_to}?subject=unsubscribe%20{keyed_token(sender, digest.member.id)}>"
    if portal:
        by_post = portal.unsubscribe(digest.member.id, on=digest.as_of.date())
        message["List-Unsubscribe"] = f"<{by_post}>, {by_mail}"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    else:
        message["List-Unsubscribe"] = by_mail
    message["Auto-Submitted"] = "auto-generated"


def write_address(name: str, written: str) -> Address:
    """A mailbox of a header. Raises DigestRefused for an address that is no valid one in plain ASCII."""
    try:
        address = Address(display_name=_break_encoded_words(clip_text(name, 80)), addr_spec=written)
    except (ValueError, HeaderParseError, IndexError) as error:
        raise DigestRefused(
            f"mail address {written!r} of {name!r} cannot be written to ({error}); correct it"
        ) from error
    if not written.isascii() or clean_text(written) != written or "." not in address.domain:
        raise DigestRefused(f"mail address {written!r} of {name!r} is not plain ASCII name@domain; correct it")
    return address


def _break_encoded_words(text: str) -> str:
    """The text without encoded words (RFC 2047) from third parties: the email package decodes them, so that
    "=?u?q?=0d?=" in a name would insert a carriage return into the headers."""
    return text.replace("=?", "= ?")


def _fix_boundaries(message: EmailMessage) -> None:
    """Replaces the random boundaries of the email package by hashes of the Message-ID and the contents."""
    seed = hashlib.sha256(str(message["Message-ID"]).encode())
    for part in message.walk():
        if not part.is_multipart():
            seed.update(part.get_payload(decode=True) or b"")  # pyright: ignore[reportArgumentType]
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=_pib_{number}_{seed.hexdigest()[:32]}")
