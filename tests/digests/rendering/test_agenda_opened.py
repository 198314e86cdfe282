"""The calendar of a letter as another program reads it: one event per purchase, moved and cancelled with its notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar

from digests.composing.compose import compose_digest
from digests.rendering.mime import render_digest
from presentation.digest_model import Digest
from presentation.ical import write_agenda
from presentation.signed_links import PortalLinks
from tests.support.letters.digest_examples import NIGHT, compose, make_lot, make_match_result
from tests.support.letters.rendered_letters import parse, rich
from warehouse.model.notices import Change, Deadline, DeadlineKind, OpenLot


def open_calendar(digest: Digest) -> list[icalendar.Event]:
    part = next(part for part in parse(render_digest(digest)).walk() if part.get_content_type() == "text/calendar")
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    calendar = icalendar.Calendar.from_ical(body)
    assert (str(calendar["VERSION"]), str(calendar["METHOD"])) == ("2.0", "PUBLISH")
    events = [event for event in calendar.walk("VEVENT") if isinstance(event, icalendar.Event)]
    assert all(not event.errors for event in events)
    return events


def digest_for(lot: OpenLot, *, days: int, earlier: Digest | None = None) -> Digest:
    digest = compose(
        (lot, make_match_result(lot)), as_of=NIGHT + timedelta(days=days), notified=earlier.notified if earlier else ()
    )
    assert digest
    return digest


def moved(lot: OpenLot, to: datetime) -> OpenLot:
    return replace(lot, lot=replace(lot.lot, deadline=Deadline(to, DeadlineKind.TENDER, "Europe/Brussels")))


def test_every_open_deadline_of_a_rich_letter_is_an_event_of_its_own() -> None:
    events = open_calendar(rich("fr"))
    assert len({str(event["UID"]) for event in events}) == len(events) == 5
    starts = {event["DTSTART"].dt for event in events}
    assert {datetime(2026, 11, 24, 10, 30, tzinfo=UTC), date(2026, 12, 3)} <= starts


def test_a_moved_deadline_keeps_its_uid_and_rises_in_sequence() -> None:
    lot = make_lot("1", closes=NIGHT + timedelta(days=20))
    first = digest_for(lot, days=0)
    second = digest_for(moved(lot, NIGHT + timedelta(days=30)), days=1, earlier=first)
    (before,), (after,) = open_calendar(first), open_calendar(second)
    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]
    assert after["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=10)
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CONFIRMED")


def test_a_withdrawn_call_is_cancelled_under_the_uid_it_had() -> None:
    lot = make_lot("1", closes=NIGHT + timedelta(days=20))
    first = digest_for(lot, days=0)
    gone = replace(lot, notice=replace(lot.notice, changes=(Change("x", "cancel"),)))
    digest = compose_digest(
        first.member, {}, (), as_of=NIGHT + timedelta(days=2), members={}, notified=first.notified, withdrawn=(gone,)
    )
    assert digest
    (before,), (after,) = open_calendar(first), open_calendar(digest)
    assert (before["UID"], after["STATUS"]) == (after["UID"], "CANCELLED")
    assert before["SEQUENCE"] < after["SEQUENCE"]


PORTAL = PortalLinks("https://portal.cluster.example", b"0123456789abcdef0123456789abcdef")


def open_own(digest: Digest, portal: PortalLinks | None) -> icalendar.Calendar:
    agenda = write_agenda(digest, "fr", "cluster.example", portal)
    assert agenda
    calendar = icalendar.Calendar.from_ical(agenda)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def test_a_calendar_has_a_name_that_old_and_new_programs_show() -> None:
    calendar = open_own(rich("fr"), None)
    assert str(calendar["NAME"]) == str(calendar["X-WR-CALNAME"]) == "PIB · échéances des marchés"


def test_an_event_says_that_it_is_a_deadline_of_which_buyer_and_where_to_read_the_call() -> None:
    lot = make_lot("1", "Réseau du port", buyer="Port de Sartenbois", closes=NIGHT + timedelta(days=20))
    (event,) = open_own(digest_for(lot, days=0), PORTAL).walk("VEVENT")
    page = PORTAL.public_lot(lot.uid)
    assert str(event["SUMMARY"]) == "Échéance : Réseau du port"
    assert "Acheteur: Port de Sartenbois" in str(event["DESCRIPTION"])
    assert "Offres au plus tard le" in str(event["DESCRIPTION"])
    assert page in str(event["DESCRIPTION"])
    assert str(event["URL"]) == page


def test_a_deadline_is_remembered_seven_and_two_days_before_and_a_withdrawn_one_never() -> None:
    lot = make_lot("1", closes=NIGHT + timedelta(days=20))
    first = digest_for(lot, days=0)
    (event,) = open_own(first, PORTAL).walk("VEVENT")
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(days=-7), timedelta(days=-2)]
    withdrawn = replace(first, items=tuple(replace(item, is_withdrawn=True) for item in first.items))
    (cancelled,) = open_own(withdrawn, PORTAL).walk("VEVENT")
    assert cancelled.walk("VALARM") == []
