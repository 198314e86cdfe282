"""A process that holds the write lock of a data folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

_HOLD = """
import sys
from pathlib import Path
from pipelines.config.write_lock import write_lock
with write_lock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_folder(data: Path, work: str) -> Iterator[subprocess.Popen[str]]:
    """Another process holds `data` for `work` inside, or until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(data), work],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.stdin.close()
