"""The orchestrator's processes: each started again when it ends, not for ever, and all stopped together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, job, op
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus

from pipelines.errors import OrchestratorFailed
from pipelines.orchestrator.dead_runs import end_dead_runs
from pipelines.orchestrator.processes import MOST_RESTARTS, supervise
from pipelines.orchestrator.run_launcher import LocalRunLauncher, is_alive
from tests.support.paths import ROOT

SUPERVISE = """
import os, sys
from pathlib import Path
from pipelines.orchestrator.processes import supervise
child = "import os, signal, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\\\n'); signal.pause()"
words = lambda name: [sys.executable, "-c", child, f"{sys.argv[1]}/{name}"]
supervise({"code server": words("a"), "daemon": words("b")}, environment=os.environ)
"""


IDLE = [sys.executable, "-S", "-c", "import signal; signal.pause()"]


@op
def nothing() -> None:
    """One step."""


@job
def night() -> None:
    """A job of it."""
    nothing()


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_for_pids(path: Path, count: int) -> list[int]:
    last = time.monotonic() + 60
    while len(pids(path)) < count:
        assert time.monotonic() < last, f"{path.name} was not started {count} times"
        os.sched_yield()
    return pids(path)


def test_a_killed_process_is_started_again_and_sigterm_stops_all(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISE, str(tmp_path)], cwd=ROOT) as supervisor:
        (first,) = wait_for_pids(tmp_path / "a", 1)
        os.kill(first, signal.SIGKILL)
        _, second = wait_for_pids(tmp_path / "a", 2)
        (other,) = wait_for_pids(tmp_path / "b", 1)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(60) == 0
    now = time.time()
    assert not any(is_alive(pid, now) for pid in (first, second, other))


def test_a_process_that_ends_again_and_again_ends_the_others_too(tmp_path: Path) -> None:
    note = f"open({str(tmp_path / 'a')!r}, 'a').write('1\\n')"
    with pytest.raises(OrchestratorFailed, match=f"the daemon ended {MOST_RESTARTS} times"):
        supervise({"code server": IDLE, "daemon": [sys.executable, "-S", "-c", note]}, environment=os.environ)
    assert len(pids(tmp_path / "a")) == MOST_RESTARTS


def test_a_process_is_alive_until_it_ends_and_a_later_one_of_its_number_is_another() -> None:
    own = os.getpid()
    assert is_alive(own, time.time())
    assert not is_alive(own, time.time() - 10 * 365 * 86400), "a number noted years ago was another process'"
    with subprocess.Popen(IDLE) as other:
        assert is_alive(other.pid, time.time())
        other.kill()
    assert not is_alive(other.pid, time.time())


def test_a_run_whose_process_is_gone_is_found_ended_and_gives_back_its_place(tmp_path: Path) -> None:
    with DagsterInstance.local_temp(str(tmp_path)) as instance, subprocess.Popen(IDLE) as worker:
        launcher = LocalRunLauncher()
        launcher.register_instance(instance)
        run = instance.create_run_for_job(night, status=DagsterRunStatus.STARTED)
        instance.report_engine_event("Started process for run", run, EngineEventData.in_process(worker.pid))
        instance.event_log_storage.set_concurrency_slots("pool", 1)
        instance.event_log_storage.claim_concurrency_slot("pool", run.run_id, "nothing")
        assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
        assert end_dead_runs(instance) == ()
        worker.kill()
        worker.wait()
        assert launcher.check_run_worker_health(run).status is WorkerStatus.FAILED
        assert end_dead_runs(instance) == (run.run_id,)
        assert instance.event_log_storage.get_concurrency_info("pool").active_slot_count == 0
