"""What was set aside is grouped by its reason, reported with its share, and read again after a correction."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.backfill.set_aside import reread_set_aside
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.errors import NothingThere
from pipelines.monitoring.status import read_status
from pipelines.nightly.crawl import CrawlResult, Window
from pipelines.nightly.source_alarms import ReadingWatch
from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.feeds.request import CrawlRequest
from scrapers.read import Reading
from tests.support.paths import RECORDINGS
from tests.support.stores import open_facts
from warehouse.model.alarms import AlarmKind
from warehouse.model.night_reports import Crawl
from warehouse.model.notices import Form, Notice, Publication, SetAside
from warehouse.model.set_aside_reasons import group_reasons, kind_of

RECORDS = (RECORDINGS / "boamp" / "records.json").read_bytes()
NIGHT = date(2026, 11, 20)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(Settings(data=tmp_path / "data"))


def land(workspace: Workspace, body: bytes) -> str:
    """A page of BOAMP's records, landed; its path as the warehouse stores it."""
    folder = workspace.landing("fr_boamp", NIGHT)
    folder.mkdir(parents=True)
    ledger = Ledger(folder, lambda: datetime(2026, 11, 20, 8, tzinfo=UTC))
    ledger.settle(CrawlRequest("records", "records 1", "https://door.example", "records"), Outcome.LANDED, body=body)
    (file,) = folder.glob("records*")
    return file.resolve().relative_to(workspace.facts).as_posix()


def aside(identifier: str, path: str, reason: str = "etat is 'NOUVEAU'; add them to the reader") -> SetAside:
    return SetAside("fr_boamp", identifier, reason, path, NIGHT)


def test_what_can_be_read_now_is_kept_and_no_longer_set_aside(workspace: Workspace):
    path = land(workspace, RECORDS)
    with open_facts(workspace) as store:
        store.save_set_aside([aside("26-900001", path), aside("26-900004", path)])
    reported = reread_set_aside(workspace)
    assert (len(reported.mended), reported.still, reported.lost) == (2, (), ())
    with open_facts(workspace) as store:
        assert store.load_set_aside() == ()
        assert "26-900001-01" in {notice.uid for notice in store.load_notices()}


def test_what_still_cannot_be_read_stays_with_its_reason_of_today_and_its_day(workspace: Workspace):
    page = json.loads(RECORDS)
    page["results"][0]["etat"] = "PERDU"
    path = land(workspace, json.dumps(page).encode())
    with open_facts(workspace) as store:
        store.save_set_aside([aside("26-900001", path), aside("26-900002", path)])
    reported = reread_set_aside(workspace)
    assert [row.identifier for row in reported.mended] == ["26-900002"]
    (row,) = reported.still
    assert (row.identifier, row.day) == ("26-900001", NIGHT)
    assert "PERDU" in row.reason
    with open_facts(workspace) as store:
        assert store.load_set_aside() == reported.still


def test_reading_again_twice_changes_nothing_more(workspace: Workspace):
    path = land(workspace, RECORDS)
    with open_facts(workspace) as store:
        store.save_set_aside([aside("26-900001", path)])
    reread_set_aside(workspace)
    again = reread_set_aside(workspace)
    assert (again.mended, again.still, again.lost, again.kept.new) == ((), (), (), 0)


def test_a_row_whose_bytes_are_gone_is_reported_and_stays(workspace: Workspace):
    with open_facts(workspace) as store:
        store.save_set_aside([aside("26-1", "landing/fr_boamp/2026-11-20/gone.json")])
    assert len(reread_set_aside(workspace).lost) == 1
    with open_facts(workspace) as store:
        assert len(store.load_set_aside()) == 1


def test_another_source_is_left_alone(workspace: Workspace):
    path = land(workspace, RECORDS)
    with open_facts(workspace) as store:
        store.save_set_aside([aside("26-900001", path)])
    reported = reread_set_aside(workspace, "eu_ted")
    assert (reported.mended, reported.still, reported.lost) == ((), (), ())


def test_without_a_warehouse_there_is_nothing_to_read_again(workspace: Workspace):
    with pytest.raises(NothingThere, match="run a night first"):
        reread_set_aside(workspace)


def test_reasons_differ_by_what_is_wrong_and_not_by_notice_or_code():
    one, other = "fr_boamp 26-1: etat is 'A'; teach it", "fr_boamp 26-22: etat is 'B'; teach it"
    assert kind_of(one, "26-1") == kind_of(other, "26-22") != kind_of("fr_boamp 26-1: no title", "26-1")


def test_reasons_of_most_notices_come_first_with_some_of_them_named():
    rows = [aside(f"26-{n}", "p", f"etat is '{n}'") for n in range(5)] + [aside("26-9", "p", "no title")]
    first, second = group_reasons(rows)
    assert (len(first.identifiers), first.named) == (5, "26-0, 26-1, 26-2 and 2 more")
    assert second.named == "26-9"


def test_the_status_says_which_part_of_the_day_was_set_aside_and_why(workspace: Workspace):
    with open_facts(workspace) as store:
        store.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
        store.save_crawl(Crawl("fr_boamp", NIGHT, NIGHT, NIGHT, complete=True, notices=50))
        store.save_set_aside([aside("26-1", "a"), aside("26-2", "a")])
    needs = "\n".join(read_status(workspace).needs)
    assert "fr_boamp: 2 of 50 listed (4.0%) set aside" in needs
    assert "fr_boamp: 2 x etat is" in needs


def crawl_result(tmp_path: Path, listed: int) -> CrawlResult:
    return CrawlResult("fr_boamp", Window(NIGHT, NIGHT), tmp_path, None, None, 1, listed, 0, 0, ())


def test_what_nobody_knows_and_what_readers_doubt_are_alarms(tmp_path: Path):
    doubted = Notice("n", 1, Form.COMPETITION, Publication("fr_boamp", "26-2", NIGHT), doubts=("a deadline before",))
    readings = [
        Reading("26-1", tmp_path, None, "etat is 'A'", is_unknown=True),
        Reading("26-2", tmp_path, doubted, None),
        Reading("26-3", tmp_path, None, "cut off"),
    ]
    watch = ReadingWatch()
    assert list(watch.watch(readings)) == readings
    alarms = list(watch.alarms(crawl_result(tmp_path, 3), NIGHT))
    assert [alarm.kind for alarm in alarms] == [AlarmKind.ASIDE, AlarmKind.DOUBT]
    assert "pib reread --set-aside" in alarms[0].sentence
    assert "26-3" not in alarms[0].sentence


def test_records_listed_and_neither_read_nor_set_aside_are_an_alarm(tmp_path: Path):
    watch = ReadingWatch()
    list(watch.watch([Reading("26-1", tmp_path, None, "cut off")]))
    (alarm,) = watch.alarms(crawl_result(tmp_path, 3), NIGHT)
    assert "2 of 3 records listed" in alarm.sentence
