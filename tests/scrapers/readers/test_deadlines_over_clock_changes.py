"""A deadline written with or without an offset is the same instant through every reader, over both clock changes.

For days around the last Sundays of March and October and any hour, whatever publisher wrote it: the instant read back
in the buyer's zone shows the hour the publisher wrote, and an offset that is written is believed as it is.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from scrapers.readers.boamp.deadline import read_indexed, read_instant_of, reconcile
from scrapers.readers.bosa import read_publications
from scrapers.readers.eforms.notice import read_eforms
from scrapers.readers.manual import read_manual
from scrapers.readers.normalise.deadlines import read_deadline
from scrapers.readers.ted.search import read_rows
from scrapers.readers.xml_dispatch import read_xml
from tests.support.paths import RECORDINGS
from warehouse.database.row_mapping import lot_from, lot_row
from warehouse.model.notices import Deadline, DeadlineKind, Lot, Notice

BRUSSELS, PARIS = ZoneInfo("Europe/Brussels"), ZoneInfo("Europe/Paris")


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """A wall-clock moment within two days of a clock change; none that the change skips."""
    change = last_sunday(draw(st.integers(2017, 2032)), draw(st.sampled_from([3, 10])))
    day = change + timedelta(days=draw(st.integers(-2, 2)))
    moment = datetime.combine(day, time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 1, 30, 59]))))
    skipped = moment.replace(tzinfo=PARIS).astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) != moment
    assume(not skipped)
    return moment


def wall(deadline: Deadline | None, zone: ZoneInfo) -> datetime:
    assert deadline is not None
    return deadline.at.astimezone(zone).replace(tzinfo=None)


@cache
def recording(name: str) -> str:
    return (RECORDINGS / name).read_text(encoding="utf-8")


@given(moments())
def test_an_hour_without_offset_is_the_wall_clock_of_the_buyer(moment: datetime) -> None:
    found = read_deadline(f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}", DeadlineKind.TENDER, zone="Europe/Paris")
    assert (wall(found, PARIS), found.zone) == (moment, "Europe/Paris")


@given(moments(), st.sampled_from(["+01:00", "+02:00", "Z", "+04:00", "-03:00"]))
def test_an_offset_that_is_written_is_believed(moment: datetime, offset: str) -> None:
    found = read_deadline(f"{moment:%Y-%m-%d}{offset}", f"{moment:%H:%M:%S}{offset}", DeadlineKind.TENDER, zone=None)
    assert found.at == datetime.fromisoformat(f"{moment.isoformat()}{offset.replace('Z', '+00:00')}")


@given(moments())
def test_of_two_offsets_the_one_in_force_gives_the_hour_written(moment: datetime) -> None:
    """Publishers stamp the hour with the offset of the day they write; one of the two is in force that day."""
    for by_day, by_hour in (("+01:00", "+02:00"), ("+02:00", "+01:00")):
        found = read_deadline(
            f"{moment:%Y-%m-%d}{by_day}", f"{moment:%H:%M:%S}{by_hour}", DeadlineKind.TENDER, zone="Europe/Paris"
        )
        assert wall(found, PARIS) == moment


@given(moments())
def test_a_day_without_hour_ends_where_the_buyer_is(moment: datetime) -> None:
    found = read_deadline(f"{moment:%Y-%m-%d}", None, DeadlineKind.TENDER, zone="Europe/Brussels")
    assert (wall(found, BRUSSELS).date(), found.hour_stated) == (moment.date(), False)


@given(moments())
def test_an_eforms_notice_closes_at_the_hour_it_writes(moment: datetime) -> None:
    offset = moment.replace(tzinfo=BRUSSELS).isoformat()[-6:]
    body = recording("eforms/call_two_languages.xml")
    body = body.replace("2026-02-27+01:00", "2016-11-17+01:00").replace("2026-03-02+01:00", "2016-11-19+01:00")
    start = body.index("<cac:TenderSubmissionDeadlinePeriod>")
    end = body.index("</cac:TenderSubmissionDeadlinePeriod>")
    period = f"<cbc:EndDate>{moment:%Y-%m-%d}{offset}</cbc:EndDate><cbc:EndTime>{moment:%H:%M:%S}{offset}</cbc:EndTime>"
    written = f"{body[:start]}<cac:TenderSubmissionDeadlinePeriod>{period}{body[end:]}"
    assert wall(read_eforms(written.encode()).lots[0].deadline, BRUSSELS) == moment


@given(moments())
def test_boamp_closes_at_the_hour_of_gestion_in_paris(moment: datetime) -> None:
    """With an offset, with milliseconds, and naive: what was recorded of three platforms."""
    offset = moment.replace(tzinfo=PARIS).isoformat()[-6:]
    for written in (f"{moment.isoformat()}{offset}", f"{moment.isoformat()}.000{offset}", moment.isoformat()):
        index: dict[str, object] = json.loads(json.dumps({"DATE_LIMITE_REPONSE": written}))
        found = reconcile("26-1", read_indexed(index, DeadlineKind.TENDER), None)
        assert wall(found, PARIS) == moment
        assert wall(read_instant_of(written, DeadlineKind.TENDER), PARIS) == moment


@given(moments(), st.sampled_from(["Europe/Brussels", "Europe/Paris"]))
def test_the_warehouse_gives_back_the_instant_and_the_wall_clock(moment: datetime, zone: str) -> None:
    deadline = Deadline(moment.replace(tzinfo=ZoneInfo(zone)), DeadlineKind.TENDER, zone)
    row = lot_row(Lot("LOT-0001", (), deadline=deadline))
    at = row["deadline_at"]
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    back = lot_from({**row, "deadline_at": since // timedelta(microseconds=1)}).deadline
    assert (wall(back, ZoneInfo(zone)), back and back.at) == (moment, deadline.at.astimezone(UTC))


@given(moments())
def test_a_notice_before_eforms_closes_at_the_hour_it_writes(moment: datetime) -> None:
    body = recording("ted_export/call_two_languages.xml")
    body = body.replace("TENDERS>2022-07-13<", f"TENDERS>{moment:%Y-%m-%d}<")
    body = body.replace("TENDERS>14:00<", f"TENDERS>{moment:%H:%M}<")
    notice = read_xml(body.encode())
    zone = notice.lots[0].deadline and notice.lots[0].deadline.zone
    assert zone in {"Europe/Brussels", "Europe/Paris", "Europe/Luxembourg"}
    assert wall(notice.lots[0].deadline, ZoneInfo(zone)) == moment


@given(moments())
def test_the_search_of_belgiums_portal_is_read_in_brussels_time(moment: datetime) -> None:
    page = json.loads(recording("bosa/search.json"))
    for row in page["publications"]:
        row["vaultSubmissionDeadline"] = moment.isoformat()
    notices = [notice for _, notice in read_publications(json.dumps(page).encode()) if isinstance(notice, Notice)]
    assert notices
    assert {wall(lot.deadline, BRUSSELS) for notice in notices for lot in notice.lots} == {moment}


@given(moments())
def test_a_row_of_teds_search_closes_at_the_hour_it_writes(moment: datetime) -> None:
    offset = moment.replace(tzinfo=BRUSSELS).isoformat()[-6:]
    page = json.loads(recording("ted/search.json"))
    row = next(row for row in page["notices"] if "deadline-receipt-tender-date-lot" in row)
    row["publication-date"] = "2016-11-19+01:00"
    row["deadline-receipt-tender-date-lot"] = [f"{moment:%Y-%m-%d}{offset}"]
    row["deadline-receipt-tender-time-lot"] = [f"{moment:%H:%M:%S}{offset}"]
    row["deadline-receipt-request"] = [f"{moment.isoformat()}{offset}"]
    ((_, notice),) = read_rows(json.dumps({**page, "notices": [row], "totalNoticeCount": 1}).encode())
    assert isinstance(notice, Notice)
    assert wall(notice.lots[0].deadline, BRUSSELS) == moment


@given(moments())
def test_a_call_written_down_by_hand_closes_at_the_hour_written(moment: datetime) -> None:
    call = "\n".join(
        [
            "[[call]]",
            'id = "appel-1"',
            'title = "Serveurs"',
            'language = "fr"',
            'buyer = "Régie des Quais de Morvaux"',
            'country = "BEL"',
            "published = 2016-11-19",
            f'deadline = "{moment:%Y-%m-%d %H:%M}"',
        ]
    )
    ((_, notice),) = read_manual("toml", call.encode(), "calls.toml")
    assert isinstance(notice, Notice), notice
    assert wall(notice.lots[0].deadline, BRUSSELS) == moment
