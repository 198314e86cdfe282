"""A mail of plain text outside the digests: a link on request, an alert to the operator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from digests.rendering.dkim_signing import DkimKey, sign_message
from digests.rendering.letter import Letter, Sender
from digests.rendering.mime import MESSAGE_POLICY, write_address


@dataclass(frozen=True, slots=True)
class PlainMail:
    """What is written, and to whom: the recipient's `name` (empty for none) and `address`, the `text` with its language
    (ISO 639-1), and a `message_id` without brackets that no other mail has."""

    name: str
    address: str
    subject: str
    text: str
    language: str
    message_id: str


def write_plain_mail(
    mail: PlainMail, sender: Sender, *, member: str, edition: str, at: datetime, key: DkimKey | None = None
) -> Letter:
    """The mail as a transport sends it. It notifies of no lot.

    Args:
        mail: what is written.
        sender: whose mail it is.
        member: whom an outbox keeps it for.
        edition: its name there.
        at: zone-aware moment of writing.
        key: signs the mail; None for no signature.

    Raises DigestRefused for an address that is no valid header.
    """
    message = EmailMessage(policy=MESSAGE_POLICY)
    message["From"] = write_address(sender.name, sender.address)
    message["To"] = write_address(mail.name, mail.address)
    message["Reply-To"] = write_address("", sender.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail.message_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text + "\n", subtype="plain", charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = mail.language
    mime = message.as_bytes()
    if key:
        mime = sign_message(mime, key, at=at)
    return Letter(
        member=member,
        edition=edition,
        sender=sender.address,
        address=mail.address,
        message_id=str(message["Message-ID"]),
        subject=str(message["Subject"]),
        mime=mime,
        sha256=hashlib.sha256(mime).hexdigest(),
        items=0,
    )
