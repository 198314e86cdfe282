"""Claims about estimates: none before something is known, and never the work of an earlier run taken for this one's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.backfill.eta import ENOUGH, Eta


@pytest.mark.parametrize(("done", "elapsed"), [(0.0, 600.0), (30.0, 600.0), (40.0, ENOUGH / 2)])
def test_nothing_is_printed_while_nothing_is_known(done: float, elapsed: float):
    assert Eta(total=100, began_at=30, done=done).describe(elapsed) == "time left not known yet"


def test_what_an_earlier_run_did_makes_this_one_no_faster():
    assert Eta(total=100, began_at=90, done=95).left(600) == 600


@given(st.floats(1, 1e6), st.floats(0, 1), st.floats(0, 1), st.floats(ENOUGH, 1e6))
def test_an_estimate_is_never_negative_and_nothing_at_the_end(total: float, a: float, b: float, elapsed: float):
    began, done = sorted((a * total, b * total))
    left = Eta(total, began, done).left(elapsed)
    assert left is None or left >= 0
    assert Eta(total, began, total).left(elapsed) in {0.0, None}


@pytest.mark.parametrize(
    ("elapsed", "expected"), [(40, "about 40 s left"), (600, "about 10 min left"), (36_000, "about 10.0 h left")]
)
def test_an_estimate_is_as_rough_as_it_is_known(elapsed: float, expected: str):
    assert Eta(total=2, began_at=0, done=1).describe(elapsed) == expected
