"""Processes forked from a server that has imported their libraries: what tests use in place of `subprocess`.

One server serves a session and all of its xdist workers. The first process starts it and leaves its address
in the environment (see tests/conftest.py); it imports a library when a process first needs it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.commands import fork_server
from tests.support.paths import ROOT

ADDRESS = "PIB_TEST_FORK_SERVER"
"""The environment variable that names the server's socket."""


@contextmanager
def serving() -> Iterator[None]:
    """A server for this process and all it starts; none more where one serves already."""
    if ADDRESS in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/socket"
        command = [sys.executable, "-m", fork_server.__name__, address]
        pipe, environment = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, env=environment) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            os.environ[ADDRESS] = address
            try:
                yield
            finally:
                del os.environ[ADDRESS]


class ForkedProcess:
    """A running process with the part of Popen's methods that tests use. What it writes goes to files."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        folder: Path,
        libraries: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._out, self._err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115 - communicate closes them
        self._connection = _connect()
        request = {
            "module": module,
            "arguments": list(arguments),
            "folder": str(folder),
            "libraries": list(libraries),
            "environment": dict(os.environ if environment is None else environment),
        }
        with Path(os.devnull).open("rb") as nothing:
            files = [nothing.fileno(), self._out.fileno(), self._err.fileno()]
            socket.send_fds(self._connection, [json.dumps(request).encode()], files)
        self.pid = int(self._connection.recv(64))
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, minus the signal's number where one ended it. Raises TimeoutExpired after so many seconds."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                self.returncode = int(self._connection.recv(64))
            except TimeoutError as late:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from late
            self._connection.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote to standard output and error, at its end."""
        self.wait(timeout)
        texts: list[str] = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read().decode())
            file.close()
        return texts[0], texts[1]


def _connect() -> socket.socket:
    """A connection to the session's server."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(os.environ[ADDRESS])
    return connection


def run_forked(
    module: str,
    arguments: Sequence[str],
    *,
    folder: Path,
    libraries: Sequence[str],
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a module to its end."""
    process = ForkedProcess(module, arguments, folder=folder, libraries=libraries, environment=environment)
    out, err = process.communicate(timeout)
    return subprocess.CompletedProcess([module, *arguments], process.wait(), out, err)
