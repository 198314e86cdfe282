"""Alarms: usual volumes by source and weekday, an alarm for a working day without notices, and one for unknown
codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.monitoring.status import read_status
from pipelines.nightly.crawl import CrawlResult, Window
from pipelines.nightly.digests import NightResults
from pipelines.nightly.source_alarms import notice_alarms
from pipelines.nightly.stages import run_landed, run_lots, run_notices
from pipelines.nightly.volume_check import volume_alarms
from scrapers.errors import Unknown
from scrapers.read import read_body
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults
from scrapers.sandbox.server import Portal
from scrapers.source import Source, find_sources
from tests.support.paths import RECORDINGS
from tests.support.stores import open_facts, open_store, passing_store, workspace_at
from warehouse.errors import BadFact
from warehouse.model.alarms import Alarm, AlarmKind, Volume
from warehouse.model.code_lists import Code
from warehouse.model.notices import Notice
from warehouse.model.workdays import UNION, calendar_of, is_working_day, public_holidays
from warehouse.store import Store

SOURCES = find_sources()
TED, BOAMP, MANUAL = SOURCES["eu_ted"], SOURCES["fr_boamp"], SOURCES["manual"]
FRIDAY = date(2026, 11, 20)
ARMISTICE = date(2026, 11, 11)  # a Wednesday

EASTERS = {1961: (4, 2), 1999: (4, 4), 2000: (4, 23), 2019: (4, 21), 2024: (3, 31), 2026: (4, 5), 2038: (4, 25)}


@pytest.mark.parametrize("calendar", ["BEL", "FRA", UNION])
@pytest.mark.parametrize("year", EASTERS)
def test_easter_monday_falls_where_the_church_says(year: int, calendar: str) -> None:
    assert date(year, *EASTERS[year]) + timedelta(days=1) in public_holidays(year, calendar)


@given(st.integers(1990, 2099))
def test_the_days_that_move_are_a_monday_a_thursday_and_a_monday(year: int) -> None:
    easter_monday = next(day for day in _days_of(year) if day.weekday() == 0 and day in public_holidays(year, UNION))
    assert date(year, 3, 23) <= easter_monday <= date(year, 4, 26)
    assert {easter_monday + timedelta(days=n) for n in (38, 49)} <= public_holidays(year, UNION)


def _days_of(year: int) -> Iterator[date]:
    """From the first day on which Easter Monday can fall."""
    return (date(year, 3, 23) + timedelta(days=n) for n in range(35))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-07-21", {"FRA", UNION}),
        ("2026-07-14", {"BEL", UNION}),
        ("2026-05-08", {"BEL", UNION}),
        ("2026-05-14", set()),  # Ascension
        ("2026-05-25", set()),  # Whit Monday
        ("2026-04-06", set()),  # Easter Monday
        ("2026-11-11", {UNION}),
        ("2026-12-26", set()),  # a Saturday
        ("2026-11-20", {"BEL", "FRA", UNION}),
    ],
)
def test_a_holiday_is_one_where_the_law_says_so(day: str, working: set[str]) -> None:
    calendars = ("BEL", "FRA", UNION)
    assert {country for country in calendars if is_working_day(date.fromisoformat(day), country)} == working


def test_a_calendar_nobody_knows_is_refused() -> None:
    with pytest.raises(BadFact, match="BEL, FRA, EU"):
        public_holidays(2026, "ATL")


def test_a_source_of_one_country_keeps_its_calendar_and_one_of_several_the_unions() -> None:
    assert [calendar_of(s.countries) for s in (BOAMP, TED, SOURCES["be_bosa"])] == ["FRA", UNION, "BEL"]


def weeks(source: Source, day: date, counts: list[int], *, age: int = 1) -> list[Volume]:
    """What earlier weeks brought on the same weekday, the newest first."""
    return [
        Volume(source.name, day - timedelta(weeks=n) + timedelta(days=age), day - timedelta(weeks=n), count)
        for n, count in enumerate(counts, 1)
    ]


def alarms_of(
    source: Source, seen: int, history: list[Volume], *, day: date = FRIDAY, declared: bool = True
) -> list[Alarm]:
    volume = Volume(source.name, day + timedelta(days=1), day, seen)
    return list(volume_alarms(source, [volume], history, declared=declared))


STEADY = [300, 320, 280, 310, 290, 305]


@pytest.mark.parametrize(
    ("seen", "kind"),
    [(0, AlarmKind.SILENT), (100, AlarmKind.VOLUME), (200, None), (300, None), (560, None), (900, AlarmKind.VOLUME)],
)
def test_a_day_is_compared_with_the_median_and_spread_of_the_same_weekdays(seen: int, kind: AlarmKind | None) -> None:
    assert [alarm.kind for alarm in alarms_of(TED, seen, weeks(TED, FRIDAY, STEADY))] == ([kind] if kind else [])


def test_the_sentence_says_what_was_seen_what_is_usual_and_what_to_do() -> None:
    (alarm,) = alarms_of(TED, 100, weeks(TED, FRIDAY, STEADY))
    assert alarm.sentence == (
        "100 notices of 2026-11-20 (Friday, a working day) are few: 151 to 605 are usual (the median of the last 6 "
        "Fridays is 302.5). Compare with the publisher's page"
    )


def test_other_weekdays_and_other_ages_teach_nothing() -> None:
    thursdays = weeks(TED, FRIDAY - timedelta(days=1), [9000] * 6)
    on_the_day = weeks(TED, FRIDAY, [9000] * 6, age=0)
    assert alarms_of(TED, 300, [*thursdays, *on_the_day, *weeks(TED, FRIDAY, STEADY)]) == []


def test_a_holiday_teaches_nothing_and_is_not_checked() -> None:
    wednesdays = weeks(BOAMP, ARMISTICE + timedelta(weeks=1), [0, 300, 310, 290])
    assert alarms_of(BOAMP, 305, wednesdays, day=ARMISTICE + timedelta(weeks=1)) == []
    assert alarms_of(BOAMP, 0, wednesdays[1:], day=ARMISTICE) == []


def test_a_wild_past_makes_a_wide_range() -> None:
    wild = weeks(TED, FRIDAY, [100, 900, 300, 1200, 50, 600])
    assert alarms_of(TED, 20, wild) == []
    assert [alarm.kind for alarm in alarms_of(TED, 0, wild)] == [AlarmKind.SILENT]


def test_with_little_past_the_declared_range_is_believed() -> None:
    (alarm,) = alarms_of(TED, 3, weeks(TED, FRIDAY, [300, 310]))
    assert "150 to 1500 are declared for a working day of eu_ted" in alarm.sentence


def test_with_little_past_nothing_is_expected_of_a_local_portal() -> None:
    assert alarms_of(TED, 0, weeks(TED, FRIDAY, [300, 310]), declared=False) == []


def test_with_little_past_a_day_is_not_checked_before_it_is_over() -> None:
    today = Volume(TED.name, FRIDAY, FRIDAY, 0)
    assert list(volume_alarms(TED, [today], [], declared=True)) == []


def test_who_publishes_little_may_be_silent() -> None:
    assert alarms_of(MANUAL, 0, weeks(MANUAL, FRIDAY, [1, 0, 2, 0, 1, 1])) == []
    assert alarms_of(MANUAL, 0, []) == []


@given(st.lists(st.integers(0, 2000), min_size=3, max_size=12))
def test_the_median_of_the_past_is_never_an_alarm(counts: list[int]) -> None:
    counted = sorted(counts[:8])
    middle = counted[len(counted) // 2]
    assert alarms_of(TED, middle, weeks(TED, FRIDAY, counts)) == [] or middle == 0


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path / "pib.duckdb") as opened:
        yield opened


def test_alarms_of_a_night_are_replaced_by_a_later_attempt(store: Store) -> None:
    first, second = (Alarm("eu_ted", FRIDAY, AlarmKind.CRAWL, words) for words in ("one", "two"))
    store.save_alarms("eu_ted", FRIDAY, [first, first])
    store.save_alarms("fr_boamp", FRIDAY, [Alarm("fr_boamp", FRIDAY, AlarmKind.CODE, "three")])
    assert len(store.load_alarms(FRIDAY)) == 2
    store.save_alarms("eu_ted", FRIDAY, [second])
    assert [alarm.sentence for alarm in store.load_alarms(FRIDAY)] == ["two", "three"]


def test_what_is_usual_is_learnt_from_night_to_night(tmp_path: Path) -> None:
    """Eight Fridays of three hundred notices, then one of none."""
    with open_store(tmp_path / "pib.duckdb") as store:
        for n in range(8, 0, -1):
            day = FRIDAY - timedelta(weeks=n)
            history = Volume("eu_ted", day + timedelta(days=1), day, 300)
            with_counts(store, history)
        crawled = CrawlResult("eu_ted", Window(FRIDAY, FRIDAY), tmp_path, None, None, 1, 0, 0, 0, ("odd",), None)
        alarms = notice_alarms(store, TED, crawled, FRIDAY + timedelta(days=1), (), is_whole=True, declared=False)
        assert [alarm.kind for alarm in alarms] == [AlarmKind.CRAWL, AlarmKind.SILENT]
        assert store.load_alarms(FRIDAY + timedelta(days=1)) == tuple(sorted(alarms, key=lambda a: a.kind))
        again = notice_alarms(store, TED, crawled, FRIDAY + timedelta(days=1), (), is_whole=False, declared=False)
        assert [alarm.kind for alarm in again] == [AlarmKind.CRAWL], "a source that is missing is not silent too"


def with_counts(store: Store, volume: Volume) -> None:
    from warehouse.database.schema import insert_rows

    insert_rows(
        store._con,  # pyright: ignore[reportPrivateUsage]  (three hundred notices a week would only be slow)
        "volume",
        [{"source": volume.source, "night": volume.night, "day": volume.day, "notices": volume.notices}],
    )


@pytest.fixture
def portal():
    served = Portal(publish_embedded(FRIDAY), Faults())
    served.start()
    yield served
    served.end()


@pytest.fixture
def workspace(portal: Portal, tmp_path: Path) -> Workspace:
    return Workspace(Settings(portals="embedded", data=tmp_path / "data"), portal.addresses, 14)


def test_a_night_counts_every_day_of_its_window(workspace: Workspace) -> None:
    run_landed(workspace, TED, FRIDAY)
    run_notices(workspace, FRIDAY)
    with open_facts(workspace) as store:
        volumes = store.load_volumes("eu_ted", FRIDAY + timedelta(days=1), FRIDAY - timedelta(days=30))
        published = sum(1 for notice in store.load_notices() if notice.publication.source == "eu_ted")
    assert len(volumes) == 15
    assert sum(volume.notices for volume in volumes) == published


def test_an_unknown_code_is_an_alarm_that_names_it_and_the_notice_is_kept(workspace: Workspace) -> None:
    with open_facts(workspace) as store:
        store.save_codes([Code("contract-nature", "services"), Code("contract-nature", "works")], FRIDAY)
    run_landed(workspace, TED, FRIDAY)
    read = run_notices(workspace, FRIDAY)
    run_lots(workspace, FRIDAY)
    (alarm,) = read.alarms
    assert alarm.kind is AlarmKind.CODE
    assert "the official list contract-nature has no 'supplies'" in alarm.sentence
    assert read.kept.new == read.crawls[0].notices
    assert any(alarm.sentence in need for need in read_status(workspace).needs)


def test_a_silent_source_is_missing_in_the_letters(workspace: Workspace) -> None:
    with passing_store() as store:
        store.save_alarms("eu_ted", FRIDAY, [Alarm("eu_ted", FRIDAY, AlarmKind.SILENT, "no notice at all")])
        store.save_alarms("fr_boamp", FRIDAY, [Alarm("fr_boamp", FRIDAY, AlarmKind.VOLUME, "few")])
        store.set_as_of(as_of(FRIDAY))
        assert NightResults.of(store, FRIDAY).missing_sources == (TED.title,)


@pytest.mark.parametrize("fault", ["ted:newfield", "ted:renamed"])
def test_a_field_that_changed_its_name_stops_its_source_with_an_excerpt(
    workspace: Workspace, portal: Portal, fault: str
) -> None:
    portal.faults.replace([fault])
    run_landed(workspace, TED, FRIDAY)
    (crawl,) = run_notices(workspace, FRIDAY).crawls
    assert (crawl.complete, crawl.error_kind) == (False, "SourceChanged")
    assert {"ted:newfield": "brand-new-field", "ted:renamed": "publication-da"}[fault] in (crawl.error or "")


VITAL = [
    ("eforms/result_group.xml", b">selec-w<", b">perhaps<", "perhaps"),
    ("eforms/result_group.xml", b'listName="result"', b'listName="rumour"', "rumour"),
    ("ted_export/result_group.xml", b'TD_DOCUMENT_TYPE CODE="7"', b'TD_DOCUMENT_TYPE CODE="?"', "'?'"),
    ("boamp/records.json", b'"APPEL_OFFRE"', b'"RUMEUR"', "RUMEUR"),
    ("boamp/records.json", b'"INITIAL"', b'"PEUT_ETRE"', "PEUT_ETRE"),
]


@pytest.mark.parametrize(("file", "before", "after", "excerpt"), VITAL)
def test_an_unknown_code_in_a_vital_list_sets_its_notice_aside_with_an_excerpt(
    file: str, before: bytes, after: bytes, excerpt: str
) -> None:
    body = (RECORDINGS / file).read_bytes()
    assert before in body
    faults: list[str] = []
    try:
        results = [result for _, result in read_body(body.replace(before, after))]
        faults += [str(result) for result in results if isinstance(result, Unknown)]
    except Unknown as unknown:
        faults.append(str(unknown))
    assert any(excerpt in fault for fault in faults), faults


KEPT = [
    ("eforms/call_two_languages.xml", b">services<", b">rumours<", lambda notice: notice.nature),
    ("eforms/call_two_languages.xml", b">open<", b">rumours<", lambda notice: notice.procedure_type),
]


@pytest.mark.parametrize(("file", "before", "after", "field"), KEPT)
def test_an_unknown_code_in_any_other_list_is_kept_as_written(
    file: str, before: bytes, after: bytes, field: Callable[[Notice], str | None]
) -> None:
    body = (RECORDINGS / file).read_bytes()
    assert before in body
    results = [result for _, result in read_body(body.replace(before, after))]
    assert "rumours" in {field(result) for result in results if isinstance(result, Notice)}


def test_alarms_are_asset_checks_that_warn(workspace: Workspace) -> None:
    from dagster import AssetKey

    from pipelines.definitions import defs

    graph = defs().resolve_asset_graph()
    names = {key.name for key in graph.asset_check_keys if key.asset_key == AssetKey("notices")}
    assert names == {f"{name}_raises_no_alarm" for name in SOURCES}


def test_the_lists_of_a_folder_are_imported_by_their_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines.cli.main import main

    given = tmp_path / "given"
    given.mkdir()
    table = "codelist,code,label_en,label_fr,label_nl,label_de\ncontract-nature,works,Works,Travaux,Werken,Bau\n"
    (given / "lists.csv").write_text(table)
    with pytest.raises(SystemExit) as done:
        main(["codes", "update", "--from", str(given), "--data", str(tmp_path / "data"), "--on", "2026-11-20"])
    assert done.value.code == 0
    assert "contract-nature" in capsys.readouterr().out
    with open_facts(workspace_at(tmp_path / "data")) as store:
        assert store.load_codes("contract-nature") == (
            Code("contract-nature", "works", "Travaux", "Werken", "Bau", "Works"),
        )
        assert store.load_code_lists_day() == FRIDAY


def test_the_lists_of_the_local_portal_are_imported_by_their_command(
    portal: Portal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines.cli.main import main

    url = portal.addresses["code_lists"].removesuffix("/lists")
    with pytest.raises(SystemExit):
        main(["codes", "update", "--portals", f"at:{url}", "--data", str(tmp_path / "data"), "--on", "2026-11-20"])
    with open_facts(workspace_at(tmp_path / "data")) as store:
        lists = {code.list for code in store.load_codes()}
    assert lists >= {"cpv", "nuts", "contract-nature", "winner-selection-status"}
    assert json.loads((tmp_path / "data/facts/landing/code_lists/2026-11-20/stats.json").read_text())["complete"]
