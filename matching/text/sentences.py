"""Sentences and list items of a text. Time grows with the length of the text, whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from matching.text.stopwords import word_lists

_BLANKS = re.compile(r"[^\S\r\n]+")
_END = re.compile(
    r"(?<=[.!?…])[\"»”)]?\s+(?=[\"«“(]?[A-ZÀ-ÖØ-Þ0-9\-–•])|[\r\n]+|"
    r" ?[;•▪●·]\s+|(?<=\s)[-–—]\s+(?=[A-ZÀ-Öa-zà-ö0-9])"
)
_BULLET = re.compile(r"^(?:[-–—•▪●·*>]+|\(?\d{1,2}[.)°]|\(?[a-z][.)])\s+")
_TAIL = 16
_LONGEST = 300


@cache
def _no_end() -> re.Pattern[str]:
    """What precedes a point that ends nothing: an abbreviation, an initial, a number."""
    words = "|".join(re.escape(word) for word in sorted(word_lists().abbreviations, key=lambda w: (-len(w), w)))
    return re.compile(rf"(?:^|[\s(«\"'’])(?:{words}|[A-Za-z]|\d+)$", re.IGNORECASE)


def split_sentences(text: str) -> Iterator[str]:
    """Sentences and list items of a text, without their bullets. A point after an abbreviation of the four languages,
    an initial or a number ends nothing."""
    text = _BLANKS.sub(" ", text)
    pending: list[str] = []
    at = 0
    for end in [*_END.finditer(text), None]:
        piece = text[at : end.start() if end else len(text)]
        joint = end[0] if end else "\n"
        at = end.end() if end else len(text)
        pending.append(piece)
        if "\n" not in joint and "\r" not in joint and _ends_nothing(piece):
            pending.append(joint)
            continue
        if sentence := _BULLET.sub("", " ".join("".join(pending).split())).strip():
            yield sentence
        pending = []


def _ends_nothing(piece: str) -> bool:
    """Whether the point at the end of the piece belongs to an abbreviation."""
    bare = piece[-_TAIL:].rstrip('"»”) ')
    return bare.endswith(".") and _no_end().search(bare[-14:-1]) is not None


def shorten(sentence: str) -> str:
    """On one line, cut at a word where it is longer than readers read."""
    whole = " ".join(sentence.split())
    return whole if len(whole) <= _LONGEST else whole[:_LONGEST].rsplit(" ", 1)[0] + "…"
