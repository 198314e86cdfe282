"""Names and coordinates of the places around Wallonia: NUTS codes (Regulation (EC) 1059/2003, edition 2024).

The table `nuts_places.csv` names a place in French, Dutch, English and German (its own name where it has one only),
and gives districts and French departments a point: their chief town, in degrees to a tenth (some 10 km, below the size
of a district). In the Netherlands and Germany one district stands for its province or region.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.codes.classifications import Nuts

_TABLE = Path(__file__).with_name("nuts_places.csv")
_LANGUAGES = ("fr", "nl", "en", "de")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the table.

    `names` are by two-letter language, empty where none is known; `point` is latitude and longitude in degrees (WGS
    84), None for places wider than a district; `department` is the French number ("59", "2A"), None elsewhere.
    """

    code: str
    names: Mapping[str, str]
    point: tuple[float, float] | None
    department: str | None


@cache
def shipped_places() -> Mapping[str, Place]:
    """The places of the table, by NUTS code."""
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: _place_from(row) for row in csv.DictReader(lines)}


def department_nuts(number: str) -> Nuts | None:
    """The place of a French department ("59" gives FRE11), None for one that is not known."""
    code = _codes_of_departments().get(number)
    return Nuts(code) if code else None


@cache
def _codes_of_departments() -> Mapping[str, str]:
    return {place.department: code for code, place in shipped_places().items() if place.department}


def _place_from(row: Mapping[str, str]) -> Place:
    names = {language: row[language] for language in _LANGUAGES if row[language]}
    point = (float(row["latitude"]), float(row["longitude"])) if row["latitude"] else None
    return Place(row["code"], names, point, row["department"] or None)
