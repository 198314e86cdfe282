"""Signed links to the portal's pages, written by letters and read by the portal.

A link holds its member, its subject and its last day, signed for one purpose only: a link to a lot page does not open
the preferences. Whoever has a link is authenticated as the member it was issued to. Days are parameters.
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
from warehouse.made_files import mark_made, mark_of


class Purpose(StrEnum):
    """What a link gives access to; the value is the first part of its path."""

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
"""Days until a link expires: 90 for links that change something, three years for subscriptions and for
unsubscribing."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The content of a valid link: its purpose, the member id it was issued to, its subject ("" for none) and its last
    day."""

    purpose: Purpose
    member: str
    subject: str
    until: date


class PortalLinks:
    """Writes and verifies signed links.

    Args:
        base_url: public address of the portal; a path in it is kept.
        secret: the signing key, see load_or_create_secret.
    """

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

    @property
    def host(self) -> str:
        """The host of the base address, without its port; an IPv6 address in brackets."""
        name = urlsplit(self.base_url).hostname or ""
        return f"[{name}]" if ":" in name else name

    def token(self, purpose: Purpose, member: str, subject: str = "", *, on: date) -> str:
        """The signed part of a link issued on the day `on`; deterministic."""
        until = on + timedelta(days=LIFETIMES[purpose])
        return self._signers[purpose].dumps([member, subject, until.isoformat()])

    def read(self, token: str, purpose: Purpose, *, on: date) -> Grant:
        """The verified content of a token on the day `on`. Raises LinkForged when the signature is not valid for the
        purpose, and LinkExpired after its last day."""
        try:
            member, subject, until = self._signers[purpose].loads(token)
        except BadData as error:
            raise LinkForged(f"this link is not one of ours for {purpose}: open it from the letter again") from error
        grant = Grant(purpose, member, subject, date.fromisoformat(until))
        if on > grant.until:
            raise LinkExpired(f"this link held until {grant.until}: open it from a newer letter")
        return grant

    def url(self, purpose: Purpose, member: str, subject: str = "", *, on: date) -> str:
        """The absolute URL of a link issued on the day `on`."""
        return f"{self.base_url}/{purpose}/{self.token(purpose, member, subject, on=on)}"

    def calls(self, member: str, *, on: date) -> str:
        """The URL of the member's page of open calls and letters."""
        return self.url(Purpose.CALLS, member, on=on)

    def lot(self, member: str, lot_uid: str, *, on: date) -> str:
        """The URL of a lot with the member's reasons and consortia."""
        return self.url(Purpose.LOT, member, lot_uid, on=on)

    def digest(self, member: str, edition: str, *, on: date) -> str:
        """The URL of a letter as it was sent."""
        return self.url(Purpose.DIGEST, member, edition, on=on)

    def preferences(self, member: str, *, on: date) -> str:
        """The URL of the member's preferences."""
        return self.url(Purpose.PREFERENCES, member, on=on)

    def unsubscribe(self, member: str, *, on: date) -> str:
        """The URL that unsubscribes by a POST (RFC 8058) and shows a page by a GET."""
        return self.url(Purpose.UNSUBSCRIBE, member, on=on)

    def feedback(self, member: str, lot_uid: str, *, on: date) -> str:
        """The URL of the feedback form of a lot."""
        return self.url(Purpose.FEEDBACK, member, lot_uid, on=on)

    def calendar(self, member: str, lot_uid: str, *, on: date) -> str:
        """The URL of a lot's deadline as a calendar file."""
        return self.url(Purpose.CALENDAR, member, lot_uid, on=on)

    def agenda(self, member: str, *, on: date) -> str:
        """The URL of a calendar with all deadlines of the member, to subscribe to."""
        return self.url(Purpose.AGENDA, member, on=on)

    def feed(self, member: str, *, on: date) -> str:
        """The URL of the member's Atom feed."""
        return self.url(Purpose.FEED, member, on=on)

    def status(self, *, on: date) -> str:
        """The URL of the operator's page; shown in the operator's terminal only."""
        return self.url(Purpose.STATUS, "operator", on=on)

    def public_lot(self, lot_uid: str) -> str:
        """The unsigned URL of a lot's public page."""
        return f"{self.base_url}/lots/{encode_name(lot_uid)}"


def encode_name(name: str) -> str:
    """A name (a lot uid can contain any character) as one path segment; decode_name reverses it."""
    return urlsafe_b64encode(name.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def decode_name(part: str) -> str | None:
    """The name encoded in a path segment; None when it is not an encoded name."""
    try:
        name = urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "surrogatepass")
    except (NotBase64, ValueError):
        return None
    return name if encode_name(name) == part else None


def load_or_create_secret(path: Path) -> bytes:
    """The 32 bytes that sign links, read from `path`, or generated and saved there with mode 600 where there never were
    any. Raises SecretUnfit when other users can read the file, its length is wrong, or it is not the one that was made:
    with another one no link of any letter opens, to unsubscribe neither."""
    if not path.exists() and not mark_of(path).is_file():
        _make_secret(path)
    if not path.is_file():
        raise SecretUnfit(f"{path} is missing, and all links were signed with it; {_REMEDY}")
    if path.stat().st_mode & 0o077:
        raise SecretUnfit(
            f"{path} can be read by others than its owner: chmod 600 it, or delete it and {mark_of(path).name} to void "
            "all links"
        )
    secret = path.read_bytes()
    if len(secret) != 32:
        raise SecretUnfit(f"{path} holds {len(secret)} bytes, not 32; {_REMEDY}")
    mark_made(path, sha256(secret).hexdigest().encode())
    if mark_of(path).read_text(encoding="utf-8", errors="replace") != sha256(secret).hexdigest():
        raise SecretUnfit(f"{path} is not the secret that links were signed with; {_REMEDY}")
    return secret


_REMEDY = "bring it back with `pib restore`, or run `pib rebuild`, which makes a new one: all links sent before end"


def renew_secret(path: Path) -> bytes:
    """A new secret in the place of the one at `path`: every link that was signed before ends."""
    for old in (path, mark_of(path)):
        old.unlink(missing_ok=True)
    return load_or_create_secret(path)


def _make_secret(path: Path) -> None:
    """Writes a draft and links it into place, so that two processes that start together read the same secret."""
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
