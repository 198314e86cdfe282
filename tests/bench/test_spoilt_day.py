"""A day of records, one in twenty spoilt at a random place, costs the spoilt ones and no other."""

from __future__ import annotations

import pytest

from bench.spoilt import SHAPES, Shape, measure


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.source)
def test_one_bad_record_costs_one_record(shape: Shape):
    day = measure(shape, 400, 0.05, seed=7)
    assert (day.spoilt, day.lost, day.silent, day.stops) == (20, 0, 0, [])
    assert day.set_aside > 0
