"""TED's expert query, as far as a crawler needs it: clauses joined by AND, and a SORT BY.

The grammar is the publisher's; what this portal does not understand it refuses as the publisher refuses an error of
syntax, so that a spider cannot come to rely on a query that was never checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from operator import eq, ge, gt, le, lt, ne
from typing import cast

from scrapers.sandbox.published_notices import TedNotice

_WORD = re.compile(r"\s*(>=|<=|!=|=|>|<|\(|\)|\"[^\"]*\"|today\(-?\d*\)|[A-Za-z0-9_.*:+-]+)")
_OPERATORS = {">=", "<=", "!=", "=", ">", "<"}

Test = Callable[[TedNotice], bool]


class QueryError(Exception):
    """A query the publisher answers with 400: `kind` is its error type, the message states where."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: which notices are selected, and in which order."""

    tests: tuple[Test, ...]
    sort_field: str
    descending: bool

    def select(self, notices: tuple[TedNotice, ...]) -> list[TedNotice]:
        """The notices that pass every test, in order."""
        found = [notice for notice in notices if all(test(notice) for test in self.tests)]
        if self.sort_field == "publication-date":
            return sorted(found, key=lambda notice: (notice.day, notice.rank), reverse=self.descending)
        return sorted(found, key=lambda notice: notice.rank, reverse=self.descending)


def read_query(written: str, known: frozenset[str], today: date) -> Query:
    """Parse a query over the `known` field names. Raises QueryError."""
    words = _split(written)
    tests: list[Test] = []
    while words and words[0].upper() != "SORT":
        tests.append(_read_clause(words, known, today))
        if words and words[0].upper() == "AND":
            words.pop(0)
            if not words or words[0].upper() == "SORT":
                raise _syntax("a clause is missing after AND")
        elif words and words[0].upper() != "SORT":
            raise _syntax(f"AND or SORT BY expected before {words[0]!r}")
    field, descending = _read_sort(words)
    return Query(tuple(tests), field, descending)


def _split(written: str) -> list[str]:
    words: list[str] = []
    at = 0
    while at < len(written.rstrip()):
        found = _WORD.match(written, at)
        if not found:
            raise _syntax(f"{written[at : at + 12]!r} at position {at}")
        words.append(found[1])
        at = found.end()
    return words


def _read_sort(words: list[str]) -> tuple[str, bool]:
    if not words:
        return "publication-number", False
    if len(words) not in (3, 4) or words[1].upper() != "BY" or (len(words) == 4 and words[3].upper() not in _ORDERS):
        raise _syntax(f"SORT BY <field> [ASC|DESC] expected, found {' '.join(words)!r}")
    if words[2] not in ("publication-number", "publication-date"):
        raise _syntax(f"this portal sorts by publication-number or publication-date, not by {words[2]!r}")
    return words[2], len(words) == 4 and words[3].upper() == "DESC"


_ORDERS = {"ASC", "DESC"}


def _read_clause(words: list[str], known: frozenset[str], today: date) -> Test:
    field = words.pop(0)
    if field in _OPERATORS or field in "()":
        raise _syntax(f"a field name expected, found {field!r}")
    if not words:
        raise _syntax(f"an operator is missing after {field!r}")
    if field not in known:
        raise QueryError("QUERY_UNKNOWN_FIELD", f"unknown field {field!r} in the query")
    operator = words.pop(0)
    negated = operator.upper() == "NOT" and bool(words) and words[0].upper() == "IN"
    if negated:
        operator = words.pop(0)
    if operator.upper() == "IN":
        return _is_among(field, _read_list(words, field), negated)
    if operator not in _OPERATORS or not words or words[0] in "()":
        raise _syntax(f"an operator and a value expected after {field!r}")
    return _compares(field, operator, words.pop(0).strip('"'), today)


def _read_list(words: list[str], field: str) -> frozenset[str]:
    if not words or words.pop(0) != "(" or ")" not in words:
        raise _syntax(f"{field} IN needs values between brackets, separated by spaces")
    end = words.index(")")
    values = frozenset(word.strip('"') for word in words[:end])
    del words[: end + 1]
    if not values:
        raise _syntax(f"{field} IN () holds no value")
    return values


def _is_among(field: str, values: frozenset[str], negated: bool) -> Test:
    return lambda notice: bool(values & spread(notice.row.get(field))) is not negated


def _compares(field: str, operator: str, value: str, today: date) -> Test:
    if field == "publication-date":
        return _compares_day(operator, value, today)
    if operator not in ("=", "!="):
        raise QueryError("QUERY_INVALID_FIELD_FORMAT", f"{field} cannot be compared with {operator}")
    return lambda notice: (value in spread(notice.row.get(field))) is (operator == "=")


def _compares_day(operator: str, value: str, today: date) -> Test:
    day = _read_day(value, today)
    if day is None:
        # Several malformed dates are no error at TED: they find nothing (eForms-SDK, issue 1390).
        return lambda _: False
    holds = _HOLDS[operator]
    return lambda notice: holds(notice.day, day)


_HOLDS: dict[str, Callable[[date, date], bool]] = {
    ">=": ge,
    "<=": le,
    ">": gt,
    "<": lt,
    "=": eq,
    "!=": ne,
}


def _read_day(value: str, today: date) -> date | None:
    if value.startswith("today("):
        return today + timedelta(days=int(value[6:-1] or 0))
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:])) if len(value) == 8 else None
    except ValueError:
        return None


def spread(value: object) -> frozenset[str]:
    """Every string inside a row's value, whatever its shape."""
    if value is None:
        return frozenset()
    if isinstance(value, dict):
        return frozenset(text for inner in cast("dict[str, object]", value).values() for text in spread(inner))
    if isinstance(value, list):
        return frozenset(text for inner in cast("list[object]", value) for text in spread(inner))
    return frozenset((str(value),))


def _syntax(message: str) -> QueryError:
    return QueryError("QUERY_SYNTAX_ERROR", message)
