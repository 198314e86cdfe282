"""The texts of bench.crosslingual: labels in four languages and how they are parted, twins among real titles."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.requirements.passages import says_something
from matching.text.language import language_of
from scrapers.read import read_path
from warehouse.model.notices import Lot, Notice

LANGUAGES = ("fr", "nl", "de", "en")
PARTS = {"test": range(2), "choice": range(2, 4), "learn": range(4, 10)}
MOST = 600
"""Characters of a description that are read: what the model reads of it."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by language, in the order of the codes, eight digits each; the tenth each code's class fell into, and its
    class."""

    texts: Mapping[str, list[str]]
    codes: Sequence[str]
    tenth: NDArray[np.int64]
    group: NDArray[np.int64]

    def part(self, name: str) -> NDArray[np.int64]:
        """The rows of a part."""
        return np.flatnonzero(np.isin(self.tenth, PARTS[name]))

    def of(self, *names: str) -> dict[str, list[str]]:
        """The labels of some parts, by language."""
        rows = np.concatenate([self.part(name) for name in names])
        return {
            language: [texts_of_language[i] for i in rows.tolist()]
            for language, texts_of_language in self.texts.items()
        }

    def by_code(self) -> dict[str, dict[str, str]]:
        """The labels of each code, by language."""
        return {
            code: {x: texts_of_language[i] for x, texts_of_language in self.texts.items()}
            for i, code in enumerate(self.codes)
        }


@dataclass(frozen=True, slots=True)
class Twins:
    """Titles as queries, titles among which their translations are, the twin of each, and whose notice each is of."""

    queries: list[str]
    offered: list[str]
    wanted: NDArray[np.int64]
    group: NDArray[np.int64]


def tenth_of(name: str) -> int:
    """0 to 9, the same on every machine."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10


def read_labels(folder: Path) -> Labels:
    """All codes of the CPV in four languages; a class falls into one tenth with all its codes."""
    with (folder / "cpv_2008_fr_nl_de_en.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    classes = [row["code"][:4] for row in rows]
    return Labels(
        {language: [row[f"label_{language}"] for row in rows] for language in LANGUAGES},
        [row["code"][:8] for row in rows],
        np.array([tenth_of(name) for name in classes]),
        np.unique(classes, return_inverse=True)[1].astype(np.int64),
    )


def read_notices(folder: Path) -> list[Notice]:
    """Every real notice that can be read."""
    return [reading.notice for reading in read_path(folder) if reading.notice]


def _titles(part: Notice | Lot) -> dict[str, str]:
    found = {language_of(title): title.value for title in reversed(part.titles) if says_something(title.value)}
    return {language: title for language, title in found.items() if language in LANGUAGES}


def read_twins(folder: Path) -> dict[tuple[str, str], Twins]:
    """For two languages, the distinct titles that a notice or lot has in both, and all titles in the second."""
    parts = [(n, _titles(part)) for n, notice in enumerate(read_notices(folder)) for part in (notice, *notice.lots)]
    found: dict[tuple[str, str], Twins] = {}
    for a in LANGUAGES:
        for b in LANGUAGES:
            pairs = dict(_pairs(parts, a, b))
            if a != b and len(pairs) >= 2:
                offered = sorted({titles[b] for _, titles in parts if b in titles})
                place = {title: i for i, title in enumerate(offered)}
                wanted = np.array([place[twin] for twin, _ in pairs.values()])
                found[a, b] = Twins(list(pairs), offered, wanted, np.array([n for _, n in pairs.values()]))
    return found


def _pairs(parts: Sequence[tuple[int, dict[str, str]]], a: str, b: str) -> Iterator[tuple[str, tuple[str, int]]]:
    for n, titles in parts:
        if a in titles and b in titles and titles[a] != titles[b]:
            yield titles[a], (titles[b], n)


def read_titles(folder: Path) -> dict[str, tuple[list[str], list[str], NDArray[np.bool_]]]:
    """By language: titles of notices, their own descriptions in the same order, and which half is measured."""
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for notice in read_notices(folder):
        texts_of_language = {
            language_of(text): text.value[:MOST] for text in reversed(notice.descriptions) if len(text.value) > 40
        }
        for language, title in _titles(notice).items():
            if language in texts_of_language and title not in texts_of_language[language]:
                found[language].setdefault(title, texts_of_language[language])
    titles_by_language: dict[str, tuple[list[str], list[str], NDArray[np.bool_]]] = {}
    for language, pairs in found.items():
        alone = {
            texts_of_language: title for title, texts_of_language in pairs.items()
        }  # one title for each description
        titles = sorted(alone.values())
        if len(titles) >= 10:
            held = np.array([tenth_of(title) < 5 for title in titles])
            titles_by_language[language] = (titles, [pairs[title] for title in titles], held)
    return titles_by_language
