"""The graph, the schedules and the checks that Dagster is given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dagster import AssetKey, build_schedule_context

from pipelines.definitions import WRITER, defs
from scrapers.source import find_sources
from warehouse.database.schema import data_checks

CHAIN = ("notices", "procedures", "lots", "vectors", "matches", "digests", "exports")


def test_the_graph_is_landed_then_the_chain_of_the_design() -> None:
    graph = defs.resolve_asset_graph()
    upstream = {AssetKey(["landed", name]) for name in find_sources()}
    for name in CHAIN:
        assert graph.get(AssetKey([name])).parent_keys == upstream
        upstream = {AssetKey([name])}


def test_every_asset_that_writes_the_warehouse_waits_for_the_one_pool() -> None:
    for asset in defs.resolve_asset_graph().assets_defs:
        assert all(node.pools == {WRITER} for node in [asset.node_def])


def test_every_data_check_is_a_check_of_the_lots() -> None:
    checks = {key.name for key in defs.resolve_asset_graph().asset_check_keys if key.asset_key == AssetKey(["lots"])}
    assert checks == {data_check.stem for data_check in data_checks()}


def test_every_source_has_its_hour_and_the_night_follows_the_last() -> None:
    schedules = {schedule.name: schedule for schedule in defs.schedules or ()}
    assert {s.cron_schedule for s in schedules.values()} == {source.cron for source in find_sources().values()}
    assert schedules["night_schedule"].cron_schedule == "45 9 * * *"
    assert {s.execution_timezone for s in schedules.values()} == {"Europe/Brussels"}


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2026, 10, 25, 8, 45, tzinfo=UTC), "2026-10-25"),
        (datetime(2027, 3, 28, 7, 45, tzinfo=UTC), "2027-03-28"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_a_tick_runs_the_night_of_its_day_in_brussels(moment: datetime, night: str) -> None:
    schedule = defs.resolve_schedule_def("night_schedule")
    data = schedule.evaluate_tick(
        build_schedule_context(scheduled_execution_time=moment, repository_def=defs.get_repository_def())
    )
    assert [request.partition_key for request in data.run_requests or ()] == [night]
