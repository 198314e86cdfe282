"""Renders a digest: HTML, plain text, calendar, and the MIME message that holds them.

The same digest and sender give the same bytes: the date is the night's, the Message-ID and the boundaries are derived,
nothing asks a clock or a random source. Layout lives in templates/, words in view.py, sending elsewhere.
"""

from __future__ import annotations

import hashlib
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from digests.agenda import write_agenda
from digests.cleaning import clean_text, clip_text
from digests.digest import BRUSSELS, Digest
from digests.errors import DigestRefused
from digests.letter import DEMO_SENDER, Letter, Sender
from digests.phrases import Phrases
from digests.plain import write_plain
from digests.view import LetterView, view_digest

_TEMPLATES = Path(__file__).parent / "templates"


def render_html(digest: Digest) -> str:
    """The letter as one HTML page, styles inlined, nothing fetched."""
    return _lay_out(view_digest(digest))


def render_text(digest: Digest) -> str:
    """The letter as plain text of at most 76 columns."""
    return write_plain(view_digest(digest))


def render_digest(digest: Digest, sender: Sender = DEMO_SENDER) -> EmailMessage:
    """The whole message: text and HTML with the same facts, and the deadlines as a calendar. Raises DigestRefused for a
    mail address that a header cannot hold, or a language without catalogue."""
    view = view_digest(digest)
    message = EmailMessage(policy=SMTP)
    _head(message, digest, view, sender)
    message.set_content(write_plain(view), subtype="plain", charset="utf-8", cte="quoted-printable")
    message.add_alternative(_lay_out(view), subtype="html", charset="utf-8", cte="quoted-printable")
    agenda = write_agenda(digest, view.language, sender.domain)
    if agenda:
        message.add_attachment(
            agenda, subtype="calendar", charset="utf-8", filename="pib.ics", cte="base64", params={"method": "PUBLISH"}
        )
    message["Content-Language"] = view.language  # last: building the parts takes Content- headers away from the top
    _fix_boundaries(message)
    return message


def render_letter(digest: Digest, sender: Sender = DEMO_SENDER) -> Letter:
    """The message frozen for the outbox, with its envelope and digest."""
    message = render_digest(digest, sender)
    mime = message.as_bytes()
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
        told=digest.told,
    )


def name_message(digest: Digest, sender: Sender) -> str:
    """The Message-ID: the same for a member and edition, whenever and however often it is rendered or sent."""
    return f"<{_token(digest.member.id)}.{digest.edition}@{sender.domain}>"


def _token(member: str) -> str:
    return hashlib.sha256(member.encode()).hexdigest()[:20]


def _head(message: EmailMessage, digest: Digest, view: LetterView, sender: Sender) -> None:
    message["From"] = _address(sender.name, sender.address)
    message["To"] = _address(digest.member.name, digest.member.email)
    message["Reply-To"] = _address("", sender.reply_to)
    message["Subject"] = _disarm(clip_text(view.subject, 180))
    message["Date"] = format_datetime(digest.as_of.astimezone(BRUSSELS))
    message["Message-ID"] = name_message(digest, sender)
    message["List-Id"] = f"PIB <{sender.list_id}>"
    message["List-Unsubscribe"] = f"<mailto:{sender.reply_to}?subject=unsubscribe%20{_token(digest.member.id)}>"
    message["Auto-Submitted"] = "auto-generated"


def _address(name: str, written: str) -> Address:
    try:
        address = Address(display_name=_disarm(clip_text(name, 80)), addr_spec=written)
    except (ValueError, HeaderParseError, IndexError) as error:
        raise DigestRefused(f"mail address {written!r} of {name!r} cannot be written to ({error}); mend it") from error
    if not written.isascii() or clean_text(written) != written or "." not in address.domain:
        raise DigestRefused(f"mail address {written!r} of {name!r} is not plain ASCII name@domain; mend it")
    return address


def _disarm(text: str) -> str:
    """No encoded words (RFC 2047) from strangers: the email package decodes what it is given, so that "=?u?q?=0d?=" in
    a name would put a bare carriage return among the headers."""
    return text.replace("=?", "= ?")


def _fix_boundaries(message: EmailMessage) -> None:
    """Boundaries derived from the Message-ID and the contents; Python's own are random."""
    seed = hashlib.sha256(str(message["Message-ID"]).encode())
    for part in message.walk():
        if not part.is_multipart():
            seed.update(part.get_payload(decode=True) or b"")  # pyright: ignore[reportArgumentType]
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=_pib_{number}_{seed.hexdigest()[:32]}")


def _lay_out(view: LetterView) -> str:
    css = Markup((_TEMPLATES / "letter.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    page = _template().render(letter=view, say=Phrases(view.language).say, css=css)
    return _inliner().inline(page)


@cache
def _template() -> Template:
    loader = FileSystemLoader(_TEMPLATES)
    rooms = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return rooms.get_template("letter.html.j2")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, minify_css=True)
