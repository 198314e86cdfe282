"""Failure notices from mail servers (DSN, RFC 3464) and the addresses that are blocked because of them.

A notice counts only when it contains the Message-ID of a letter from this outbox. Message-IDs cannot be guessed, so a
forged notice cannot block an address. Two letters that failed permanently block their address, and the operator is
informed.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from digests.delivery.outbox import LetterState, Outbox
from digests.delivery.workers import Moment
from digests.rendering.letter import Letter
from presentation.sanitize import clip_text

HARD_BOUNCES = 2
"""Permanently failed letters after which an address is blocked."""

_MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class FailureNotice:
    """A failure notice: the Message-IDs it contains, the recipients that failed, whether the failure is permanent, and
    the server's `diagnostic`. `key` is a SHA-256 of the message."""

    key: str
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]
    is_hard: bool
    diagnostic: str


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What a mailbox contained: messages read, permanent (`hard`) and temporary (`soft`) failures, notices about
    letters of other senders (`strange`), and one sentence for each newly blocked address."""

    read: int = 0
    hard: int = 0
    soft: int = 0
    strange: int = 0
    blocked: tuple[str, ...] = ()


def read_notice(body: bytes) -> FailureNotice | None:
    """The failure notice in a message; None for any other message (a reply, an out-of-office note)."""
    message = email.message_from_bytes(body[:_MOST_BYTES])
    try:
        temporary, permanent = all_failures(message)
    except (ValueError, LookupError, TypeError, AttributeError):  # flufl.bounce fails on some malformed messages
        return None
    if not temporary and not permanent:
        return None
    named = tuple(dict.fromkeys(_read_message_ids(message)))
    failed = sorted(address.decode("utf-8", "replace").lower() for address in permanent or temporary)
    return FailureNotice(
        hashlib.sha256(body).hexdigest(), named, tuple(failed), bool(permanent), _read_diagnostic(message)
    )


def record_bounce(outbox: Outbox, notice: FailureNotice, moment: Moment) -> tuple[bool, str | None]:
    """Saves the notice once. Returns whether it is about a letter of this outbox, and a sentence for the operator when
    its address is blocked from now on."""
    for message_id in notice.message_ids:
        row = outbox.connection.execute(
            "select member, edition, address from letter where message_id = ?", (message_id,)
        ).fetchone()
        if row:
            return True, _save_bounce(outbox, notice.key, row, notice.diagnostic, moment, is_hard=notice.is_hard)
    return False, None


def record_bounces(outbox: Outbox, bodies: Iterable[bytes], moment: Moment) -> BounceReport:
    """Saves every notice of a mailbox and returns the counts."""
    counts = {"read": 0, "hard": 0, "soft": 0, "strange": 0}
    blocked: list[str] = []
    for body in bodies:
        counts["read"] += 1
        notice = read_notice(body)
        if notice is None:
            continue
        is_ours, blocking = record_bounce(outbox, notice, moment)
        counts[("hard" if notice.is_hard else "soft") if is_ours else "strange"] += 1
        blocked += [blocking] if blocking else []
    return BounceReport(**counts, blocked=tuple(blocked))


def record_rejection(outbox: Outbox, letter: Letter, diagnostic: str, moment: Moment) -> str | None:
    """Saves a server's rejection of the recipient like a failure notice. Returns a sentence for the operator when the
    address is blocked from now on.

    Args:
        outbox: where it is saved.
        letter: the rejected letter.
        diagnostic: the server's answer.
        moment: now.
    """
    key = hashlib.sha256(f"{letter.message_id}\0refused".encode()).hexdigest()
    return _save_bounce(outbox, key, (letter.member, letter.edition, letter.address), diagnostic, moment, is_hard=True)


def load_block_reason(outbox: Outbox, address: str) -> str | None:
    """The reason an address is blocked; None when it is not."""
    rows = outbox.fetch("select reason from blocked where address = ?", (address.lower(),))
    return next((reason for (reason,) in rows), None)


def load_blocked_addresses(outbox: Outbox) -> tuple[tuple[str, str], ...]:
    """The blocked addresses with the reasons."""
    return tuple(outbox.fetch("select address, reason from blocked order by address"))


def unblock(outbox: Outbox, address: str) -> bool:
    """Unblocks an address and resets its bounces. Returns whether it was blocked."""
    with outbox.transaction() as connection:
        connection.execute("update bounce set is_hard = 0 where lower(address) = ?", (address.lower(),))
        return bool(connection.execute("delete from blocked where address = ?", (address.lower(),)).rowcount)


def _save_bounce(
    outbox: Outbox, key: str, letter: tuple[str, str, str], diagnostic: str, moment: Moment, *, is_hard: bool
) -> str | None:
    member, edition, address = letter
    with outbox.transaction() as connection:
        kept = connection.execute(
            "insert into bounce values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            (key, member, edition, address, is_hard, diagnostic, moment.at.isoformat()),
        ).rowcount
        if not kept or not is_hard:
            return None
        connection.execute(
            "update letter set state = ?, detail = ?, changed_at = ? where member = ? and edition = ? and state = ?",
            (LetterState.BOUNCED, diagnostic, moment.at.isoformat(), member, edition, LetterState.SENT),
        )
        (failed,) = connection.execute(
            "select count(distinct member || ' ' || edition) from bounce where lower(address) = ? and is_hard",
            (address.lower(),),
        ).fetchone()
        if failed < HARD_BOUNCES:
            return None
        reason = f"{failed} letters to {address} failed for good ({diagnostic})"
        new = connection.execute(
            "insert into blocked values (?, ?, ?) on conflict do nothing",
            (address.lower(), reason, moment.at.isoformat()),
        ).rowcount
    if not new:
        return None
    return f"{member}: {reason}; nothing is sent there any more. Mend its address, or `pib bounces --forgive {address}`"


def _read_message_ids(message: Message) -> Iterable[str]:
    """The Message-IDs of the letters that a notice encloses in full or as headers; not that of the notice itself."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            enclosed = [str(inner.get("Message-ID", "")) for inner in part.get_payload() if isinstance(inner, Message)]
        elif kind == "text/rfc822-headers":
            enclosed = re.findall(r"(?im)^message-id:\s*(<[^<>\s]+>)", _text_of(part))
        else:
            continue
        yield from (found.strip() for found in enclosed if found.strip())
    # Some servers quote the letter's headers as text instead of enclosing them.
    yield from re.findall(r"(?im)^\W*message-id:\s*(<[^<>\s]+>)", _text_of(message))


def _read_diagnostic(message: Message) -> str:
    """The server's diagnostic, clipped to 200 characters."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
            for block in part.get_payload():
                if isinstance(block, Message) and (diagnostic := block.get("Diagnostic-Code") or block.get("Status")):
                    return clip_text(str(diagnostic), 200)
    return clip_text(str(message.get("Subject", "no reason given")), 200)


def _text_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
