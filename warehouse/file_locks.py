"""One process at a time, by a lock file whose lock ends with its process."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def exclusive(path: Path, on_busy: Callable[[], None]) -> Generator[None]:
    """Holds the lock file `path` for the block; its folder is made where there is none. Where another process holds it,
    `on_busy` is called first: it raises to give up, or returns to wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        on_busy()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
