"""Frozen values as the lists and structs of a table, and back: one rule for every class of match results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

LOT = "lot_uid"
"""The field that every part of a result repeats: it is a column of its own, and no part's."""


def to_plain(value: Any) -> Any:
    """The value with its dataclasses as dicts by field and its tuples as lists, to any depth, without the field LOT."""
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if hasattr(type(value), "__dataclass_fields__"):
        return {name: to_plain(getattr(value, name)) for name in value.__slots__ if name != LOT}
    return value


def from_plain(kind: Any, plain: Any, lot_uid: str) -> Any:
    """The value of the type `kind` (a dataclass, or a tuple of them) that `to_plain` made `plain` of; `lot_uid` is the
    field LOT of its outermost dataclasses."""
    return _reader(kind)(plain, lot_uid)


@cache
def _reader(kind: Any) -> Callable[[Any, str], Any]:
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if get_origin(kind) is tuple:
        read_item = _reader(get_args(kind)[0])
        return lambda plain, lot: tuple([read_item(item, lot) for item in plain])
    if get_origin(kind) in {Union, UnionType}:  # of a value and None
        read_value = _reader(get_args(kind)[0])
        return lambda plain, lot: None if plain is None else read_value(plain, lot)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda plain, _lot: kind(plain)
    return lambda plain, _lot: plain


def _dataclass_reader(kind: Any) -> Callable[[Any, str], Any]:
    hints = get_type_hints(kind)
    names = [name for name in kind.__slots__ if name != LOT]
    fields = [(name, _reader(hints[name])) for name in names]
    if LOT in kind.__slots__:
        return lambda plain, lot: kind(**{LOT: lot}, **{name: read(plain[name], lot) for name, read in fields})
    return lambda plain, lot: kind(**{name: read(plain[name], lot) for name, read in fields})
