"""Calendars (RFC 5545) that letters, feeds and bid kits carry, written with the icalendar library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from presentation.digest_model import BRUSSELS, Digest, Item, Section
from presentation.i18n import Phrases
from presentation.languages import choose_text
from presentation.sanitize import clean_url, clip_text
from warehouse.model.notices import Deadline, OpenLot

_LETTER_PRODUCT = "-//PIB//digests//EN"


@dataclass(frozen=True, slots=True)
class DayEvent:
    """An event that lasts one calendar day. `uid` is unique over all calendars and stays the same in every version of
    this event."""

    uid: str
    day: date
    summary: str
    description: str


def deadline_item(lot: OpenLot, *, is_withdrawn: bool = False) -> Item:
    """A digest item that holds the lot and its deadline only, for a calendar that is part of no letter."""
    return Item(Section.NEW, (lot,), is_withdrawn=is_withdrawn)


def write_agenda(digest: Digest, language: str, domain: str) -> str | None:
    """The deadlines of a digest as an iCalendar text, lines ended by CRLF; None when no item has an open deadline.

    One event per item; its UID depends on the lot and `domain` only, so that a later calendar replaces it.

    Args:
        digest: its items are the events, its `as_of` (zone-aware) is their DTSTAMP and SEQUENCE.
        language: of the fallback title, a key of presentation.languages.LOCALES.
        domain: the right-hand side of the UIDs.
    """
    dated = [(item, item.deadline) for item in digest.items if item.deadline and not item.award]
    if not dated:
        return None
    calendar = _new_calendar(_LETTER_PRODUCT)
    for item, deadline in dated:
        calendar.add_component(_deadline_event(item, deadline, digest.as_of, Phrases(language), domain))
    return calendar.to_ical().decode()


def write_empty_agenda() -> str:
    """A calendar without events, for a feed whose filters match no lot with a deadline."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", _LETTER_PRODUCT)
    return calendar.to_ical().decode()


def write_day_events(events: Iterable[DayEvent], *, product: str, written_at: datetime) -> bytes:
    """The events as an iCalendar file in UTF-8.

    Args:
        events: written in the order given.
        product: PRODID of the calendar.
        written_at: zone-aware moment, DTSTAMP of every event.
    """
    calendar = _new_calendar(product)
    for day_event in events:
        event = Event()
        event.add("UID", day_event.uid)
        event.add("DTSTAMP", written_at.astimezone(UTC))
        event.add("DTSTART", day_event.day)
        event.add("DTEND", day_event.day + timedelta(days=1))
        event.add("SUMMARY", day_event.summary)
        event.add("DESCRIPTION", day_event.description)
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()


def _new_calendar(product: str) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", product)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    return calendar


def _deadline_event(item: Item, deadline: Deadline, as_of: datetime, phrases: Phrases, domain: str) -> Event:
    """The event of one item. A deadline without an hour becomes an event of the whole day in Brussels."""
    title = choose_text(item.lead.notice.titles or item.lead.lot.titles, phrases.language)
    url = next((url for url in (clean_url(p.url) for p in item.lead.publications) if url), None)
    event = Event()
    event.add("UID", f"{hashlib.sha256(item.lead.uid.encode()).hexdigest()[:32]}@{domain}")
    event.add("DTSTAMP", as_of.astimezone(UTC))
    event.add("SEQUENCE", _count_minutes(as_of))
    if deadline.hour_stated:
        event.add("DTSTART", deadline.at.astimezone(UTC))
    else:
        day = deadline.at.astimezone(BRUSSELS).date()
        event.add("DTSTART", day)
        event.add("DTEND", day + timedelta(days=1))
    event.add("SUMMARY", clip_text(title.value, 120) if title else phrases.translate("Untitled notice"))
    event.add("STATUS", "CANCELLED" if item.is_withdrawn else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")
    if url:
        event.add("URL", url)
    return event


def _count_minutes(as_of: datetime) -> int:
    """Minutes since 2020, used as SEQUENCE: it increases from one edition to the next without stored state, and stays
    within the 32 bits that calendar programs keep."""
    return int((as_of - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds() // 60)
