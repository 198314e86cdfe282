"""Bytes of an answer become JSON values here, safely: characters that no text may hold and numbers that are none are
refused or replaced.

The meaning of a key is decided by the readers. The counterpart of xml.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, cast

# Half a surrogate pair, NUL and the other control characters that XML cannot hold: JSON can write them as escapes, and
# then no file, table or letter could store the word that has one.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"\\u(?:00[01]|[dD][89a-fA-F]|[fF]{3}[eEfF])|\\[bf]|[\ufffe\uffff]")


def parse_json(written: bytes | str, *, parse_float: Callable[[str], Any] | None = None) -> object:
    """The value, of whatever kind. A character that no text may hold is shown as U+FFFD.

    Raises ValueError with a reason for what is no JSON: cut off, another encoding, nested beyond reason, or a number
    that is none (NaN, Infinity).
    """
    try:
        text = written if isinstance(written, str) else written.decode(json.detect_encoding(written))
        found = cast("object", json.loads(text, parse_constant=_refuse_constant, parse_float=parse_float))
        return _speakable(found) if _ESCAPE.search(text) else found
    except RecursionError as error:
        raise ValueError("nested deeper than anything a publisher writes") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _speakable(node: object) -> object:
    """The same value with every word, keys included, made of characters."""
    if isinstance(node, str):
        return _UNSPEAKABLE.sub("\ufffd", node)
    if isinstance(node, list):
        return [_speakable(item) for item in cast("list[object]", node)]
    if isinstance(node, dict):
        return {_speakable(key): _speakable(value) for key, value in cast("dict[object, object]", node).items()}
    return node
