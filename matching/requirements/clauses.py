"""The sentences of a lot's passages that are about this lot, each with its heading.

A notice states in one paragraph what it requires for lot 1 and for lot 2 (TED 107394-2020 requires 16 million of
turnover for the one and 1 million for the other): what names other lots only is not this lot's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matching.requirements.passages import Passage
from matching.text.sentences import split_sentences
from warehouse.model.notices import OpenLot

_JOIN = r"\s?(?:,|/|&|-|à|et|en|und|and|t/m|bis|to)\s?(?:(?:pour )?(?:les? )?(?:lots?|los|perceel) )?(?:n[°oº] ?)?"
_LOTS = re.compile(
    rf"\b(?:lots?|lose?|losen|percee?l|percelen)\s?(?:n[°oºr]{{0,2}}\.?\s?)?(\d{{1,3}}(?:{_JOIN}\d{{1,3}}\b){{0,9}})(?![\d.]\d)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d{1,3})\s?(?:à|-|t/m|bis|to)\s?(?:n[°oº] ?)?(\d{1,3})", re.IGNORECASE)
_UNDER = 14
"""Items that may be under one heading."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence; `heading` is the last one before it that ended with a colon, empty when there was none."""

    text: str
    heading: str = ""


def own_number(open_lot: OpenLot) -> int | None:
    """The number of this lot in the notice's words: of its title ("SEA 40 kW - Los 4"), else of its id."""
    for title in open_lot.lot.titles:
        if lots_match := _LOTS.search(title.value):
            return int(re.match(r"\d+", lots_match[1])[0])  # pyright: ignore[reportOptionalSubscript]
    digits = re.findall(r"\d+", open_lot.lot.id[-9:])
    return (int(digits[-1]) or None) if digits else None


def clauses(passage: Passage, own: int | None) -> Iterator[Clause]:
    """The sentences of a passage in their order, without those about other lots."""
    heading, under = "", 0
    scope: frozenset[int] = frozenset()
    for sentence in split_sentences(passage.text.value):
        named = lots_named(sentence)
        if own is not None and named and own not in named:
            scope = named if _is_heading(sentence) else scope
            continue
        if _is_heading(sentence) and named:
            scope = named
        if own is not None and scope and own not in scope and not named:
            continue
        yield Clause(sentence, heading if under else "")
        heading, under = (sentence, _UNDER) if sentence.endswith(":") else (heading, max(0, under - 1))


def lots_named(sentence: str) -> frozenset[int]:
    """The numbers of the lots a sentence names."""
    found: set[int] = set()
    for hit in _LOTS.finditer(sentence):
        for first, last in _RANGE.findall(hit[1]):
            found.update(range(int(first), int(last) + 1))
        found.update(int(number) for number in re.findall(r"\d+", hit[1]))
    return frozenset(found)


def _is_heading(sentence: str) -> bool:
    """ "Pour le lot 1:", "Lot 1 (section 5) et lot 2:", "Los 2"."""
    lots_match = _LOTS.search(sentence)
    return (
        lots_match is not None
        and lots_match.start() <= 12
        and (sentence.endswith(":") or len(sentence) - lots_match.end() < 3)
    )
