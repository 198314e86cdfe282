"""Starts Python modules in processes of their own without importing their libraries each time.

A module started here is a process as `python -m` starts one: `__main__` in its own session, with arguments, folder,
environment and files of its own. It is forked from this server, which imported the libraries once. Requests come over
the Unix socket that the first argument names, once the server has written a line. It ends when its standard input is
closed.

What differs from `python -m`: every process shares the server's seed of hashes. So a test that compares two runs
starts one of them by `python -m`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

REQUEST_BYTES = 1 << 20


def main(address: str) -> None:
    """Answers requests at the address until standard input is closed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)  # noqa: T201 - the parent process waits for this line
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                serve(connection, listener)
            reap_ended()
    Path(address).unlink()


def serve(connection: socket.socket, listener: socket.socket) -> None:
    """Forks the process of one request, and a parent of it that answers its id, and its exit code at its end."""
    message, files, _, _ = socket.recv_fds(connection, REQUEST_BYTES, 3)
    request = json.loads(message)
    load_libraries(request["libraries"])
    if not os.fork():
        listener.close()
        child = os.fork()
        if not child:
            connection.close()
            run(request, files)
        close_all(files)
        answer_for(child, connection)
    close_all(files)


def load_libraries(names: list[str]) -> None:
    """Imports what is not imported yet, and keeps the garbage collectors of the forked processes away from it.

    Without the freeze every process walks through all objects of all libraries, and copies their pages by doing so:
    a crawl forked beside Dagster and the encoder took 3.6 s of processor time in place of 0.7.
    """
    missing = [name for name in names if name not in sys.modules]
    for name in missing:
        importlib.import_module(name)
    if missing:
        gc.collect()
        gc.freeze()


def run(request: dict[str, Any], files: list[int]) -> None:
    """Is the process of the request, to its end."""
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    close_all(files)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[1:] = request["arguments"]
    module = request["module"]
    is_package = hasattr(sys.modules.get(module), "__path__")
    sys.modules.pop(f"{module}.__main__" if is_package else module, None)  # runpy warns of what is imported already
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            raise
        leave(int(end.code or 0))
    leave(0)


def leave(code: int) -> NoReturn:
    """Ends the process as Python does, but for the libraries, whose teardown would copy the pages of all their objects:
    0.5 s of processor time for each process."""
    threading._shutdown()  # pyright: ignore[reportAttributeAccessIssue] - waits for threads, as Python's own end does
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def answer_for(child: int, connection: socket.socket) -> None:
    """Prints the process's id, waits for its end, and prints its exit code; never returns."""
    with suppress(BrokenPipeError, ConnectionResetError):  # the caller is gone
        connection.send(str(child).encode())
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.send(str(code).encode())
    os._exit(0)


def close_all(files: list[int]) -> None:
    """Closes file descriptors."""
    for file in files:
        os.close(file)


def reap_ended() -> None:
    """Takes note of processes that ended, so that the processor time of all counts as this server's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(sys.argv[1])
    leave(0)
