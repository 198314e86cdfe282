"""Dagster's launcher of runs, which can also tell whether the process of a run still lives.

With it Dagster's run monitoring ends a run whose process was killed within seconds, frees its place in the pool and
lets it be retried; without, only max_runtime_seconds did, after six hours.
"""

from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, DagsterRun
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

_TICKS = 100
"""Clock ticks of a second in /proc on Linux (USER_HZ)."""


class LocalRunLauncher(DefaultRunLauncher):
    """Launches runs through the code server of this machine, whose child each run is."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """RUNNING while the process that the run noted lives, or none was noted yet; else FAILED."""
        noted = worker_of(self._instance, run.run_id)
        if noted is None or is_alive(*noted):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"process {noted[0]} of this run is gone")


def worker_of(instance: DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """The process id that a run noted last, and when (POSIX seconds); None for none."""
    for entry in reversed(instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            return int(str(pid.value)), entry.timestamp
    return None


def is_alive(pid: int, noted_at: float) -> bool:
    """Whether a process that was noted at an instant (POSIX seconds) still runs. A later process of the same number, as
    after the machine was started again, is another one."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        up = float(Path("/proc/stat").read_text(encoding="utf-8").partition("btime ")[2].split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z" and up + int(fields[18]) / _TICKS <= noted_at + 2
