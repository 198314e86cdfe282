"""The lock of a folder of stores, that of the facts or of a cluster: one process at a time writes them, and whoever
waits is told for whom. Who takes both takes that of the facts first.

Nights, their stages in the orchestrator, imports, corrections by hand, rebuilds and restores hold it. It ends with its
process, however that ends. A process that holds it may take it again, as a night does for each of its stages.
"""

import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import DataFolderBusy
from warehouse.atomic_files import write_whole
from warehouse.file_locks import exclusive

Given = ParamSpec("Given")
Result = TypeVar("Result")

LOCK_FILES = _LOCK, _HOLDER = "night.lock", "night.lock.holder"
"""The files of the lock in its folder."""
_held: ContextVar[frozenset[Path]] = ContextVar("_held", default=frozenset())
"""The folders that this thread holds."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a folder: the work in words, its process id, and since when (ISO 8601 with offset)."""

    work: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.work} (process {self.pid}, since {self.since})"


@contextmanager
def write_lock(data: Path, work: str, *, on_wait: Callable[[str], None] | None = None) -> Generator[None]:
    """Holds a folder for writing, for the block.

    Args:
        data: the folder of the facts or of a cluster, made where there is none.
        work: what is done, in words that others are shown: "pib rebuild".
        on_wait: told once for whom this process waits; None to give up in place of waiting.

    Raises DataFolderBusy where another process holds the folder and `on_wait` is None.
    """
    folder = data.resolve()
    if folder in _held.get():
        yield
        return

    def on_busy() -> None:
        if on_wait is None:
            raise DataFolderBusy(
                f"{find_holder(data)} is writing in {data}; wait until it has ended, or name another folder with --data"
            )
        on_wait(f"waiting until {find_holder(data)} has ended, which is writing in {data}")

    with exclusive(data / _LOCK, on_busy):
        holder = LockHolder(work, os.getpid(), datetime.now(ZONE).isoformat(timespec="seconds"))
        write_whole(data / _HOLDER, json.dumps(asdict(holder)).encode())
        token = _held.set(_held.get() | {folder})
        try:
            yield
        finally:
            _held.reset(token)


def find_holder(data: Path) -> LockHolder | str:
    """Who took the lock last; in words where that was not written down (yet, or by an earlier version)."""
    try:
        return LockHolder(**json.loads((data / _HOLDER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return "another process"


def print_waiting(sentence: str) -> None:
    """Tells whoever typed the command for whom it waits."""
    sys.stderr.write(f"pib: {sentence}\n")
    sys.stderr.flush()


Stage = Callable[Concatenate[Workspace, Given], Result]


def writes(
    work: str, *, on_wait: Callable[[str], None] | None = print_waiting
) -> Callable[[Stage[Given, Result]], Stage[Given, Result]]:
    """A function of a workspace that runs under the write lock of its cluster, as `work`; it waits for others, telling
    `on_wait`."""
    return _locked(lambda workspace: workspace.home, work, on_wait)


def writes_facts(
    work: str, *, on_wait: Callable[[str], None] | None = print_waiting
) -> Callable[[Stage[Given, Result]], Stage[Given, Result]]:
    """As `writes`, under the write lock of the facts."""
    return _locked(lambda workspace: workspace.facts, work, on_wait)


def _locked(
    folder_of: Callable[[Workspace], Path], work: str, on_wait: Callable[[str], None] | None
) -> Callable[[Stage[Given, Result]], Stage[Given, Result]]:
    def decorate(function: Stage[Given, Result]) -> Stage[Given, Result]:
        @wraps(function)
        def run(workspace: Workspace, /, *given: Given.args, **named: Given.kwargs) -> Result:
            with write_lock(folder_of(workspace), work, on_wait=on_wait):
                return function(workspace, *given, **named)

        return run

    return decorate
