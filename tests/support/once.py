"""What a session makes once for all of its xdist workers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def make_once(session: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` of the session's folder, filled by `make` when first requested. Other workers wait for it, and
    must not write to it."""
    folder, made = session / name, session / f"{name}.made"
    with FileLock(session / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
