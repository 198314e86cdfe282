"""The sentences of a lot that may hold a need, with where each is written and its probability by words alone.

Which texts of a notice are read for needs. The words are scored in classifier.py, the meaning in meaning.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matching.needs.classifier import LOOSE, need_model, need_probability
from matching.needs.features import Surroundings, stems_of
from matching.requirements.passages import PassagePlace, in_one_language
from matching.text.language import language_of
from matching.text.sentences import split_sentences
from warehouse.codes.cpv_labels import label
from warehouse.model.notices import OpenLot, Text

MOST = 24
"""Sentences that are kept of one lot."""
_READ_AT_MOST = 30_000  # characters of one description; a notice of 200 kB repeats its specifications in the documents
_SHORTEST = 12
_CODES = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of the source that may hold a need, its language (None where unknown), where it is written, and the
    probability by its words, in [0, 1], that it does."""

    sentence: str
    language: str | None
    around: Surroundings
    probability: float


def candidates_of(open_lot: OpenLot) -> tuple[Candidate, ...]:
    """The candidates in their order, MOST of them: of the lot's description, else of its notice's."""
    own = tuple(_read(in_one_language(open_lot.lot.descriptions), PassagePlace.DESCRIPTION, open_lot))
    if any(found.probability >= need_model().threshold for found in own):
        return own[:MOST]
    notice = open_lot.notice  # TED 428003-2024: the lot's description is "zie opdrachtdocument" and no more
    described = _read(in_one_language(notice.descriptions), PassagePlace.DESCRIPTION, open_lot)
    return (*described, *_read(in_one_language(notice.titles), PassagePlace.TITLE, open_lot))[:MOST]


def _read(texts: Iterable[Text], place: PassagePlace, open_lot: OpenLot) -> Iterator[Candidate]:
    titles = stems_of(title.value for title in (*open_lot.lot.titles, *open_lot.notice.titles))
    for text in texts:
        language = language_of(text) or None
        labels = stems_of(_labels_of(open_lot, language or "en"))
        sentences = list(split_sentences(text.value[:_READ_AT_MOST]))
        for at, sentence in enumerate(sentences):
            if sum(map(str.isalpha, sentence)) < _SHORTEST:
                continue
            before = sentences[at - 1] if at else ""
            around = Surroundings(place.value, at, len(sentences), before, titles, labels)
            probability = need_probability(sentence, around)
            if probability >= LOOSE:
                yield Candidate(sentence, language, around, probability)


def _labels_of(open_lot: OpenLot, language: str) -> Iterator[str]:
    for code in (open_lot.lot.cpv or open_lot.notice.cpv)[:_CODES]:
        if found := label(code, language):
            yield found.text
