"""Files that are there entirely or not at all, whenever the process is killed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def complete(path: Path) -> Generator[Path]:
    """A path beside `path` to write to. It takes the name `path` once the block has succeeded; if the block fails, it
    is removed and `path` stays as it was."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


_COPY = "import shutil, sys; shutil.copy2(*sys.argv[1:])"


def copy_held(source: Path, target: Path) -> None:
    """Copies a file that this process has locked, with its rights and time. Another process reads it: closing a file
    ends every lock that a process has on it (POSIX), DuckDB's too. Raises OSError."""
    copied = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _COPY, str(source), str(target)], capture_output=True, text=True, check=False
    )
    if copied.returncode:
        raise OSError(copied.stderr.strip().rpartition("\n")[2])


def write_whole(path: Path, body: bytes) -> None:
    """Writes `body` to `path`, synced to the disk before it takes the name. Raises OSError."""
    with complete(path) as part, part.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())


def link_whole(source: Path, path: Path) -> None:
    """Gives the file at `source`, which nobody changes in place, the name `path` too; a copy where the file system has
    no hard links. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with complete(path) as part:
        try:
            part.hardlink_to(source)
        except OSError:
            shutil.copyfile(source, part)
