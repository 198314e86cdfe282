"""The orchestrator's three processes, each started again when it ends, all stopped together.

The code server holds the graph and starts runs, the daemon ticks schedules and watches runs, the webserver shows them.
`dagster dev`, which is none of that, is for developing only.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import FrameType

from pipelines.errors import OrchestratorFailed

MOST_RESTARTS, WITHIN = 5, 600.0
"""Restarts of a process that are borne, within so many seconds."""
_LOOK, _GRACE, _READY = 0.5, 20.0, 180.0
"""Seconds between two looks, from SIGTERM to SIGKILL, and until the code server must answer."""


@dataclass(slots=True)
class Supervised:
    """A command that is to run always: its name, its words, and when it was started."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque[float](maxlen=MOST_RESTARTS + 1))

    def start(self, environment: Mapping[str, str], at: float) -> None:
        """Starts it in a session of its own, so that a key pressed in the terminal reaches the supervisor alone. Raises
        OrchestratorFailed when it ended too often."""
        self.starts.append(at)
        if len(self.starts) > MOST_RESTARTS and at - self.starts[0] < WITHIN:
            raise OrchestratorFailed(
                f"the {self.name} ended {MOST_RESTARTS} times within {WITHIN / 60:.0f} minutes; look at what it wrote"
            )
        self.process = subprocess.Popen(self.command, env=dict(environment), start_new_session=True)


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    environment: Mapping[str, str],
    is_ready: Callable[[], bool] = lambda: True,
    stop: Event | None = None,
) -> None:
    """Runs commands until SIGTERM or SIGINT, each again when it ends.

    Args:
        commands: words by name; the first is started alone, the others once `is_ready`.
        environment: of all of them.
        is_ready: asked until the first answers.
        stop: ends the supervision when it is set, for tests.

    Raises OrchestratorFailed when one ends too often, or the first does not answer; then too all are stopped.
    """
    stopping = stop or Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    handlers = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    processes = [Supervised(name, command) for name, command in commands.items()]
    try:
        processes[0].start(environment, time.monotonic())
        _wait_until(is_ready, processes[0], stopping)
        while not stopping.is_set():
            for supervised in processes:
                if supervised.process is None or supervised.process.poll() is not None:
                    supervised.start(environment, time.monotonic())
            stopping.wait(_LOOK)
    finally:
        _stop_all([supervised.process for supervised in reversed(processes) if supervised.process])
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _wait_until(is_ready: Callable[[], bool], first: Supervised, stopping: Event) -> None:
    begun = time.monotonic()
    while not (stopping.is_set() or is_ready()):
        if first.process is not None and first.process.poll() is not None:
            raise OrchestratorFailed(f"the {first.name} ended with {first.process.returncode}; look at what it wrote")
        if time.monotonic() - begun > _READY:
            raise OrchestratorFailed(f"the {first.name} does not answer after {_READY:.0f} s; look at what it wrote")
        stopping.wait(_LOOK)


def _stop_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """SIGTERM to each, by its own number, and SIGKILL to those that stay."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    last = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(0.1, last - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run_orchestrator(home: Path, port: int) -> None:
    """Runs Dagster on 127.0.0.1 until it is stopped: the page on `port`, the code server on the next one. `home` is its
    instance's folder. Raises OrchestratorFailed."""
    code = port + 1
    for number in (port, code):
        if _answers("127.0.0.1", number):
            raise OrchestratorFailed(
                f"127.0.0.1:{number} is taken, by another `pib dagster` perhaps; give another --port"
            )
    workspace = home / "workspace.yaml"
    workspace.write_text(
        f"load_from:\n  - grpc_server:\n      host: 127.0.0.1\n      port: {code}\n      location_name: pib\n",
        encoding="utf-8",
    )
    python = [sys.executable, "-m"]
    commands = {
        "code server": [
            *(*python, "dagster", "api", "grpc", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(code)),
            *("--location-name", "pib"),
        ],
        "daemon": [*python, "dagster._daemon", "run", "-w", str(workspace)],
        "webserver": [
            *(*python, "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-w", str(workspace)),
        ],
    }
    supervise(
        commands,
        environment={"DAGSTER_GRPC_TIMEOUT_SECONDS": "180", **os.environ, "DAGSTER_HOME": str(home)},
        is_ready=lambda: _answers("127.0.0.1", code),
    )


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
