"""The labelled sentences (labels.csv) found again in the notices, each with where it is written and the title and the
code labels that its meaning is compared with."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matching.needs.features import Surroundings, stems_of
from matching.needs.meaning import CODES
from matching.requirements.facets import facets_of
from matching.requirements.passages import passages_of
from matching.text.language import language_of
from matching.text.sentences import shorten, split_sentences
from scrapers.read import read_path
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import FacetKind
from warehouse.model.notices import OpenLot, Text

LABELS = Path(__file__).with_name("labels.csv")
UNSEEN = "unseen"
"""The set that no rule, weight or choice has used."""
_LABELLED_CODES = 6


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence of a lot and whether a reader found a need in it; `titles` and `labels` are the texts of the lot's
    title and codes (none where the sentence is that title)."""

    set: str
    file: str
    language: str
    text: str
    need: bool
    around: Surroundings
    titles: tuple[Text, ...]
    labels: tuple[Text, ...]

    @property
    def place(self) -> str:
        """Where in the notice it is written (passages.Place)."""
        return self.around.place

    @property
    def encoded(self) -> Text:
        """Its words with their language, as they are encoded."""
        return Text(shorten(self.text), self.language)


def texts_of(labelled: Labelled) -> tuple[Text, ...]:
    """What is encoded of a sentence: itself, the titles, the labels of the codes."""
    return (labelled.encoded, *labelled.titles, *labelled.labels)


def digest(sentence: str) -> str:
    """Sixteen hexadecimal digits of its SHA-256: the name of a sentence in the file of labels."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def read_labelled(data: Path, path: Path = LABELS) -> list[Labelled]:
    """The labelled sentences in the order of the file. Raises LookupError when the notices lack one of them."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    wanted: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(row["file"], set()).add(row["lot"])
    known = {
        (file, lot, digest(found.text)): found
        for file, lots in wanted.items()
        for lot, sentences in _lots_of(data / file, lots)
        for found in sentences
    }
    return [_labelled(row, known.get((row["file"], row["lot"], row["sentence"])), data) for row in rows]


def _labelled(row: dict[str, str], found: Labelled | None, data: Path) -> Labelled:
    if found is None:
        raise LookupError(f"{data / row['file']} has no sentence {row['sentence']}; give --data the notices labelled")
    return Labelled(
        row["set"],
        row["file"],
        row["language"],
        found.text,
        row["need"] == "1",
        found.around,
        found.titles,
        found.labels,
    )


def _lots_of(path: Path, wanted: set[str]) -> Iterator[tuple[str, list[Labelled]]]:
    for reading in read_path(path):
        notice = reading.notice
        for lot in notice.lots if notice else ():
            if notice and lot.id in wanted:
                yield lot.id, list(sentences_of(OpenLot(notice.lot_uid(lot), lot, notice, ())))


def sentences_of(open_lot: OpenLot) -> Iterator[Labelled]:
    """Every sentence of a lot as one labelled no need; equal sentences from the last to the first."""
    facets = facets_of(open_lot)
    titles = [Text(facet.text, facet.language) for facet in facets if facet.kind is FacetKind.TITLE]
    codes = [Text(facet.text, facet.language) for facet in facets if facet.kind is FacetKind.CPV][:CODES]
    named = [title.value for title in (*open_lot.lot.titles, *open_lot.notice.titles)]
    found: list[Labelled] = []
    for passage in passages_of(open_lot):
        language = language_of(passage.text) or "en"
        labels = stems_of(_labels_of(open_lot, language))
        sentences = list(split_sentences(passage.text.value))
        for at, text in enumerate(sentences):
            before = sentences[at - 1] if at else ""
            elsewhere = stems_of(title for title in named if text not in title)
            around = Surroundings(passage.place.value, at, len(sentences), before, elsewhere, labels)
            others = tuple(title for title in titles if text not in title.value)
            own = Labelled("", "", language, text, need=False, around=around, titles=others, labels=tuple(codes))
            found.append(own)
    yield from reversed(found)


def _labels_of(open_lot: OpenLot, language: str) -> Iterator[str]:
    for code in (open_lot.lot.cpv or open_lot.notice.cpv)[:_LABELLED_CODES]:
        if found := label(code, language):
            yield found.text
