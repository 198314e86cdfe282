"""What a lot requires: the needs among its facets, in short, and the sentences of the notice that state them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from presentation.languages import shorten_language
from presentation.sanitize import clean_text
from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.notices import OpenLot, Text

_END = re.compile(r"(?<=\w{3}[.!?])\s+(?=[A-ZÀ-Þ0-9«“\"])|(?<=[)»”][.!?])\s+|[\r\n]+")
"""Where a sentence ends; a point after one or two letters ("art.", "n°", "M.") ends none, nor one after digits."""
_LEAST_LETTERS = 24
_MOST_SENTENCES = 4


def needs_in(facets: Sequence[Facet]) -> tuple[Text, ...]:
    """The needs of a lot with their languages, in the order of its text; the title only where no sentence is more
    precise. A need whose words another one contains is left out; one that was cut is shown as its whole sentence."""
    sentences = [facet for facet in facets if facet.kind is FacetKind.SENTENCE and facet.need]
    shown = sentences or [facet for facet in facets if facet.kind is FacetKind.TITLE and facet.need]
    words = [_words(facet.need or "") for facet in shown]
    return tuple(
        Text(whole_need(facet), facet.language)
        for at, facet in enumerate(shown)
        if not any(
            words[at] in other and (len(words[at]) < len(other) or place < at)
            for place, other in enumerate(words)
            if place != at
        )
    )


def whole_need(facet: Facet) -> str:
    """A facet in short; the whole sentence where its short form was cut."""
    return facet.text if not facet.need or facet.need.endswith("…") else facet.need


def sentences_in(open_lot: OpenLot, facets: Sequence[Facet], languages: Sequence[str]) -> tuple[Text, ...]:
    """The first whole sentences of the description that say what is bought.

    They are those that matching found to hold a need (`facets` of the `open_lot`), in the notice's order. Where the
    description is also published in the first of the reader's `languages` (ISO 639-1, at least one) and these sentences
    are in another one, they are the first sentences of that version. None where the notice describes nothing.
    """
    needs = [Text(facet.text, facet.language) for facet in facets if facet.kind is FacetKind.SENTENCE and facet.need]
    described = open_lot.lot.descriptions or open_lot.notice.descriptions
    own = [text for text in described if shorten_language(text.language) == languages[0]]
    is_own = any(shorten_language(need.language) == languages[0] for need in needs)
    if needs and (is_own or not own):
        return tuple(needs[:_MOST_SENTENCES])
    return tuple(sentence for text in (own or described)[:1] for sentence in _split(text))[:_MOST_SENTENCES]


def _split(text: Text) -> Iterator[Text]:
    """The sentences of a description that are long enough to say something."""
    for sentence in _END.split(text.value):
        cleaned = clean_text(sentence)
        if sum(map(str.isalpha, cleaned)) >= _LEAST_LETTERS:
            yield Text(cleaned, text.language)


def _words(need: str) -> str:
    """The words between single blanks, in lower case, with a blank before and after."""
    words = re.sub(r"\W+", " ", need).strip().lower()
    return f" {words} "
