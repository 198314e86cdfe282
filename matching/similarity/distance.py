"""Distances between places of the NUTS, in kilometres: districts by their chief town, wider places by the middle of
theirs. The weight of nearness is in the fit."""

from __future__ import annotations

import math
from functools import cache

from warehouse.codes.classifications import Nuts
from warehouse.codes.nuts_places import shipped_places

_EARTH_RADIUS = 6371
"""Kilometres, the mean radius."""


@cache
def kilometres(first: Nuts, second: Nuts) -> float | None:
    """Great-circle kilometres between the middles of two places (haversine formula).

    0 where one lies in the other, None where a place is not known.
    """
    if first.within(second) or second.within(first):
        return 0.0
    start, end = _middle(first), _middle(second)
    if start is None or end is None:
        return None
    north, east = map(math.radians, start)
    other_north, other_east = map(math.radians, end)
    half = (
        math.sin((north - other_north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((east - other_east) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))


@cache
def _middle(place: Nuts) -> tuple[float, float] | None:
    """Degrees north and east of a district, or the mean of the districts within; of the province for a district that
    is not listed."""
    points = [(code, entry.point) for code, entry in shipped_places().items() if entry.point is not None]
    for length in (5, 4):
        inside = [point for code, point in points if code.startswith(place.code[:length])]
        if inside and (length == 5 or len(place.code) == 5):
            return sum(north for north, _ in inside) / len(inside), sum(east for _, east in inside) / len(inside)
    return None
