"""How far apart places of the NUTS are, in kilometres: districts by their seat, wider places by the middle of theirs.

Here belongs the table of the world, for Belgium, France, Luxembourg and the regions across their borders. What nearness
is worth belongs to the fit.
"""

from __future__ import annotations

import math
from functools import cache

from matching.similarity.places import department_seats
from warehouse.codes.classifications import Nuts

_DEPARTMENTS = """
FR10 1:75 2:77 3:78 4:91 5:92 6:93 7:94 8:95|FRB0 1:18 2:28 3:36 4:37 5:41 6:45|FRC1 1:21 2:58 3:71 4:89
FRC2 1:25 2:39 3:70 4:90|FRD1 1:14 2:50 3:61|FRD2 1:27 2:76|FRE1 1:59 2:62|FRE2 1:02 2:60 3:80|FRF1 1:67 2:68
FRF2 1:08 2:10 3:51 4:52|FRF3 1:54 2:55 3:57 4:88|FRG0 1:44 2:49 3:53 4:72 5:85|FRH0 1:22 2:29 3:35 4:56
FRI1 1:24 2:33 3:40 4:47 5:64|FRI2 1:19 2:23 3:87|FRI3 1:16 2:17 3:79 4:86|FRJ1 1:11 2:30 3:34 4:48 5:66
FRJ2 1:09 2:12 3:31 4:32 5:46 6:65 7:81 8:82|FRK1 1:03 2:15 3:43 4:63|FRK2 1:01 2:07 3:26 4:38 5:42 6:69 7:73 8:74
FRL0 1:04 2:05 3:06 4:13 5:83 6:84|FRM0 1:2A 2:2B|FRY1 0:971|FRY2 0:972|FRY3 0:973|FRY4 0:974|FRY5 0:976
"""
"""French departments by the last sign of their NUTS code."""

# Code, degrees north, degrees east, to a tenth, as in fit/places.py.
_SEATS = """
BE100 50.8 4.4|BE211 51.2 4.4|BE212 51.0 4.5|BE213 51.3 4.9|BE223 50.8 5.5|BE224 50.9 5.3|BE225 51.1 5.8|BE231 50.9 4.0
BE232 51.0 4.1|BE233 51.2 3.6|BE234 51.1 3.7|BE235 50.8 3.6|BE236 51.2 4.1|BE241 50.9 4.3|BE242 50.9 4.7|BE251 51.2 3.2
BE252 51.0 2.9|BE253 50.9 2.9|BE254 50.8 3.3|BE255 51.2 2.9|BE256 50.9 3.1|BE257 51.0 3.3|BE258 51.1 2.7|BE310 50.6 4.3
BE323 50.5 4.0|BE328 50.6 3.4|BE329 50.5 4.2|BE32A 50.6 3.8|BE32B 50.4 4.4|BE32C 50.6 4.1|BE32D 50.3 4.3|BE331 50.5 5.2
BE332 50.6 5.6|BE334 50.7 5.3|BE335 50.6 5.9|BE336 50.6 6.0|BE341 49.7 5.8|BE342 50.0 5.7|BE343 50.2 5.3|BE344 49.8 5.4
BE345 49.6 5.5|BE351 50.3 4.9|BE352 50.5 4.9|BE353 50.2 4.5|LU000 49.6 6.1
NL111 53.2 6.6|NL121 53.2 5.8|NL131 53.0 6.6|NL211 52.5 6.1|NL221 52.0 5.9|NL231 52.5 5.5|NL311 52.1 5.1|NL321 52.4 4.6
NL331 52.1 4.3|NL341 51.5 3.6|NL411 51.7 5.3|NL421 50.9 5.7|DEA11 51.2 6.8|DEA21 50.9 7.0|DEA31 52.0 7.6|DEA41 52.0 8.5
DEA51 51.4 7.5|DEB11 50.4 7.6|DEB21 49.8 6.6|DEB31 49.5 8.2|DEC01 49.2 7.0
"""
"""Districts; in the Netherlands and Germany one stands for its province or region."""


@cache
def _seats() -> dict[str, tuple[float, float]]:
    departments = department_seats()
    seats = {
        nuts: (float(north), float(east))
        for nuts, north, east in (row.split() for row in _SEATS.replace("\n", "|").split("|") if row)
    }
    return seats | {nuts: departments[number] for number, nuts in _nuts_of_departments().items()}


@cache
def _nuts_of_departments() -> dict[str, str]:
    rows = (row.split() for row in _DEPARTMENTS.replace("\n", "|").split("|") if row)
    return {pair[2:]: region + pair[0] for region, *pairs in rows for pair in pairs}


def department_nuts(number: str) -> Nuts | None:
    """The place of a French department ("59" gives FRE11), None for one that is not known."""
    code = _nuts_of_departments().get(number)
    return Nuts(code) if code else None


@cache
def kilometres(one: Nuts, other: Nuts) -> float | None:
    """Between the middles of two places; 0 where one lies in the other, None where a place is not known."""
    if one.within(other) or other.within(one):
        return 0.0
    ours, theirs = _middle(one), _middle(other)
    if ours is None or theirs is None:
        return None
    north, east = (math.radians(one) for one in ours)
    there, away = (math.radians(one) for one in theirs)
    half = math.sin((north - there) / 2) ** 2 + math.cos(north) * math.cos(there) * math.sin((east - away) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(min(1.0, half)))


@cache
def _middle(place: Nuts) -> tuple[float, float] | None:
    """The seat of a district, or the mean of the seats within; that of the province for a district not listed."""
    seats = _seats()
    for length in (5, 4):
        inside = [seat for code, seat in seats.items() if code.startswith(place.code[:length])]
        if inside and (length == 5 or len(place.code) == 5):
            return sum(north for north, _ in inside) / len(inside), sum(east for _, east in inside) / len(inside)
    return None
