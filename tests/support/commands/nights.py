"""What tests of whole nights share: `pib` in a process of its own, and what a night left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.commands.forked import ForkedProcess, run_forked
from tests.support.stores import workspace_at

PIB = "pipelines.cli.main"
NIGHT_LIBRARIES = (
    "pipelines.assets.night",
    "sentence_transformers",
    "pipelines.orchestrator.dead_runs",
    "dagster._core.execution.execute_in_process",
    "dagster._core.executor.in_process",
    "dagster._core.storage.sqlite_storage",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "holidays.countries",
)
"""What a night imports, with what Dagster and the calendar of holidays import once they are used: three seconds."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a data folder holds after a night: notices by uid, sizes of match results, letters by file name."""

    notices: tuple[str, ...]
    set_aside: tuple[str, ...]
    matches: int
    consortia: int
    letters: dict[str, bytes]


def run_pib(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `pib` by `python -m` in `folder`, where its pib.toml is."""
    return subprocess.run([sys.executable, "-m", PIB, *words], cwd=folder, capture_output=True, text=True, check=False)


def pib(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `pib` in `folder`, in a process whose libraries are imported already."""
    return run_forked(PIB, words, folder=folder, libraries=_libraries_of(words))


def start_pib(folder: Path, *words: str) -> ForkedProcess:
    """Starts `pib` in `folder` in a session of its own, so that all it started can be ended with it."""
    return ForkedProcess(PIB, words, folder=folder, libraries=_libraries_of(words))


def _libraries_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """What a command imports; only nights need the encoder and Dagster, whose import takes ten seconds."""
    return (PIB, *NIGHT_LIBRARIES) if words[0] == "night" else (PIB,)


def serve_pib(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Starts `pib serve` by `python -m` in `folder` in a session of its own; its output can be read as it comes."""
    return subprocess.Popen(
        [sys.executable, "-m", PIB, "serve", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def write_settings(folder: Path, model: Path, *, data: Path | None = None, more: str = "") -> Path:
    """A pib.toml that names the small model and, if given, the data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"model = {json.dumps(str(model))}", f"data = {json.dumps(str(data or folder / 'data'))}", more]
    (folder / "pib.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def what_is_left(data: Path) -> Left:
    """Reads the stores and the Maildir of a data folder."""
    workspace = workspace_at(data)
    with workspace.reading() as store:
        moment = store.load_as_of()
        match_results = store.load_match_results(moment.date()) if moment else ()
        notices = tuple(notice.uid for notice in store.load_notices())
        aside = tuple(
            f"{set_aside_notice.identifier}: {set_aside_notice.reason}" for set_aside_notice in store.load_set_aside()
        )
    return Left(
        notices=notices,
        set_aside=aside,
        matches=sum(len(match_result.matches) for match_result in match_results),
        consortia=sum(len(match_result.consortia) for match_result in match_results),
        letters={path.name: path.read_bytes() for path in sorted((workspace.maildir / "new").glob("*"))},
    )
