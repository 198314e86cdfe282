"""A deadline before the publication of its own call is impossible, whatever the source: another one is taken, else
none, with a doubt that becomes an alarm."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scrapers.readers.normalise.normalise import finish
from scrapers.readers.ted.search import read_rows
from tests.support.paths import RECORDINGS
from warehouse.model.notices import Change, Deadline, DeadlineKind, Form, Lot, Notice, Publication

EARLY = Deadline(datetime(2020, 5, 7, 10, tzinfo=UTC), DeadlineKind.TENDER, "+00:00")
LATE = Deadline(datetime(2026, 12, 7, 10, tzinfo=UTC), DeadlineKind.TENDER, "+00:00")
CALL = Notice(
    "n",
    1,
    Form.COMPETITION,
    Publication("fr_boamp", "26-1", date(2026, 11, 19)),
    lots=(Lot("LOT-0001", (), deadline=EARLY), Lot("LOT-0002", (), deadline=LATE)),
)


def test_an_impossible_deadline_is_left_out_with_a_doubt_and_another_lots_stays():
    finished = finish(CALL)
    assert [lot.deadline for lot in finished.lots] == [None, LATE]
    assert "2020-05-07" in finished.doubts[0]


@pytest.mark.parametrize(
    "notice",
    [
        replace(CALL, version=2),
        replace(CALL, changes=(Change("26-0"),)),
        replace(CALL, form=Form.RESULT),
        replace(CALL, publication=replace(CALL.publication, day=None)),
    ],
)
def test_a_change_or_a_result_may_repeat_a_deadline_that_is_over(notice: Notice):
    assert finish(notice) == notice


def test_a_deadline_on_the_day_of_publication_is_possible():
    same_day = Deadline(datetime(2026, 11, 19, 0, 30, tzinfo=UTC), DeadlineKind.TENDER, "+00:00")
    call = replace(CALL, lots=(Lot("LOT-0001", (), deadline=same_day),))
    assert finish(call).lots[0].deadline == same_day


def test_a_row_of_teds_search_takes_the_other_deadline():
    page = json.loads((RECORDINGS / "ted" / "search.json").read_bytes())
    row = next(row for row in page["notices"] if "deadline-receipt-tender-date-lot" in row)
    row["publication-date"] = "2026-11-19+01:00"
    row["deadline-receipt-tender-date-lot"] = ["2020-05-07+02:00", "2026-12-07+01:00"]
    row["deadline-receipt-tender-time-lot"] = ["12:00:00+02:00", "12:00:00+01:00"]
    ((_, notice),) = read_rows(json.dumps({**page, "notices": [row]}).encode())
    assert isinstance(notice, Notice)
    assert notice.lots[0].deadline is not None
    assert notice.lots[0].deadline.at.date() == date(2026, 12, 7)
