"""Calendars (RFC 5545) that letters, feeds and bid kits carry, written with the icalendar library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone

from presentation.digest_model import BRUSSELS, Digest, Item, Section
from presentation.i18n import DEADLINE_KINDS, Phrases
from presentation.languages import choose_text
from presentation.sanitize import clean_url, clip_text
from presentation.signed_links import PortalLinks
from warehouse.model.notices import Deadline, OpenLot

_LETTER_PRODUCT = "-//PIB//digests//EN"
_ALARMS = (timedelta(days=7), timedelta(days=2))
"""How long before a deadline a calendar program reminds its reader."""
_REFRESH = timedelta(hours=12)


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


def write_agenda(
    digest: Digest,
    language: str,
    domain: str,
    portal: PortalLinks | None = None,
    *,
    is_brief: bool = False,
    subscribed_as: str = "",
) -> str | None:
    """The deadlines of a digest as an iCalendar text, lines ended by CRLF; None when no item has an open deadline.

    One event per item, which says that it is a deadline, whose, and where the call can be read; its UID depends on the
    lot and `domain` only, so that a later calendar replaces it. Two alarms remind of it.

    Args:
        digest: its items are the events, its `as_of` (zone-aware) is their DTSTAMP and SEQUENCE.
        language: of the fallback title, a key of presentation.languages.LOCALES.
        domain: the right-hand side of the UIDs.
        portal: gives the public page of each lot, a link that grants nothing; None for the publisher's page.
        is_brief: events without alarms, the page in their URL alone, for a letter that would be too large.
        subscribed_as: the name of a calendar that programs fetch again by themselves; "" for one to open once.
    """
    dated = [(item, item.deadline) for item in digest.items if item.deadline and not item.award]
    if not dated:
        return None
    phrases = Phrases(language)
    calendar = _new_calendar(_LETTER_PRODUCT, subscribed_as or phrases.translate("PIB · deadlines of calls"))
    if subscribed_as:
        _set_refresh_interval(calendar)
    for item, deadline in dated:
        page = portal.public_lot(item.lead.uid) if portal else _published_page(item.lead)
        event = _deadline_event(item, deadline, digest.as_of, phrases, domain)
        lines = _describe(item, deadline, phrases, None if is_brief else page)
        event.add("DESCRIPTION", "\n".join(lines))
        if page:
            event.add("URL", page)
        for before in () if is_brief or item.is_withdrawn else _ALARMS:
            event.add_component(_alarm(before, clip_text(str(event["SUMMARY"]), 40)))
        calendar.add_component(event)
    return calendar.to_ical().decode()


def write_empty_agenda(name: str, as_of: datetime) -> str:
    """A calendar without events, for a subscription in which no lot has a deadline. RFC 5545 (3.6) wants a component:
    it is the zone of Brussels around the day of `as_of`."""
    calendar = _new_calendar(_LETTER_PRODUCT, name)
    _set_refresh_interval(calendar)
    day = as_of.astimezone(BRUSSELS).date()
    first, last = day.replace(month=1, day=1), day.replace(year=day.year + 1, month=1, day=1)
    calendar.add_component(Timezone.from_tzid("Europe/Brussels", first_date=first, last_date=last))
    return calendar.to_ical().decode()


def _set_refresh_interval(calendar: Calendar) -> None:
    """Adds how often programs should fetch a subscription, as RFC 7986 writes it and as Outlook reads it."""
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT12H")


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


def _new_calendar(product: str, name: str = "") -> Calendar:
    """A calendar; its name is written as RFC 7986 does (NAME) and as older programs read it (X-WR-CALNAME)."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", product)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    if name:
        calendar.add("NAME", name)
        calendar.add("X-WR-CALNAME", name)
    return calendar


def _deadline_event(item: Item, deadline: Deadline, as_of: datetime, phrases: Phrases, domain: str) -> Event:
    """The event of one item. A deadline without an hour becomes an event of the whole day in Brussels."""
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
    event.add("SUMMARY", phrases.translate("Deadline: {title}", title=_title_of(item.lead, phrases)))
    event.add("STATUS", "CANCELLED" if item.is_withdrawn else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")
    return event


def _title_of(lot: OpenLot, phrases: Phrases) -> str:
    title = choose_text(lot.notice.titles or lot.lot.titles, phrases.language)
    return clip_text(title.value, 120) if title else phrases.translate("Untitled notice")


def _published_page(lot: OpenLot) -> str | None:
    """The publisher's page of a lot, None where it gave no safe address."""
    return next((url for url in (clean_url(publication.url) for publication in lot.publications) if url), None)


def _describe(item: Item, deadline: Deadline, phrases: Phrases, page: str | None) -> Iterator[str]:
    """The lines below an event: what must arrive until when, at which buyer, and where the call can be read."""
    yield f"{phrases.translate(DEADLINE_KINDS[deadline.kind])}: {phrases.format_deadline(deadline)}"
    names = (choose_text(buyer.organisation.names, phrases.language) for buyer in item.lead.notice.buyers)
    buyers = [clip_text(name.value, 80) for name in names if name]
    yield f"{phrases.translate('Buyer')}: {phrases.join_list(buyers[:1]) or phrases.translate('not stated')}"
    if page:
        yield page


def _alarm(before: timedelta, summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", -before)
    alarm.add("DESCRIPTION", summary)
    return alarm


def _count_minutes(as_of: datetime) -> int:
    """Minutes since 2020, used as SEQUENCE: it increases from one edition to the next without stored state, and stays
    within the 32 bits that calendar programs keep."""
    return int((as_of - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds() // 60)
