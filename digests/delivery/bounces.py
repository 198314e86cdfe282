"""What came back: failure notices of servers (DSN, RFC 3464) and what they mean for an address.

A notice counts only when it names the Message-ID of a letter of ours, which nobody can guess who did not see the
letter: else anyone could silence a member with two forged notices. Two letters that failed for good block their
address, and the operator is told. Which mailbox the notices lie in is mailboxes' business.
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
"""Letters that failed for good before an address is left alone."""

_MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class FailureNotice:
    """A failure notice: the Message-IDs it speaks of, whether the failure is for good, and its words. `key` is the same
    whenever it is read."""

    key: str
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]
    is_hard: bool
    said: str


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What the mailbox held: messages read, letters that failed for good and for now, notices that name no letter of
    ours, and one sentence per address that is left alone from here on."""

    read: int = 0
    hard: int = 0
    soft: int = 0
    strange: int = 0
    blocked: tuple[str, ...] = ()


def read_notice(body: bytes) -> FailureNotice | None:
    """The notice in a message; None when it is none (an answer, an out-of-office note) or cannot be read."""
    message = email.message_from_bytes(body[:_MOST_BYTES])
    try:
        temporary, permanent = all_failures(message)
    except (ValueError, LookupError, TypeError, AttributeError):  # a detector that choked on a hostile message
        return None
    if not temporary and not permanent:
        return None
    named = tuple(dict.fromkeys(_read_message_ids(message)))
    failed = sorted(address.decode("utf-8", "replace").lower() for address in permanent or temporary)
    return FailureNotice(
        hashlib.sha256(body).hexdigest(), named, tuple(failed), bool(permanent), _read_diagnostic(message)
    )


def record_bounce(outbox: Outbox, notice: FailureNotice, moment: Moment) -> tuple[bool, str | None]:
    """Counts the notice once. Whether it concerns a letter of ours, and the sentence for the operator when its address
    is left alone from here on."""
    for message_id in notice.message_ids:
        row = outbox.connection.execute(
            "select member, edition, address from letter where message_id = ?", (message_id,)
        ).fetchone()
        if row:
            return True, _save_bounce(outbox, notice.key, row, notice.said, moment, is_hard=notice.is_hard)
    return False, None


def record_bounces(outbox: Outbox, bodies: Iterable[bytes], moment: Moment) -> BounceReport:
    """Counts every notice of a mailbox."""
    counts = {"read": 0, "hard": 0, "soft": 0, "strange": 0}
    blocked: list[str] = []
    for body in bodies:
        counts["read"] += 1
        notice = read_notice(body)
        if notice is None:
            continue
        is_ours, told = record_bounce(outbox, notice, moment)
        counts[("hard" if notice.is_hard else "soft") if is_ours else "strange"] += 1
        blocked += [told] if told else []
    return BounceReport(**counts, blocked=tuple(blocked))


def record_rejection(outbox: Outbox, letter: Letter, said: str, moment: Moment) -> str | None:
    """Counts a server's refusal of the recipient itself like a notice; the operator's sentence when that was the last
    straw."""
    key = hashlib.sha256(f"{letter.message_id}\0refused".encode()).hexdigest()
    return _save_bounce(outbox, key, (letter.member, letter.edition, letter.address), said, moment, is_hard=True)


def load_block_reason(outbox: Outbox, address: str) -> str | None:
    """Why nothing is sent to an address; None when it is."""
    row = outbox.connection.execute("select reason from blocked where address = ?", (address.lower(),)).fetchone()
    return row[0] if row else None


def load_blocked_addresses(outbox: Outbox) -> tuple[tuple[str, str], ...]:
    """The addresses left alone, and why."""
    return tuple(outbox.connection.execute("select address, reason from blocked order by address").fetchall())


def unblock(outbox: Outbox, address: str) -> bool:
    """An operator mended an address: its bounces are forgotten and letters go there again. Whether it was blocked."""
    with outbox.transaction() as connection:
        connection.execute("update bounce set is_hard = 0 where lower(address) = ?", (address.lower(),))
        return bool(connection.execute("delete from blocked where address = ?", (address.lower(),)).rowcount)


def _save_bounce(
    outbox: Outbox, key: str, letter: tuple[str, str, str], said: str, moment: Moment, *, is_hard: bool
) -> str | None:
    member, edition, address = letter
    with outbox.transaction() as connection:
        kept = connection.execute(
            "insert into bounce values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            (key, member, edition, address, is_hard, said, moment.at.isoformat()),
        ).rowcount
        if not kept or not is_hard:
            return None
        connection.execute(
            "update letter set state = ?, detail = ?, changed_at = ? where member = ? and edition = ? and state = ?",
            (LetterState.BOUNCED, said, moment.at.isoformat(), member, edition, LetterState.SENT),
        )
        (failed,) = connection.execute(
            "select count(distinct member || ' ' || edition) from bounce where lower(address) = ? and is_hard",
            (address.lower(),),
        ).fetchone()
        if failed < HARD_BOUNCES:
            return None
        reason = f"{failed} letters to {address} failed for good ({said})"
        new = connection.execute(
            "insert into blocked values (?, ?, ?) on conflict do nothing",
            (address.lower(), reason, moment.at.isoformat()),
        ).rowcount
    if not new:
        return None
    return f"{member}: {reason}; nothing is sent there any more. Mend its address, or `pib bounces --forgive {address}`"


def _read_message_ids(message: Message) -> Iterable[str]:
    """Those of the letters a notice encloses, whole or as their headers alone; a notice's own is none of them."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            enclosed = [str(inner.get("Message-ID", "")) for inner in part.get_payload() if isinstance(inner, Message)]
        elif kind == "text/rfc822-headers":
            enclosed = re.findall(r"(?im)^message-id:\s*(<[^<>\s]+>)", _text_of(part))
        else:
            continue
        yield from (found.strip() for found in enclosed if found.strip())
    # Some servers quote the letter's head as words instead of enclosing it.
    yield from re.findall(r"(?im)^\W*message-id:\s*(<[^<>\s]+>)", _text_of(message))


def _read_diagnostic(message: Message) -> str:
    """The server's words on the failure, clipped."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
            for block in part.get_payload():
                if isinstance(block, Message) and (said := block.get("Diagnostic-Code") or block.get("Status")):
                    return clip_text(str(said), 200)
    return clip_text(str(message.get("Subject", "no reason given")), 200)


def _text_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
