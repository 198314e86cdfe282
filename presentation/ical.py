"""The deadlines of a letter as a calendar (RFC 5545): one event per purchase, the same UID in every edition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from presentation.digest_model import BRUSSELS, Digest, Item
from presentation.i18n import Phrases
from presentation.languages import choose_text
from presentation.sanitize import clean_url, clip_text


def write_agenda(digest: Digest, language: str, domain: str) -> str | None:
    """The calendar, lines ended by CRLF; None when no item has a deadline to note."""
    items = [item for item in digest.items if item.deadline and not item.award]
    if not items:
        return None
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//PIB//digests//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for item in items:
        lines += _write_event(item, digest.as_of, Phrases(language), domain)
    return "".join(fold_line(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _write_event(item: Item, as_of: datetime, phrases: Phrases, domain: str) -> Iterator[str]:
    deadline = item.deadline
    if deadline is None:
        return
    title = choose_text(item.lead.notice.titles or item.lead.lot.titles, phrases.language)
    name = clip_text(title.value, 120) if title else phrases.translate("Untitled notice")
    url = next((url for url in (clean_url(p.url) for p in item.lead.publications) if url), None)
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(item.lead.uid.encode()).hexdigest()[:32]}@{domain}"
    yield f"DTSTAMP:{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"SEQUENCE:{_count_minutes(as_of)}"
    if deadline.hour_stated:
        yield f"DTSTART:{deadline.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    else:
        day = deadline.at.astimezone(BRUSSELS).date()
        yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escape_text(name)}"
    yield f"STATUS:{'CANCELLED' if item.is_withdrawn else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    if url:
        yield f"URL:{url}"
    yield "END:VEVENT"


def _count_minutes(as_of: datetime) -> int:
    """A SEQUENCE that rises from one edition to the next without a memory of its own: minutes since 2020, which stay
    within the 32 bits that calendars keep."""
    return int((as_of - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds() // 60)


def escape_text(text: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def fold_line(line: str) -> str:
    """A content line as lines of at most 75 octets, continued with a space, never cut inside a sign."""
    folded: list[str] = []
    current = ""
    for sign in line:
        if len((current + sign).encode()) > 74:
            folded.append(current)
            current = ""
        current += sign
    return "\r\n ".join([*folded, current])
