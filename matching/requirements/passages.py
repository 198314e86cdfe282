"""The passages of a lot: its texts and where each is written, each in one language.

Which words of a notice are about a lot. What they require is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from matching.text.language import language_of, two_letters
from warehouse.model.notices import OpenLot, Text

_PREFERENCE = ("fr", "nl", "en", "de", "")
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9 ._/\-–:°()]*", re.I)
_LOT_WORD = re.compile(
    r"\b(?:lots?|perceel|percelen|los|lose|n°|no|nr|ref|réf|marché|opdracht|lot unique|enig|unique)\b[. :°-]*", re.I
)


class PassagePlace(StrEnum):
    """Where in a notice a passage is."""

    TITLE = "title"
    DESCRIPTION = "description"
    SELECTION = "selection"
    EXECUTION = "execution"


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in one place; `code` is the publisher's for a criterion ("slc-abil-ref-services", "tp-abil")."""

    place: PassagePlace
    text: Text
    code: str | None = None


def passages_of(open_lot: OpenLot) -> tuple[Passage, ...]:
    """All texts about the lot, its own and its notice's, each once and in one language: French first, as a Belgian
    federal notice has the same content in two to four. Award criteria measure tenders and require nothing."""
    return tuple(_once(_passages(open_lot)))


def _passages(open_lot: OpenLot) -> Iterator[Passage]:
    lot, notice = open_lot.lot, open_lot.notice
    for texts in (lot.titles, notice.titles):
        yield from (Passage(PassagePlace.TITLE, text) for text in in_one_language(texts))
    for texts in (lot.descriptions, notice.descriptions):
        yield from (Passage(PassagePlace.DESCRIPTION, text) for text in in_one_language(texts))
    for criterion in lot.criteria:
        if criterion.use in ("selection", "execution"):
            texts = in_one_language(criterion.texts) or (Text(""),)
            yield from (Passage(PassagePlace(criterion.use), text, criterion.kind) for text in texts)


def _once(passages: Iterable[Passage]) -> Iterator[Passage]:
    seen: set[tuple[str, str | None]] = set()
    for passage in passages:
        key = (" ".join(passage.text.value.split()).lower(), passage.code)
        if key not in seen and any(key):
            seen.add(key)
            yield passage


def in_one_language(texts: Iterable[Text]) -> tuple[Text, ...]:
    """The texts in the first preferred language that is among them."""
    read = [(two_letters(t.language) if t.language else language_of(t), t) for t in texts]
    first = min((_PREFERENCE.index(language) for language, _ in read), default=0)
    return tuple(t for language, t in read if _PREFERENCE.index(language) == first)


def says_something(title: str) -> bool:
    """False for titles that are only a reference or a lot number ("DMOW/MT/03110 - 1", "Lot 2", "Perceel 1")."""
    left = _LOT_WORD.sub(" ", title).strip(" .:-–—_")
    words = re.findall(r"[^\W\d_]{4,}", left)
    if not words:
        return False
    return not (
        _REFERENCE.fullmatch(left) and (re.search(r"[\d/_]", left) is not None) and all(w.isupper() for w in words)
    )
