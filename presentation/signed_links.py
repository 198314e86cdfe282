"""The addresses behind a letter: who may do what with a link, signed so that nobody can make one up.

A link carries its member, what it is about and its last day, under a signature that holds for one purpose only: a link
to a lot page opens no preferences. Whoever holds a link is taken for the member it was written to; nothing else is
known of him. Digests write links, the portal reads them; the clock is the caller's.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer

from presentation.errors import LinkExpired, LinkForged, SecretUnfit


class Purpose(StrEnum):
    """What a link lets its holder do, and the first part of its path."""

    CALLS = "calls"  # read the calls and letters of the member
    LOT = "lot"  # read one lot with the member's reasons
    DIGEST = "digest"  # read one letter again
    PREVIEW = "preview"  # read the letter that would be written now
    PREFERENCES = "preferences"
    UNSUBSCRIBE = "unsubscribe"
    FEEDBACK = "feedback"
    CALENDAR = "calendar"  # one deadline
    AGENDA = "agenda"  # all deadlines of the member (webcal)
    FEED = "feed"  # the member's Atom feed
    STATUS = "status"  # the operator's page


LIFETIMES = {
    Purpose.CALLS: 90,
    Purpose.LOT: 400,
    Purpose.DIGEST: 400,
    Purpose.PREVIEW: 90,
    Purpose.PREFERENCES: 90,
    Purpose.UNSUBSCRIBE: 1100,
    Purpose.FEEDBACK: 90,
    Purpose.CALENDAR: 400,
    Purpose.AGENDA: 1100,
    Purpose.FEED: 1100,
    Purpose.STATUS: 7,
}
"""Days a link lives: what changes something a quarter, what is subscribed to or must always stop a letter three
years."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a link that holds says: who it was written to, what it is about ("" for nothing in particular), and the
    last day it holds."""

    purpose: Purpose
    member: str
    subject: str
    until: date


class PortalLinks:
    """Writes and reads signed links. `base_url` is where the portal answers, without a slash at its end; a path in it
    is kept."""

    def __init__(self, base_url: str, secret: bytes) -> None:
        self.base_url = base_url.rstrip("/")
        self._signers = {
            purpose: URLSafeSerializer(
                secret, salt=f"pib.{purpose}", signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
            )
            for purpose in Purpose
        }

    @property
    def root(self) -> str:
        """The path of the base address: "" or "/pib"."""
        return urlsplit(self.base_url).path

    @property
    def origin(self) -> str:
        """Scheme and host of the base address."""
        return self.base_url.removesuffix(self.root)

    def token(self, purpose: Purpose, member: str, subject: str = "", *, on: date) -> str:
        """The signed part of a link written on a day; the same every time it is written that day."""
        until = on + timedelta(days=LIFETIMES[purpose])
        return self._signers[purpose].dumps([member, subject, until.isoformat()])

    def read(self, token: str, purpose: Purpose, *, on: date) -> Grant:
        """What the token of a link says. Raises LinkForged when this house did not write it for that purpose, and
        LinkExpired after its last day."""
        try:
            member, subject, until = self._signers[purpose].loads(token)
        except BadData as error:
            raise LinkForged(f"this link is not one of ours for {purpose}: open it from the letter again") from error
        grant = Grant(purpose, member, subject, date.fromisoformat(until))
        if on > grant.until:
            raise LinkExpired(f"this link held until {grant.until}: open it from a newer letter")
        return grant

    def url(self, purpose: Purpose, member: str, subject: str = "", *, on: date) -> str:
        """The whole address."""
        return f"{self.base_url}/{purpose}/{self.token(purpose, member, subject, on=on)}"

    def calls(self, member: str, *, on: date) -> str:
        """The member's own page: its open calls, its letters."""
        return self.url(Purpose.CALLS, member, on=on)

    def lot(self, member: str, lot_uid: str, *, on: date) -> str:
        """A lot with the member's reasons and coalitions."""
        return self.url(Purpose.LOT, member, lot_uid, on=on)

    def digest(self, member: str, edition: str, *, on: date) -> str:
        """A letter as it was sent."""
        return self.url(Purpose.DIGEST, member, edition, on=on)

    def preferences(self, member: str, *, on: date) -> str:
        """How the member wishes to be written to."""
        return self.url(Purpose.PREFERENCES, member, on=on)

    def unsubscribe(self, member: str, *, on: date) -> str:
        """No more letters: a page to whoever follows it, done by a POST (RFC 8058)."""
        return self.url(Purpose.UNSUBSCRIBE, member, on=on)

    def feedback(self, member: str, lot_uid: str, *, on: date) -> str:
        """What the member thinks of a lot."""
        return self.url(Purpose.FEEDBACK, member, lot_uid, on=on)

    def calendar(self, member: str, lot_uid: str, *, on: date) -> str:
        """A lot's deadline as a calendar file."""
        return self.url(Purpose.CALENDAR, member, lot_uid, on=on)

    def agenda(self, member: str, *, on: date) -> str:
        """All the member's deadlines, to subscribe to."""
        return self.url(Purpose.AGENDA, member, on=on)

    def feed(self, member: str, *, on: date) -> str:
        """The member's calls as an Atom feed."""
        return self.url(Purpose.FEED, member, on=on)

    def status(self, *, on: date) -> str:
        """The operator's page; written to the operator's terminal only."""
        return self.url(Purpose.STATUS, "operator", on=on)

    def public_lot(self, lot_uid: str) -> str:
        """A lot's facts without anybody's reasons: needs no signature."""
        return f"{self.base_url}/lots/{encode_name(lot_uid)}"


def encode_name(name: str) -> str:
    """A name from a publisher (a lot's may hold any sign) as one part of a path; decode_name gives it back."""
    return urlsafe_b64encode(name.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def decode_name(part: str) -> str | None:
    """The name in a part of a path; None where it is none."""
    try:
        name = urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "surrogatepass")
    except (NotBase64, ValueError):
        return None
    return name if encode_name(name) == part else None


def load_or_create_secret(path: Path) -> bytes:
    """The secret that links are signed with: made at the first call, 32 bytes for its owner's eyes only. Raises
    SecretUnfit when others may read it or it was cut short."""
    if not path.exists():
        _make_secret(path)
    if path.stat().st_mode & 0o077:
        raise SecretUnfit(f"{path} can be read by others than its owner: chmod 600 it, or delete it to void all links")
    secret = path.read_bytes()
    if len(secret) != 32:
        raise SecretUnfit(f"{path} holds {len(secret)} bytes, not 32: delete it to make a new one; all links end")
    return secret


def _make_secret(path: Path) -> None:
    """Written beside its place and then linked there, so that of two who begin together both read the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
