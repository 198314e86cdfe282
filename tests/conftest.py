"""Fixtures every room's tests share: where the shared material lies."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real notices, recordings, code lists and benchmarks beside the project; skips when absent."""
    if not (SHARED / "README.md").is_file():
        pytest.skip("../shared is absent: this test reads real notices from it")
    return SHARED
