"""Which titles show that a notice is a mere test of a publisher's software, in the four languages and a few more.

Only words that mean nothing else count: "International progress test" (TED 628677-2021) is a purchase, and so is a test
bench.
"""

from __future__ import annotations

import re

_ALONE = re.compile(
    r"\W*(?:e-?forms?\W*)?(?:test|tests|essai|essais|proef|probe|prova|prueba|teszt)(?:\W*\d+|\W*(?:test|e-?forms?|only))*\W*",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\bthis is (?:only )?a test\b|\b(?:just )?a test notice\b|\btest notice\b|\bplease (?:ignore|disregard)\b"
    r"|\bavis (?:de )?test\b|\bceci est un (?:test|essai)\b|\bne pas (?:tenir compte|répondre)\b"
    r"|\bdit is een test\b|\btest ?(?:aankondiging|publicatie)\b|\bgelieve te negeren\b"
    r"|\btest ?bekanntmachung\b|\bdies ist ein test\b|\bbitte (?:ignorieren|nicht beachten)\b",
    re.IGNORECASE,
)


def is_dummy(title: str) -> bool:
    """Whether a title shows that the notice is a test."""
    return bool(_ALONE.fullmatch(title) or _STATED.search(title))
