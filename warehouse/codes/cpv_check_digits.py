"""Check digits of CPV codes (Regulation (EC) 213/2008): a list of those of frequent ICT codes, because the rule that
computes them was never published. A code that is not in the list has an unknown digit."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from warehouse.codes.classifications import Cpv

_TABLE = Path(__file__).with_name("cpv_check_digits.csv")


def cpv_check_digit(cpv: Cpv) -> int | None:
    """The ninth digit of a code, 0 to 9; None where it is not known."""
    return _digits().get(cpv.code)


@cache
def _digits() -> dict[str, int]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: int(row["digit"]) for row in csv.DictReader(file)}
