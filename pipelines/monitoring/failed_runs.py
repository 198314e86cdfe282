"""Runs of the orchestrator that failed and were not followed by one that succeeded."""

from collections.abc import Iterator

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipelines.monitoring.problems import OperatorProblem, ProblemKind

_ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]


def find_failed_runs(instance: DagsterInstance) -> tuple[OperatorProblem, ...]:
    """A problem for the whole night where its last run that ended did not succeed. A crawl of one source that failed is
    made up for by the night, and reported by its source."""
    return tuple(_last_night_failed(instance))


def _last_night_failed(instance: DagsterInstance) -> Iterator[OperatorProblem]:
    for run in instance.get_runs(RunsFilter(job_name="night", statuses=_ENDED), limit=1):
        if run.status != DagsterRunStatus.SUCCESS:
            night = run.tags.get("dagster/partition", "unknown")
            yield OperatorProblem(
                ProblemKind.NIGHT, f"the night of {night} failed; its page says at which stage: `pib dagster`"
            )
