"""Labels of CPV codes in French, Dutch, German and English: the compact table shipped with the project, completed by
the official list where it was imported (database/code_lists.py).

The table holds the 45 divisions and the codes that ICT firms use. How a code relates to a member is matching's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.codes.classifications import Cpv
from warehouse.errors import BadFact

LANGUAGES = ("fr", "nl", "de", "en")
"""Languages that have labels, two letters."""

_TABLE = Path(__file__).with_name("cpv_labels.csv")


@dataclass(frozen=True, slots=True)
class CpvLabel:
    """A code of the vocabulary with its official label in each language."""

    code: Cpv
    fr: str
    nl: str
    de: str
    en: str

    @classmethod
    def of(cls, code: str, fr: str, nl: str, de: str, en: str) -> CpvLabel:
        """A label from the texts of a table: `code` as Cpv.read takes it, and its labels `fr`, `nl`, `de` and `en`.

        Raises BadFact for a code that is none.
        """
        return cls(Cpv(code), fr, nl, de, en)

    def text(self, language: str) -> str:
        """The label in one of LANGUAGES. Raises BadFact for another."""
        if language not in LANGUAGES:
            raise BadFact(f"no CPV labels in {language!r}; request one of {', '.join(LANGUAGES)}")
        return str(getattr(self, language))


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a code: `text` is the label of `code`, which is the requested code or, when `is_exact` is False, its
    nearest parent that has a label."""

    code: Cpv
    text: str
    language: str
    is_exact: bool


@cache
def shipped_labels() -> Mapping[Cpv, CpvLabel]:
    """The compact table, by code."""
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        return {Cpv(row["code"]): CpvLabel.of(**row) for row in csv.DictReader(lines)}


def label(cpv: Cpv, language: str, labels: Mapping[Cpv, CpvLabel] | None = None) -> Label | None:
    """The label of `cpv` or of its nearest parent, None when not even the division is one of the vocabulary.

    `labels` is the table to look in, by default the shipped one. Raises BadFact for a language without labels.
    """
    table = shipped_labels() if labels is None else labels
    for code in (cpv, *cpv.parents):
        if code in table:
            return Label(code, table[code].text(language), language, is_exact=code == cpv)
    return None


def completed(imported: Iterable[CpvLabel]) -> Mapping[Cpv, CpvLabel]:
    """The shipped table with the imported labels over it."""
    return {**shipped_labels(), **{row.code: row for row in imported}}
