"""Files of this room: one canonical form, written whole, without times, and keys that can be destroyed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FIXED_TIME = 315_532_800
"""Every file of this room is dated 1980-01-01: the time of a declaration must not be readable from a file."""


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: equal values are equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def pretty(value: Any) -> bytes:
    """JSON for a person and a diff: sorted keys, one step of indentation, a final newline."""
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def sha256(body: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def write_undated(path: Path, body: bytes, *, private: bool = False) -> None:
    """Writes a file that is there entirely or not at all, dated FIXED_TIME; `private` for its owner alone. Beside
    warehouse.atomic_files, because this room imports no other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.touch(mode=0o600 if private else 0o644)
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        reset_mtime(part)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def exclusive(lock_path: Path) -> Generator[None]:
    """Holds the lock file `lock_path`, dated FIXED_TIME, for the block; waits while another process holds it. It ends
    with its process. Not with filelock, which logs each lock with its path: the time of a declaration could be read
    from that."""
    with lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reset_mtime(lock_path)
        yield


def reset_mtime(path: Path) -> None:
    """Takes the time of its last change off a file."""
    os.utime(path, (FIXED_TIME, FIXED_TIME))


def make_private_folder(path: Path) -> Path:
    """A folder that only its owner enters."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def destroy(path: Path) -> None:
    """Overwrites a small file, then unlinks it. What a disk keeps underneath is the operator's responsibility
    (docs/privacy.md)."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
