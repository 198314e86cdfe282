"""One process at a time writes a data folder; whoever waits or gives up is sentences for whom."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.config.write_lock import find_holder, write_lock
from pipelines.errors import DataFolderBusy
from tests.support.held_folder import held_folder


def test_who_gives_up_reads_for_whom(tmp_path: Path) -> None:
    with (
        held_folder(tmp_path, "pib rebuild") as other,
        pytest.raises(DataFolderBusy, match=rf"pib rebuild \(process {other.pid}, since .*\) is writing"),
        write_lock(tmp_path, "pib night"),
    ):
        pytest.fail("the folder is held")


def test_who_waits_reads_once_for_whom_and_goes_on_when_the_holder_is_killed(tmp_path: Path) -> None:
    sentences: list[str] = []
    with held_folder(tmp_path, "pib night of 2026-11-20") as other:

        def on_wait(sentence: str) -> None:
            sentences.append(sentence)
            other.kill()

        with write_lock(tmp_path, "pib members import", on_wait=on_wait):
            assert len(sentences) == 1
            assert f"until pib night of 2026-11-20 (process {other.pid}" in sentences[0]
            assert f"pib members import (process {os.getpid()}" in str(find_holder(tmp_path))


def test_a_night_takes_the_lock_again_for_each_of_its_stages(tmp_path: Path) -> None:
    with write_lock(tmp_path, "pib night"):
        with write_lock(tmp_path, "a stage"):
            pass
        assert "pib night" in str(find_holder(tmp_path))


def test_a_holder_that_was_not_written_down_is_another_process(tmp_path: Path) -> None:
    assert find_holder(tmp_path) == "another process"
    (tmp_path / "night.lock.holder").write_bytes(b"half")
    assert find_holder(tmp_path) == "another process"
