"""What every room's tests share: where the shared material lies, and how Hypothesis draws.

Examples are drawn the same way each time, so that a failure on one machine is a failure on every machine; for a search
of new ones, run with HYPOTHESIS_PROFILE=search.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real notices, recordings, code lists and benchmarks beside the project; skips when absent."""
    if not (SHARED / "README.md").is_file():
        pytest.skip("../shared is absent: this test reads real notices from it")
    return SHARED
