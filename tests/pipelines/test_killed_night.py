"""A night killed at any moment is completed by the next run: nothing lost, nothing doubled.

One night is killed at every moment in turn, each run taking up what the kill before it left. So each moment is tried
after the harm of the earlier ones, at the price of two nights and not of eleven. The night's window is two days: it
crawls, matches and writes all the same.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands.nights import Left, pib, start_pib, what_is_left, write_settings
from tests.support.stores import workspace_at

NIGHT = ("night", "--on", "2026-11-20", "--days", "2", "--json")


def _begin(folder: Path, model: Path) -> Path:
    """Settings, and the secret that marks letters: each house draws its own, and these are to write the same ones."""
    write_settings(folder, model)
    secret = folder / "data/clusters/default/links.secret"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(bytes(range(32)))
    secret.chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def unharmed(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """What a night leaves when it is not killed."""
    folder = _begin(tmp_path_factory.mktemp("unharmed"), small_model)
    done = pib(folder, *NIGHT)
    assert done.returncode == 0, done.stderr
    left = what_is_left(folder / "data")
    assert left.matches
    assert len(left.letters) > 3, "too few to be killed among"
    return left


def _has_landed_ten(data: Path) -> bool:
    """In the middle of the first crawl."""
    manifests = list((data / "facts" / "landing").glob("*/*/manifest.jsonl"))
    return any(manifest.read_bytes().count(b"\n") >= 10 for manifest in manifests)


def _has_begun(step: str) -> Callable[[Path], bool]:
    """Once Dagster has recorded that a step began."""

    def is_so(data: Path) -> bool:
        return any(_holds_event(runs, step) for runs in (data / "dagster" / "history" / "runs").glob("*-*.db"))

    return is_so


def _holds_event(runs: Path, step: str) -> bool:
    query = "select 1 from event_logs where dagster_event_type = 'STEP_START' and step_key = ? limit 1"
    try:
        with sqlite3.connect(f"file:{runs}?mode=ro", uri=True) as events:
            return events.execute(query, (step,)).fetchone() is not None
    except sqlite3.OperationalError:  # the file is being made
        return False


def _has_sent_three(data: Path) -> bool:
    """In the middle of sending."""
    return len(list((workspace_at(data).maildir / "new").glob("*"))) >= 3


# In the order of a night: a run that is killed at one of them has got past those before it.
MOMENTS = {
    "crawling": _has_landed_ten,
    "keeping notices": _has_begun("notices"),
    "encoding": _has_begun("vectors"),
    "judging": _has_begun("matches"),
    "sending": _has_sent_three,
}


def test_the_run_after_the_last_kill_ends_where_an_unharmed_night_ends(
    small_model: Path, unharmed: Left, tmp_path: Path
) -> None:
    folder = _begin(tmp_path, small_model)
    for is_so in MOMENTS.values():
        _kill_when(is_so, folder)
    done = pib(folder, *NIGHT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["truths_broken"] == []
    assert what_is_left(folder / "data") == unharmed


def _kill_when(is_so: Callable[[Path], bool], folder: Path) -> None:
    """SIGKILL to the night and all it started, at the first look that finds it there."""
    night = start_pib(folder, *NIGHT)
    while not is_so(folder / "data"):
        try:
            night.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError("the night ended before the moment came: " + night.communicate()[1])
    os.killpg(night.pid, signal.SIGKILL)
    night.communicate()
