"""Claims about reading a landing folder back: each notice once, by the fullest text that is here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import SourceChanged
from scrapers.feeds.request import CrawlRequest
from scrapers.landing import read_landing
from scrapers.read import Reading
from scrapers.readers.records import LISTING
from tests.support.paths import RECORDINGS

ROWS = (RECORDINGS / "ted" / "search.json").read_bytes()
NOTICE = (RECORDINGS / "ted" / "notice.xml").read_bytes()
RECORDS = (RECORDINGS / "boamp" / "records.json").read_bytes()
NUMBER = "700001-2026"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path, lambda: datetime(2026, 11, 20, 9, 45, tzinfo=UTC))


def land(
    ledger: Ledger, kind: str, body: bytes | None, *, number: str | None = None, outcome: Outcome = Outcome.LANDED
):
    key = f"{kind} {number or len(body or b'')}"
    ledger.settle(CrawlRequest(kind, key, "https://door.example", kind, number=number), outcome, body=body)


def read(ledger: Ledger, source: str = "eu_ted") -> list[Reading]:
    return list(read_landing(source, ledger.folder))


def test_a_notice_whose_text_is_here_is_read_from_its_text_and_not_from_its_row(ledger: Ledger):
    land(ledger, "search", ROWS)
    land(ledger, "notice", NOTICE, number=NUMBER)
    (reading,) = read(ledger)
    assert reading.identifier == NUMBER
    assert reading.path.read_bytes() == NOTICE
    assert reading.notice is not None
    assert not reading.notice.is_summary
    assert reading.notice.publication.number == NUMBER


@pytest.mark.parametrize("outcome", [Outcome.CHALLENGED, Outcome.WITHHELD, Outcome.MISSING, Outcome.REFUSED])
def test_a_notice_whose_text_did_not_come_is_a_summary(ledger: Ledger, outcome: Outcome):
    land(ledger, "search", ROWS)
    land(ledger, "notice", b"" if outcome is Outcome.REFUSED else None, number=NUMBER, outcome=outcome)
    (reading,) = read(ledger)
    assert reading.notice is not None
    assert reading.notice.is_summary


def test_summary_and_text_are_the_same_notice_so_that_one_completes_the_other(ledger: Ledger, tmp_path: Path):
    land(ledger, "search", ROWS)
    (summary,) = read(ledger)
    land(ledger, "notice", NOTICE, number=NUMBER)
    (text,) = read(ledger)
    assert summary.notice is not None
    assert text.notice is not None
    assert summary.notice.uid == text.notice.uid
    assert summary.notice.procedure == text.notice.procedure
    assert summary.notice.lots[0].deadline == text.notice.lots[0].deadline


def test_a_notice_known_from_an_earlier_night_is_not_read_again_as_a_summary(ledger: Ledger):
    land(ledger, "search", ROWS)
    land(ledger, "notice", None, number=NUMBER, outcome=Outcome.KNOWN)
    assert read(ledger) == []


def test_a_truncated_text_is_set_aside_and_its_notice_stays_as_a_summary(ledger: Ledger):
    land(ledger, "search", ROWS)
    land(ledger, "notice", NOTICE[:900], number=NUMBER)
    broken, summary = read(ledger)
    assert broken.notice is None
    assert broken.reason
    assert broken.path.read_bytes() == NOTICE[:900]
    assert summary.notice is not None
    assert summary.notice.is_summary


def test_bytes_changed_since_they_were_landed_are_set_aside(ledger: Ledger, tmp_path: Path):
    land(ledger, "notice", NOTICE, number=NUMBER)
    next(tmp_path.glob("notice*")).write_bytes(b"something else")
    (reading,) = read(ledger)
    assert reading.reason is not None
    assert "manifest" in reading.reason


def test_a_row_with_an_unknown_field_is_set_aside_as_unknown(ledger: Ledger):
    page = json.loads(ROWS)
    page["notices"][0]["brand-new-field"] = "?"
    land(ledger, "search", json.dumps(page).encode())
    (reading,) = read(ledger)
    assert reading.is_unknown
    assert "brand-new-field" in (reading.reason or "")


def test_a_record_with_an_unknown_field_costs_itself_alone(ledger: Ledger):
    page = json.loads(RECORDS)
    page["results"][1]["nouveau"] = "?"
    land(ledger, "records", json.dumps(page).encode())
    readings = read(ledger, "fr_boamp")
    assert [r.identifier for r in readings if r.is_unknown] == ["26-900002"]
    assert sum(r.notice is not None for r in readings) == len(page["results"]) - 1


def test_a_text_with_a_code_nobody_knows_costs_itself_alone_and_stays_as_a_summary(ledger: Ledger):
    land(ledger, "search", ROWS)
    land(ledger, "notice", NOTICE.replace(b'listName="competition"', b'listName="premonition"'), number=NUMBER)
    land(ledger, "notice", NOTICE, number="700002-2026")
    unknown, other, summary = read(ledger)
    assert (unknown.is_unknown, other.notice is not None) == (True, True)
    assert summary.notice is not None
    assert summary.notice.is_summary


def test_a_listing_of_nothing_but_unknown_rows_stops_the_source(ledger: Ledger):
    page = json.loads(ROWS)
    page["notices"] = [{**page["notices"][0], "brand-new-field": n} for n in range(LISTING)]
    land(ledger, "search", json.dumps(page).encode())
    with pytest.raises(SourceChanged, match="brand-new-field"):
        read(ledger)


def test_records_on_two_pages_are_one_reading_each_in_the_order_landed(ledger: Ledger):
    page = json.loads(RECORDS)
    land(ledger, "records", json.dumps({**page, "results": page["results"][:3]}).encode())
    land(ledger, "records", json.dumps({**page, "results": page["results"][2:]}).encode())
    assert [r.identifier for r in read(ledger, "fr_boamp")] == [f"26-90000{n}" for n in range(1, 6)]


def test_refused_answers_are_evidence_and_not_read(ledger: Ledger):
    land(ledger, "search", ROWS, outcome=Outcome.REFUSED)
    assert read(ledger) == []


def test_an_empty_folder_holds_nothing(tmp_path: Path):
    assert list(read_landing("eu_ted", tmp_path)) == []
