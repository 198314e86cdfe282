"""Signed links to the portal's pages, written by letters and read by the portal.

A link holds its member, its subject, its last day and the member's epoch, signed for one purpose only: a link to a lot
page does not open the preferences. Whoever has a link is authenticated as the member it was issued to, until its last
day or until the member has another epoch (link_register.py). Days are parameters.

Links of the format before epochs, which are in letters sent until then, still read and still unsubscribe.
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

from presentation.errors import LinkExpired, LinkForged, LinkOutdated, LinkRevoked, SecretUnfit
from presentation.link_register import LinkRegister
from warehouse.made_files import mark_made, mark_of


class Purpose(StrEnum):
    """What a link gives access to; the value is the first part of its path."""

    CALLS = "calls"  # the member's own pages: its calls and letters, and from there all it can do
    CALL = "call"  # one of the member's calls, with all it can do about it
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
    INTEREST = "interest"  # interest in one lot; its links are sealed by the interest service, not signed here


LIFETIMES = {
    Purpose.CALLS: 90,
    Purpose.CALL: 90,
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
    Purpose.INTEREST: 90,
}
"""Days until a link expires: 90 for links that change something, three years for subscriptions and for
unsubscribing."""

MAILED_DAYS = 7
"""Days until a link to the member's own pages expires that was mailed on request."""

READ_WITHOUT_EPOCH = frozenset(
    {Purpose.LOT, Purpose.DIGEST, Purpose.CALENDAR, Purpose.AGENDA, Purpose.FEED, Purpose.UNSUBSCRIBE}
)
"""What a link of the format before epochs still opens. A page could then hand out any link of its member, so those that
change something are no longer trusted."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The content of a link with a valid signature: its purpose, the member id it was issued to, its subject ("" for
    none), its last day, and the member's epoch when it was issued (None in the format before epochs)."""

    purpose: Purpose
    member: str
    subject: str
    until: date
    epoch: str | None = ""


class PortalLinks:
    """Writes and verifies signed links.

    Args:
        base_url: public address of the portal; a path in it is kept.
        secret: the signing key, see load_or_create_secret.
        register: the members' epochs; None where no link was ever revoked.
    """

    def __init__(self, base_url: str, secret: bytes, register: LinkRegister | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._register = register
        self._signers = {
            purpose: URLSafeSerializer(
                secret, salt=f"pib.{purpose}", signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
            )
            for purpose in Purpose
            if purpose is not Purpose.INTEREST
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

    def token(
        self, purpose: Purpose, member: str, subject: str = "", *, on: date, not_after: date | None = None
    ) -> str:
        """The signed part of a link issued on the day `on`; deterministic.

        `purpose` is what the link gives access to, `member` the id it is issued to, `subject` the lot or edition, ""
        for none; `not_after` brings its last day forward.
        """
        until = last_day(purpose, on, not_after)
        return self._signers[purpose].dumps([member, subject, until.isoformat(), self.epoch(purpose, member)])

    def epoch(self, purpose: Purpose, member: str) -> str:
        """The epoch that a member's links of a purpose must have. Raises LinkRegisterUnfit."""
        if self._register is None:
            return ""
        own = self._register.address_epoch if purpose is Purpose.UNSUBSCRIBE else self._register.epoch
        return own(member)

    def read(self, token: str, purpose: Purpose, *, on: date) -> Grant:
        """The content of a token that is accepted on the day `on`. Raises LinkForged when the signature is not valid
        for the purpose, else as `check` does."""
        grant = self.verify(token, purpose)
        self.check(grant, on=on)
        return grant

    def verify(self, token: str, purpose: Purpose) -> Grant:
        """The content of a token with a valid signature, expired and revoked ones included. Raises LinkForged."""
        try:
            member, subject, until, *epoch = self._signers[purpose].loads(token)
        except BadData as error:
            raise LinkForged(f"this link is not one of ours for {purpose}: open it from the letter again") from error
        return Grant(purpose, member, subject, date.fromisoformat(until), epoch[0] if epoch else None)

    def check(self, grant: Grant, *, on: date) -> None:
        """Raises LinkRevoked when the member has another epoch, LinkOutdated for a link of the format before epochs
        that opens nothing any more, LinkExpired after its last day."""
        if not self.is_current(grant):
            raise LinkRevoked("the links of this member were ended: have a new one mailed")
        if grant.epoch is None and grant.purpose not in READ_WITHOUT_EPOCH:
            raise LinkOutdated("this link is of an older format: open it from a newer letter, or have a new one mailed")
        if on > grant.until:
            raise LinkExpired(f"this link held until {grant.until}: open it from a newer letter")

    def is_current(self, grant: Grant) -> bool:
        """Whether the link has its member's epoch."""
        return (grant.epoch or "") == self.epoch(grant.purpose, grant.member)

    def url(self, purpose: Purpose, member: str, subject: str = "", *, on: date, not_after: date | None = None) -> str:
        """The absolute URL of a link issued on the day `on`.

        `purpose`, `member`, `subject` and `not_after` as in token.
        """
        return f"{self.base_url}/{purpose}/{self.token(purpose, member, subject, on=on, not_after=not_after)}"

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

    def agenda_subscription(self, member: str, *, on: date) -> str:
        """The same calendar under the scheme by which calendar programs subscribe instead of opening a file once."""
        return "webcal:" + self.agenda(member, on=on).partition(":")[2]

    def feed(self, member: str, *, on: date) -> str:
        """The URL of the member's Atom feed."""
        return self.url(Purpose.FEED, member, on=on)

    def status(self, *, on: date) -> str:
        """The URL of the operator's page; shown in the operator's terminal only."""
        return self.url(Purpose.STATUS, "operator", on=on)

    def public_lot(self, lot_uid: str) -> str:
        """The unsigned URL of a lot's public page."""
        return f"{self.base_url}/lots/{encode_name(lot_uid)}"


def last_day(purpose: Purpose, on: date, not_after: date | None) -> date:
    """The last day of a link issued on the day `on`, brought forward to `not_after`."""
    until = on + timedelta(days=LIFETIMES[purpose])
    return min(until, not_after) if not_after else until


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
