"""The graph of the night for Dagster, with its schedules: that of the facts, then that of each cluster.

Sources, their landed assets, their checks and their schedules follow from the files in scrapers/sources; the clusters
are those of the data folder when the graph is loaded, the default one where there is none yet.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dagster import (
    DefaultScheduleStatus,
    Definitions,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    define_asset_job,
    definitions,
)

from pipelines.alert_sensors import make_sensors
from pipelines.assets.night import NIGHT, night_definitions
from pipelines.config.clusters import find_clusters
from pipelines.config.layout import bring_to_layout
from pipelines.config.settings import Settings, read_settings
from pipelines.config.workspace import DEFAULT_CLUSTER, ZONE, Workspace
from pipelines.stage_log import start_logging
from scrapers.source import Source, find_sources


def _schedules(sources: list[Source]) -> Iterator[ScheduleDefinition]:
    """Every source is crawled at its own hour; the last of them is followed by the whole night, which finds the
    earlier crawls complete and does not repeat them."""
    by_hour = sorted(sources, key=lambda s: _minutes(s.cron))
    for source in by_hour[:-1]:
        job = define_asset_job(f"crawl_{source.name}", selection=f'key:"landed/{source.name}"')
        yield _schedule(f"crawl_{source.name}", source.cron, job)
    yield _schedule("night", by_hour[-1].cron, NIGHT)


def _minutes(cron: str) -> int:
    minute, hour = cron.split()[:2]
    return 60 * int(hour) + int(minute)


def _schedule(name: str, cron: str, job: object) -> ScheduleDefinition:
    def tonight(context: ScheduleEvaluationContext) -> RunRequest:
        return RunRequest(partition_key=_brussels_day(context.scheduled_execution_time))

    return ScheduleDefinition(
        name=f"{name}_schedule",
        job=job,  # type: ignore[arg-type]
        cron_schedule=cron,
        execution_timezone="Europe/Brussels",
        default_status=DefaultScheduleStatus.RUNNING,
        execution_fn=tonight,
    )


def _brussels_day(moment: datetime) -> str:
    return moment.astimezone(ZONE).date().isoformat()


def _settings() -> Settings:
    """Those of `pib dagster --config`, else of ./pib.toml."""
    named = os.environ.get("PIB_CONFIG")
    return read_settings(Path(named) if named else None)


def _workspace() -> Workspace:
    workspace = Workspace(_settings())
    bring_to_layout(workspace)
    return workspace


@definitions
def defs() -> Definitions:
    """The graph, made when it is loaded and not when this module is imported: a data folder of before is moved then."""
    start_logging()
    workspace = _workspace()
    return Definitions.merge(
        night_definitions(find_clusters(workspace.data) or (DEFAULT_CLUSTER,), _workspace),
        Definitions(
            schedules=list(_schedules(list(find_sources().values()))), sensors=make_sensors(workspace.installation)
        ),
    )
