"""Remembers which stores were made, so that one that is gone is never taken for one that was not begun.

Beside a store lies a mark, `<name>.made`. An outbox or a list of opt-outs that vanished would otherwise be made anew,
empty, and members be written to twice or against their wish. Who wants to begin anew deletes the mark too.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path


def mark_of(path: Path) -> Path:
    """Where the mark of a store lies."""
    return path.with_name(f"{path.name}.made")


def mark_made(path: Path, content: bytes = b"") -> None:
    """Remembers that the store at `path` was made; `content` is what its mark says. A mark that is there stays."""
    mark = mark_of(path)
    if mark.is_file():
        return
    draft = mark.with_name(f".{mark.name}.{secrets.token_hex(4)}")  # of its own: two processes may begin together
    try:
        draft.write_bytes(content)
        with suppress(FileExistsError):
            mark.hardlink_to(draft)
    finally:
        draft.unlink()


def is_gone(path: Path) -> bool:
    """Whether the store at `path` was made and is missing, or empty, now."""
    return mark_of(path).is_file() and not (path.is_file() and path.stat().st_size)


def set_apart(path: Path) -> None:
    """Gives a damaged store, and the log that its database wrote beside it, the name `<name>.damaged` too: the store
    keeps its own until another takes it, the log does not, for it would be read into that other."""
    for log in (path.with_name(path.name + ending) for ending in (".wal", "-wal", "-shm", "-journal")):
        if log.exists():
            log.replace(path.with_name(f"{path.name}.damaged{log.name.removeprefix(path.name)}"))
    kept = path.with_name(f"{path.name}.damaged")
    if path.is_dir():
        path.replace(kept)
    elif path.exists():
        kept.unlink(missing_ok=True)
        kept.hardlink_to(path)
