"""Sentences whose place nearly always decides whether they hold a need: titles do, selection and award criteria do not.

They add words that the labelled lots lack. Never of a notice with a labelled sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from matching.requirements.passages import PassagePlace, passages_of, says_something
from matching.text.sentences import split_sentences
from scrapers.read import read_path
from warehouse.codes.cpv_labels import shipped_labels
from warehouse.model.notices import Lot, Notice, OpenLot

TITLE, LABEL, CRITERION = 0.10, 0.05, 0.05
"""Weight of such a sentence beside a labelled one, chosen by cross-validation over the first set."""

_LOTS, _SENTENCES, _SHORTEST = 4, 40, 8


@dataclass(frozen=True, slots=True)
class Weak:
    """A sentence with the answer its place gives; `weight` in (0, 1)."""

    text: str
    need: bool
    weight: float


def weak_sentences(data: Path, without: Collection[str]) -> list[Weak]:
    """Each sentence once, in the order of the files; `without` are the labelled files, relative to `data`."""
    found: dict[str, Weak] = {}
    for path in sorted(data.rglob("*.xml")):
        if path.relative_to(data).as_posix() in without:
            continue
        notice = next((reading.notice for reading in read_path(path) if reading.notice), None)
        for lot in notice.lots[:_LOTS] if notice else ():
            if notice:
                found |= {sentence.text: sentence for sentence in _of_lot(lot, notice)}
    found |= {sentence.text: sentence for sentence in _labels()}
    return list(found.values())


def _of_lot(lot: Lot, notice: Notice) -> Iterator[Weak]:
    for passage in passages_of(OpenLot(notice.lot_uid(lot), lot, notice, ())):
        sentences = [*split_sentences(passage.text.value)][:_SENTENCES]
        if passage.place == PassagePlace.TITLE:
            yield from (
                Weak(text, need=True, weight=TITLE) for text in sentences if _is_text(text) and says_something(text)
            )
        elif passage.place in (PassagePlace.SELECTION, PassagePlace.EXECUTION):
            yield from (Weak(text, need=False, weight=CRITERION) for text in sentences if _is_text(text))
    for text in (text for criterion in lot.criteria if criterion.use == "award" for text in criterion.texts):
        yield from (
            Weak(sentence, need=False, weight=CRITERION)
            for sentence in split_sentences(text.value)
            if _is_text(sentence)
        )


def _is_text(sentence: str) -> bool:
    return sum(map(str.isalpha, sentence)) >= _SHORTEST


def _labels() -> Iterator[Weak]:
    """One label of each shipped code, the languages in turn."""
    for at, (_, label) in enumerate(sorted(shipped_labels().items(), key=lambda item: item[0].code)):
        yield Weak((label.fr, label.nl, label.de, label.en)[at % 4], need=True, weight=LABEL)
