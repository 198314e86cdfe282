"""The orchestrator's alerts: as soon as a run fails, and once an hour for what only time shows."""

from datetime import datetime

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    RunFailureSensorContext,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.monitoring.alerts import send_all_alerts
from pipelines.monitoring.failed_runs import find_failed_runs

_HOUR = 3600


def make_sensors(settings: Settings) -> list[SensorDefinition]:
    """The two sensors; none where the settings alert nobody.

    Args:
        settings: the operator's; their [alerts] say who is told.
    """
    if settings.alerts is None:
        return []
    workspace = Workspace(settings)

    @run_failure_sensor(name="alert_when_a_run_fails", default_status=DefaultSensorStatus.RUNNING)
    def alert_when_a_run_fails(context: RunFailureSensorContext) -> None:
        """Tells the operator at once."""
        alert(workspace, context.instance)

    @sensor(
        name="alert_when_something_waits",
        minimum_interval_seconds=_HOUR,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def alert_when_something_waits(context: SensorEvaluationContext) -> SkipReason:
        """Tells the operator of silent sources, waiting letters, and nights that did not run."""
        return SkipReason(alert(workspace, context.instance))

    return [alert_when_a_run_fails, alert_when_something_waits]


def alert(workspace: Workspace, instance: DagsterInstance) -> str:
    """Reports what is new; returns what the sensor's page shows. A way that failed is for the next hour."""
    reports = send_all_alerts(workspace, datetime.now(ZONE), find_failed_runs(instance))
    if failures := [failure for report in reports for failure in report.failures]:
        return "; ".join(failures)
    problems = sum(len(report.problems) for report in reports)
    return f"{problems} problems, " + ("reported now" if any(report.is_due for report in reports) else "nothing new")
