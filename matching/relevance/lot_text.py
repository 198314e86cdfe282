"""A lot as one text with its codes: what a member's statements are compared with as a whole.

Which words of a notice represent a lot. Its parts are in requirements/facets.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matching.requirements.ict import ict_of, theme_of
from matching.requirements.passages import in_one_language, says_something
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.notices import OpenLot, Text
from warehouse.model.requirements import IctRelevance

LENGTH = 1500
"""Characters of the text: about 400 tokens, below what the encoder reads."""
CODES = 20
"""CPV codes that are read of one lot, the main one first."""
_LITTLE = 60
"""Characters of a lot's own description below which its notice's is read too (TED 428003-2024: "zie
opdrachtdocument")."""


@dataclass(frozen=True, slots=True)
class LotText:
    """Titles and description in one language, at most LENGTH characters; `language` is two letters, "" for one of none
    of the four; `codes` each once; `ict` the signs of ICT, each 0 or 1: any code, the main code, any words or code, and
    the lot being about it (requirements/ict.py)."""

    text: Text
    language: str
    codes: tuple[Cpv, ...]
    ict: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    def texts(self, languages: Iterable[str]) -> tuple[Text, ...]:
        """Its own text, then the labels of its codes in each of these languages."""
        return (self.text, *(self.label_of(code, language) for language in languages for code in self.codes))

    def label_of(self, code: Cpv, language: str) -> Text:
        """The label of a code in one of the four languages, its digits where it has none."""
        found = label(code, language)
        return Text(found.text if found else code.code, language)


def read_lot_text(open_lot: OpenLot) -> LotText:
    """The lot's notice title, its own title and description; the notice's description where its own is short."""
    lot, notice = open_lot.lot, open_lot.notice
    texts = [*_first_title(notice.titles), *_first_title(lot.titles)]
    described = in_one_language(lot.descriptions)
    texts += described
    if sum(len(text.value) for text in described) < _LITTLE:
        texts += in_one_language(notice.descriptions)
    own = [*_first_title(lot.titles), *texts]
    written = ". ".join(_once(" ".join(text.value.split()) for text in texts))[:LENGTH]
    codes = tuple(dict.fromkeys(lot.cpv or notice.cpv))[:CODES]
    themes = [bool(theme_of(code)) for code in codes]
    standing = ict_of(open_lot).standing
    signs = (any(themes), any(themes[:1]), standing is not IctRelevance.NONE, standing is IctRelevance.MAIN)
    return LotText(
        Text(written, own[0].language if own else None),
        language_of(own[0]) if own else "",
        codes,
        (float(signs[0]), float(signs[1]), float(signs[2]), float(signs[3])),
    )


def _first_title(titles: Iterable[Text]) -> tuple[Text, ...]:
    return in_one_language(title for title in titles if says_something(title.value))[:1]


def _once(texts: Iterable[str]) -> Iterator[str]:
    yield from dict.fromkeys(text for text in texts if text)
