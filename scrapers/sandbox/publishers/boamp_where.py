"""The `where` and `order_by` of a data set, as far as a crawler needs them (Opendatasoft's query language)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from scrapers.sandbox.fields import BOAMP_FIELDS

Flat: TypeAlias = Mapping[str, object]
Test: TypeAlias = Callable[[Flat], bool]

_WORD = re.compile(
    r"\s*(date'[^']*'|'[^']*'|\"[^\"]*\"|>=|<=|!=|<>|=|>|<|\(|\)|,|[A-Za-z_][A-Za-z0-9_]*|-?\d+)", re.IGNORECASE
)


class WhereError(Exception):
    """A condition the publisher answers with 400."""


def read_where(written: str, fields: frozenset[str] = BOAMP_FIELDS) -> Test:
    """A test over flat records of these fields. Raises WhereError. An empty condition is true of all."""
    words = _split(written)
    if not words:
        return lambda _: True
    test = _read_any(words, fields)
    if words:
        raise WhereError(f"unexpected {words[0]!r} in where")
    return test


def read_order(written: str, fields: frozenset[str] = BOAMP_FIELDS) -> list[tuple[str, bool]]:
    """[(field, descending)] of an order_by. Raises WhereError."""
    keys: list[tuple[str, bool]] = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        name, _, direction = part.partition(" ")
        if name not in fields or direction.strip().lower() not in ("", "asc", "desc"):
            raise WhereError(f"order_by {part!r}: unknown field or direction")
        keys.append((name, direction.strip().lower() == "desc"))
    return keys


def _split(written: str) -> list[str]:
    words: list[str] = []
    at = 0
    while at < len(written.rstrip()):
        found = _WORD.match(written, at)
        if not found:
            raise WhereError(f"cannot read {written[at : at + 15]!r} at position {at} of where")
        words.append(found[1])
        at = found.end()
    return words


def _is(words: list[str], keyword: str) -> bool:
    if words and words[0].lower() == keyword:
        words.pop(0)
        return True
    return False


def _read_any(words: list[str], fields: frozenset[str]) -> Test:
    tests = [_read_all(words, fields)]
    while _is(words, "or"):
        tests.append(_read_all(words, fields))
    return lambda flat: any(test(flat) for test in tests)


def _read_all(words: list[str], fields: frozenset[str]) -> Test:
    tests = [_read_one(words, fields)]
    while _is(words, "and"):
        tests.append(_read_one(words, fields))
    return lambda flat: all(test(flat) for test in tests)


def _read_one(words: list[str], fields: frozenset[str]) -> Test:
    if _is(words, "not"):
        inner = _read_one(words, fields)
        return lambda flat: not inner(flat)
    if _is(words, "("):
        inner = _read_any(words, fields)
        if not _is(words, ")"):
            raise WhereError("a closing bracket is missing in where")
        return inner
    return _read_comparison(words, fields)


def _read_comparison(words: list[str], fields: frozenset[str]) -> Test:
    if len(words) < 3:
        raise WhereError(f"a comparison is incomplete: {' '.join(words)!r}")
    name, operator = words.pop(0), words.pop(0).lower()
    if name not in fields:
        raise WhereError(f"Unknown field: {name}")
    if operator == "is":
        negated = _is(words, "not")
        if not _is(words, "null"):
            raise WhereError(f"{name} is … must end with null")
        return lambda flat: (flat.get(name) is None) is not negated
    if operator == "in":
        among = _read_values(words)
        return lambda flat: bool(among & set(_spread(flat.get(name))))
    if operator not in _COMPARE:
        raise WhereError(f"unknown operator {operator!r}")
    compare, value = _COMPARE[operator], _value(words.pop(0))
    if operator in ("!=", "<>"):
        # As in SQL, a null is neither equal nor different.
        return lambda flat: flat.get(name) is not None and value not in _spread(flat.get(name))
    return lambda flat: any(compare(text, value) for text in _spread(flat.get(name)))


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=": lambda mine, wanted: mine == wanted,
    "!=": lambda mine, wanted: mine != wanted,
    "<>": lambda mine, wanted: mine != wanted,
    ">=": lambda mine, wanted: mine >= wanted,
    "<=": lambda mine, wanted: mine <= wanted,
    ">": lambda mine, wanted: mine > wanted,
    "<": lambda mine, wanted: mine < wanted,
}


def _read_values(words: list[str]) -> set[str]:
    if not _is(words, "(") or ")" not in words:
        raise WhereError("in needs values between brackets")
    end = words.index(")")
    values = {_value(word) for word in words[:end] if word != ","}
    del words[: end + 1]
    return values


def _value(word: str) -> str:
    if word.lower().startswith("date'"):
        return word[5:-1]
    if word[0] in "'\"" or word.lstrip("-").isdigit():
        return word.strip("'\"")
    raise WhereError(f"{word!r} is no value; quote texts, and write days as date'2026-11-20'")


def _spread(value: object) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else [str(value)]
