"""Ends the runs that a killed orchestrator, or a killed night, left as if they went on."""

from collections.abc import Mapping

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from pipelines.orchestrator.run_launcher import is_alive, worker_of

_GOING_ON = [
    DagsterRunStatus.STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.CANCELING,
]


def end_dead_runs(instance: DagsterInstance, tags: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Marks runs as failed that should go on and whose process is gone, or was never noted, and frees their places in
    the pools.

    Args:
        instance: where the runs are recorded.
        tags: those of the runs to look at, None for all: then no other process may be launching one, whose own is not
            noted yet.

    Returns the ids of the runs that were ended. The daemon retries those that it launched.
    """
    ended: list[str] = []
    for run in instance.get_runs(RunsFilter(statuses=_GOING_ON, tags=dict(tags or {}))):
        if not _goes_on(instance, run):
            instance.report_run_failed(run, "the process of this run ended before it finished")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return tuple(ended)


def _goes_on(instance: DagsterInstance, run: DagsterRun) -> bool:
    noted = worker_of(instance, run.run_id)
    return noted is not None and is_alive(*noted)
