"""The graph, the schedules and the checks that Dagster is given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dagster import AssetKey, build_schedule_context

from pipelines.assets.cluster import pool_of
from pipelines.assets.facts import WRITER
from pipelines.assets.night import night_definitions
from pipelines.config.settings import Settings
from pipelines.config.workspace import DEFAULT_CLUSTER, Workspace
from pipelines.definitions import defs as load_definitions
from scrapers.source import find_sources
from warehouse.database.schema import data_checks

defs = load_definitions()
CHAIN = ("notices", "procedures", "lots", "vectors", "facts", "answers", "matches", "digests", "exports")


def test_the_graph_is_landed_then_the_chain_of_the_design() -> None:
    graph = defs.resolve_asset_graph()
    upstream = {AssetKey(["landed", name]) for name in find_sources()}
    for name in CHAIN:
        assert graph.get(AssetKey([name])).parent_keys == upstream
        upstream = {AssetKey([name])}


def test_every_asset_waits_for_the_one_writer_of_the_facts_or_of_its_cluster() -> None:
    pools = {pool for asset in defs.resolve_asset_graph().assets_defs for pool in asset.node_def.pools}
    assert pools == {WRITER, pool_of(DEFAULT_CLUSTER)}


def test_every_data_check_is_a_check_of_the_lots_or_of_the_answers() -> None:
    keys = defs.resolve_asset_graph().asset_check_keys
    checks = [key.name for key in keys if key.asset_key in (AssetKey(["lots"]), AssetKey(["answers"]))]
    assert set(checks) == {data_check.stem for data_check in data_checks()}


def test_clusters_follow_the_facts_side_by_side() -> None:
    graph = night_definitions(("default", "north"), lambda: Workspace(Settings())).resolve_asset_graph()
    for key in (["answers"], ["north", "answers"]):
        assert graph.get(AssetKey(key)).parent_keys == {AssetKey(["facts"])}
    assert graph.get(AssetKey(["north", "matches"])).parent_keys == {AssetKey(["north", "answers"])}


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
