"""One process at a time: a process that finds the lock held is informed, and waits or gives up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.atomic_files import complete, write_whole
from warehouse.file_locks import exclusive

HOLDER = """
import sys
from pathlib import Path
from warehouse.file_locks import exclusive
with exclusive(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(path: Path) -> subprocess.Popen[str]:
    """A process that holds the lock until its standard input is closed."""
    arguments = [sys.executable, "-c", HOLDER, str(path)]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_waiting_process_is_notified_once_and_goes_on_when_the_holder_is_killed(tmp_path: Path) -> None:
    messages: list[str] = []
    with hold_elsewhere(tmp_path / "lock") as other:

        def on_busy() -> None:
            messages.append("busy")
            other.kill()

        with exclusive(tmp_path / "lock", on_busy):
            assert messages == ["busy"]


def test_a_free_lock_is_taken_without_a_word_and_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with exclusive(tmp_path / "new" / "lock", lambda: pytest.fail("nobody holds it")):
            pass


def write_half(path: Path) -> None:
    with complete(path) as part:
        part.write_bytes(b"half")
        raise ValueError("no")


def test_a_file_whose_writing_failed_stays_as_it_was(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"before")
    with pytest.raises(ValueError, match="no"):
        write_half(tmp_path / "a")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"before"}
