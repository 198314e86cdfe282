"""What every room's tests share: where the shared material lies, and how Hypothesis draws.

Examples are drawn the same way each time, so that a failure on one machine is a failure on every machine; for a search
of new ones, run with HYPOTHESIS_PROFILE=search.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.commands.forked import serving
from tests.support.once import make_once
from tests.support.small_model import write_small_model

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Tests start many processes. Each would compile the project again where this variable is set, 0.3 to 0.7 s of work.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

SHARED = Path(__file__).resolve().parents[2] / "shared"


LONG = ("test_killed_night", "test_faults", "test_night", "test_cli", "test_backfill", "test_three_portals")
"""Modules of whole nights. They begin first, so that no worker is left alone with one at the end."""


def pytest_configure(config: pytest.Config) -> None:
    """One server of forked processes for the session; its workers find it by the environment."""
    stack = ExitStack()
    config.add_cleanup(stack.close)
    stack.enter_context(serving())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first, in the order of LONG; the others as they were found."""
    rank = {name: at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONG)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real notices, recordings, code lists and benchmarks beside the project; skips when absent."""
    if not (SHARED / "README.md").is_file():
        pytest.skip("../shared is absent: this test reads real notices from it")
    return SHARED


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of the session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def small_model(session_folder: Path) -> Path:
    """A model folder with small random weights; no test writes to it."""
    return make_once(session_folder, "small-model", write_small_model) / "model"
