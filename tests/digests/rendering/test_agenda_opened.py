"""The calendar of a letter as another program reads it: one event per purchase, moved and cancelled with its notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar

from digests.composing.compose import compose_digest
from digests.rendering.mime import render_digest
from presentation.digest_model import Digest
from tests.support.letters.digest_examples import NIGHT, compose, make_lot, make_verdict
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


def tell(lot: OpenLot, *, days: int, earlier: Digest | None = None) -> Digest:
    digest = compose(
        (lot, make_verdict(lot)), as_of=NIGHT + timedelta(days=days), notified=earlier.notified if earlier else ()
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
    first = tell(lot, days=0)
    second = tell(moved(lot, NIGHT + timedelta(days=30)), days=1, earlier=first)
    (before,), (after,) = open_calendar(first), open_calendar(second)
    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]
    assert after["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=10)
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CONFIRMED")


def test_a_withdrawn_call_is_cancelled_under_the_uid_it_had() -> None:
    lot = make_lot("1", closes=NIGHT + timedelta(days=20))
    first = tell(lot, days=0)
    gone = replace(lot, notice=replace(lot.notice, changes=(Change("x", "cancel"),)))
    digest = compose_digest(
        first.member, {}, (), as_of=NIGHT + timedelta(days=2), members={}, notified=first.notified, withdrawn=(gone,)
    )
    assert digest
    (before,), (after,) = open_calendar(first), open_calendar(digest)
    assert (before["UID"], after["STATUS"]) == (after["UID"], "CANCELLED")
    assert before["SEQUENCE"] < after["SEQUENCE"]
