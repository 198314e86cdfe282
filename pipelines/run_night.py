"""One night run from here to its end, through the same graph and the same instance that the schedule uses."""

import os
import shutil
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from matching.members_file.members import demo_members
from pipelines.config.base_urls import opened_portals
from pipelines.config.clusters import find_clusters, of_cluster
from pipelines.config.settings import Settings
from pipelines.config.workspace import DEFAULT_CLUSTER, ZONE, Progress, Workspace
from pipelines.config.write_lock import write_lock, writes
from pipelines.errors import NoMembers
from pipelines.monitoring.alerts import send_all_alerts
from pipelines.monitoring.problems import OperatorProblem
from pipelines.nightly.interest import CLOCK_CHECK
from pipelines.nightly.mail import MAIL_CHECK
from pipelines.nightly.source_selection import endpoint_warnings, skipped_sources
from pipelines.orchestrator.processes import run_orchestrator
from warehouse.model.alarms import Alarm
from warehouse.model.night_reports import Counts, Crawl

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

INSTANCE_FILE = Path(__file__).resolve().parents[1] / "dagster.yaml"


_BY_HAND = {"pib/by": "hand"}
"""The tag of nights by hand, which nobody retries but a hand."""


@dataclass(frozen=True, slots=True)
class NightReport:
    """Results of a night.

    `workspace` is that of the first of its `clusters`. `measured` holds each asset's numbers by asset and name, as
    Dagster recorded them; `failures` one sentence per stage that failed, which begins with its cluster where that is
    not the default one; `broken` the failed data checks; `letters` the Maildirs', newest first; `skipped` one sentence
    per source that is not configured and per endpoint whose status is not settled, and one where the night is older
    than the newest; `mail` why no letter at all could leave, None where letters could; `clock` what a person must do
    because the clock jumped, None where it did not; `unsent_alerts` one sentence per way in which the operator could
    not be told.
    """

    night: date
    workspace: Workspace
    clusters: tuple[str, ...]
    crawls: tuple[Crawl, ...]
    counts: Counts
    measured: Mapping[str, Mapping[str, object]]
    failures: tuple[str, ...]
    broken: tuple[str, ...]
    letters: tuple[Path, ...]
    skipped: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    mail: str | None = None
    clock: str | None = None
    unsent_alerts: tuple[str, ...] = ()

    @property
    def missing_sources(self) -> tuple[Crawl, ...]:
        """The sources that did not answer to the end."""
        return tuple(crawl for crawl in self.crawls if not crawl.complete)


def run_night(
    settings: Settings, on: date, *, days: int | None, progress: Progress, cluster: str | None = None
) -> NightReport:
    """Runs every stage for the night `on`: those of the facts once, then those of each cluster. Known failures are in
    the report, and one of a cluster stops no other; a second run of the same night repeats nothing that was done.

    `settings` are the installation's; `days` is how many days back are fetched, None for each source's overlap;
    `progress` receives the progress; `cluster` is the only one to run, None for all. Raises DataFolderBusy,
    PortalFailed, NoMembers.
    """
    from pipelines.orchestrator.dead_runs import end_dead_runs  # late: it loads Dagster

    workspace = Workspace(settings, None, days, progress)
    clusters = (cluster,) if cluster else find_clusters(workspace.data) or (DEFAULT_CLUSTER,)
    with write_lock(workspace.facts, f"pib night of {on}"):
        if clusters == (DEFAULT_CLUSTER,):
            _ensure_members(of_cluster(workspace, DEFAULT_CLUSTER))
        with (
            opened_portals(settings, on, log=workspace.facts / "portal.log") as base_urls,
            _instance(workspace) as instance,
        ):
            end_dead_runs(instance, _BY_HAND)
            result = _run_graph(Workspace(settings, base_urls, days, progress), clusters, on, instance)
            unsent = _alert(workspace, instance)
        return replace(_report(workspace, clusters, on, result), unsent_alerts=unsent)


def _alert(workspace: Workspace, instance: "DagsterInstance") -> tuple[str, ...]:
    """Tells the operator what the night left to act on, where the settings say how; a sentence for each way that
    failed."""
    from pipelines.monitoring.failed_runs import find_failed_runs  # late: it loads Dagster

    if workspace.settings.alerts is None:
        return ()
    reports = send_all_alerts(workspace, datetime.now(ZONE), find_failed_runs(instance))
    return tuple(failure for report in reports for failure in report.failures)


def find_failed_night(workspace: Workspace) -> tuple[OperatorProblem, ...]:
    """A problem where the last night that ended did not succeed; none where no night was ever recorded."""
    from pipelines.monitoring.failed_runs import find_failed_runs  # late, as above

    if not workspace.dagster.is_dir():
        return ()
    with _instance(workspace) as instance:
        return find_failed_runs(instance)


@writes("pib night, looking for members")
def _ensure_members(workspace: Workspace) -> None:
    """A demonstration starts with the invented cluster; the live watch never does."""
    with workspace.open_cluster() as store:
        if store.load_members():
            return
        if workspace.settings.is_live:
            raise NoMembers("there are no members to write to: run `pib members import FILE` first")
        store.save_members(demo_members())


@contextmanager
def _instance(workspace: Workspace) -> "Generator[DagsterInstance]":
    from dagster import DagsterInstance
    from dagster._core.instance.ref import InstanceRef

    workspace.dagster.mkdir(parents=True, exist_ok=True)
    reference = InstanceRef.from_dir(str(workspace.dagster), config_dir=str(INSTANCE_FILE.parent))
    with DagsterInstance.from_ref(reference) as instance:
        yield instance


def _run_graph(
    workspace: Workspace, clusters: tuple[str, ...], on: date, instance: "DagsterInstance"
) -> "ExecuteInProcessResult":
    from pipelines.assets.night import night_definitions  # late: it loads Dagster, two seconds that most commands save

    night = night_definitions(clusters, lambda: workspace).resolve_job_def("night")
    return night.execute_in_process(
        instance=instance,
        partition_key=on.isoformat(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={**_BY_HAND, "dagster/max_retries": "0"},
        raise_on_error=False,
    )


def _report(workspace: Workspace, clusters: tuple[str, ...], on: date, result: "ExecuteInProcessResult") -> NightReport:
    materialized = (event.materialization for event in result.get_asset_materialization_events())
    checks = result.get_asset_check_evaluations()
    with workspace.open_facts() as store:
        crawls, counts, alarms = store.load_crawls(on), store.counts(on), store.load_alarms(on)
        past = _past_sentences(on, store.load_last_night())
    folders = [replace(workspace, cluster=cluster) for cluster in clusters]
    return NightReport(
        night=on,
        workspace=folders[0],
        clusters=clusters,
        crawls=crawls,
        counts=counts,
        measured={
            m.asset_key.to_user_string(): {name: value.value for name, value in m.metadata.items()}
            for m in materialized
        },
        failures=tuple(_failures(result)),
        broken=tuple(c.check_name for c in checks if not c.passed and c.asset_key.path[-1] in ("lots", "answers")),
        letters=tuple(
            sorted(
                (path for folder in folders for path in (folder.maildir / "new").glob("*")),
                key=lambda path: (-path.stat().st_mtime, path.name),
            )
        ),
        skipped=(*past, *skipped_sources(workspace.settings, os.environ), *endpoint_warnings(workspace.settings)),
        alarms=alarms,
        mail=next((c.description for c in checks if not c.passed and c.check_name == MAIL_CHECK), None),
        clock=next((c.description for c in checks if not c.passed and c.check_name == CLOCK_CHECK), None),
    )


def _past_sentences(on: date, newest: date | None) -> Iterator[str]:
    if newest and on < newest:
        yield f"the night of {on} is older than that of {newest}: no letter was written or sent, nothing was published"


def _failures(result: "ExecuteInProcessResult") -> Iterator[str]:
    for event in result.filter_events(lambda e: e.is_step_failure):
        error = event.step_failure_data.error
        cause = error.cause if error and error.cause else error
        message = cause.message.strip() if cause else "no reason was recorded"
        # Dagster writes "ClassName: sentence"; the class is for engineers, who find it in the run's events.
        yield f"{event.step_key}: {message.split(': ', 1)[-1]}"


def run_dagster(settings: Settings, config: Path | None, port: int) -> None:
    """Runs the orchestrator over the same instance that nights by hand use, until it is stopped; runs that a killed one
    left are ended first. Raises OrchestratorFailed."""
    from pipelines.orchestrator.dead_runs import end_dead_runs  # late, as above

    workspace = Workspace(settings)
    workspace.dagster.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(INSTANCE_FILE, workspace.dagster / "dagster.yaml")
    if config:
        os.environ["PIB_CONFIG"] = str(config.resolve())
    with _instance(workspace) as instance:
        for run_id in end_dead_runs(instance):
            sys.stderr.write(f"pib: run {run_id} was ended: its process is gone\n")
    run_orchestrator(workspace.dagster.resolve(), port)
