"""Numbers as publishers write them: amounts and counts, within plausible bounds.

A decimal may be written in ten characters and take a gigabyte to spell out ("1E+999999999"), and int() takes the digits
of every script and a minute for a million of them: only these two functions turn a notice's words into numbers.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_LONGEST = 40
_LARGEST = 24
"""Digits before the point: a million times the wealth of the world."""
_FINEST = -12


def read_amount(written: str) -> Decimal | None:
    """An amount of money, or any quantity that may have decimals; None for what is none."""
    if len(written) > _LONGEST or not written.isascii():
        return None
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount.adjusted() > _LARGEST or int(amount.as_tuple().exponent) < _FINEST:
        return None
    return amount


_SPACES = re.compile(r"[\s\u00a0\u202f]|€|EUR", re.IGNORECASE)
_COMMA_LAST = re.compile(r"-?\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d*|-?\d{1,3}(?:,\d{3}){2,}")
_POINTS = re.compile(r"-?\d{1,3}(?:\.\d{3}){2,}")


def read_written_amount(written: str) -> Decimal | None:
    """An amount as people write it: "1 200,50", "1.200,50", "1,200.50", "1200 €". None for what is none, and for what
    means two things: "1,200" is twelve hundred or one and a fifth."""
    digits = _SPACES.sub("", written)
    if _COMMA_LAST.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    elif _POINTS.fullmatch(digits):
        digits = digits.replace(".", "")
    return read_amount(digits)


def read_count(written: str | None) -> int | None:
    """A count or a running number, at most nine digits; None for what is none."""
    digits = (written or "").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 9 else None
