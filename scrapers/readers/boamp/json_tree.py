"""BOAMP's XML turned to JSON, walked safely: one-element lists collapse and leaves are words or {"@attr", "#text"},
differently from one platform to the next (26-79589 and 26-79592 differ in cbc:UBLVersionID alone).

Only the walk is here; the meaning of a path is defined where it is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from scrapers.errors import Unknown, Unreadable
from scrapers.safe_formats.json import parse_json

Node = Mapping[str, object]


def read_json(written: str, field: str) -> Node:
    """The object a JSON-in-string field holds. Raises Unreadable."""
    try:
        found = parse_json(written)
    except ValueError as error:
        raise Unreadable(f"{field} holds no JSON ({error}): {written[:120]!r}") from error
    if not isinstance(found, dict):
        raise Unreadable(f"{field} holds no JSON object: {written[:120]!r}")
    return cast("Node", found)


def as_list(node: object) -> list[object]:
    """What may have been a list of one: [] for nothing, the list itself, or a list of it."""
    if node is None or node == "":
        return []
    return cast("list[object]", node) if isinstance(node, list) else [node]


_TWICE = re.compile(r"&amp;(#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos|nbsp|eacute|egrave|agrave);)")


def once_escaped(written: str) -> str:
    """The words with what was escaped twice escaped once ("d&amp;#039;eau"); readers undo the one."""
    return _TWICE.sub(r"&\1", written) if "&amp;" in written else written


def text(node: object) -> str | None:
    """The text of a leaf, in either form; None when it is empty. Raises Unknown for what is no leaf."""
    if isinstance(node, dict):
        node = cast("Node", node).get("#text")
    if node is None:
        return None
    if isinstance(node, str | int | float) and not isinstance(node, bool):
        return once_escaped(str(node).strip()) or None
    raise Unknown(f"words expected, {str(node)[:120]} found; add them to the reader this shape")


def down(node: object, *path: str) -> object:
    """What lies along a path, the first where there are several; None where it ends early."""
    for name in path:
        first = next(iter(as_list(node)), None)
        if not isinstance(first, dict):
            return None
        node = cast("Node", first).get(name)
    return node


def words(node: object, *path: str) -> str | None:
    """The text of the leaf along a path, None when there is none."""
    return next((text(leaf) for leaf in as_list(down(node, *path))), None)


def nodes(node: object) -> Iterator[Node]:
    """Every object within, however deep, the outer before the inner, in the order written."""
    for item in as_list(node):
        if isinstance(item, dict):
            inner = cast("Node", item)
            yield inner
            for value in inner.values():
                yield from nodes(value)


def leaves(node: object, name: str | None = None) -> Iterator[str]:
    """The text of every leaf, or of every leaf of that name, however deep."""
    for inner in nodes(node):
        for key, value in inner.items():
            if name is None or key == name:
                yield from (value for leaf in as_list(value) if isinstance(leaf, str) and (value := text(leaf)))
