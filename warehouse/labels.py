"""Labels of CPV codes in French, Dutch, German and English: the compact table that ships with the house, and a
reader for the official list (genericode) that completes it when the operator downloads it.

The table holds the 45 divisions and the codes an ICT cluster meets. What a code means for a member is not known here.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BufferedReader
from pathlib import Path
from xml.parsers import expat

from warehouse.codes import Cpv
from warehouse.errors import BadFact

LANGUAGES = ("fr", "nl", "de", "en")
"""Languages there are labels in, two letters."""

_TABLE = Path(__file__).with_name("cpv_labels.csv")
_COLUMNS = {"code": "code", "fra_label": "fr", "nld_label": "nl", "deu_label": "de", "eng_label": "en"}
_GZIP = b"\x1f\x8b"


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
        """From texts as tables hold them. Raises BadFact for a code that is none."""
        return cls(Cpv(code), fr, nl, de, en)

    def text(self, language: str) -> str:
        """The label in one of LANGUAGES. Raises BadFact for another."""
        if language not in LANGUAGES:
            raise BadFact(f"no CPV labels in {language!r}; ask for one of {', '.join(LANGUAGES)}")
        return str(getattr(self, language))


@dataclass(frozen=True, slots=True)
class Label:
    """Words for a code: `text` is the label of `code`, which is the one asked for or, when `is_exact` is False, its
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


def read_genericode(path: Path) -> Iterator[CpvLabel]:
    """The official list of the Publications Office, gzipped or not, row by row in its order.

    Codes that are no CPV or lack one of the four labels raise BadFact with the row, as does a file that is not
    well-formed, is cut short, or brings a document type (none of ours has one, and it is where bombs hide).
    """
    reader = _Genericode()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.buffer_text = True
    try:
        with _opened(path) as body:
            while chunk := body.read(1 << 16):
                parser.Parse(chunk, False)  # noqa: FBT003  expat takes no keywords
                yield from reader.take()
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, EOFError, gzip.BadGzipFile) as error:
        raise BadFact(f"{path}: not a readable genericode list ({error}); download it again") from error
    yield from reader.take()
    if not reader.rows:
        raise BadFact(f"{path}: no row of a code list in it; is this the CPV list in genericode?")


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as start:
        is_gzip = start.read(2) == _GZIP
    return gzip.open(path, "rb") if is_gzip else path.open("rb")


class _Genericode:
    """What expat tells, gathered into rows: Row > Value ColumnRef > SimpleValue."""

    def __init__(self) -> None:
        self.rows = 0
        self._ready: list[CpvLabel] = []
        self._row: dict[str, str] = {}
        self._column: str | None = None
        self._words: list[str] = []

    def refuse_doctype(self, name: str, *_: object) -> None:
        raise BadFact(f"the code list brings a document type ({name}); refused, download the official file")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Row":
            self._row = {}
        elif name == "Value":
            self._column = _COLUMNS.get(attributes.get("ColumnRef", ""))
        elif name == "SimpleValue":
            self._words = []

    def characters(self, words: str) -> None:
        self._words.append(words)

    def end(self, name: str) -> None:
        if name == "SimpleValue" and self._column:
            self._row[self._column] = "".join(self._words).strip()
        elif name == "Row":
            self.rows += 1
            self._ready.append(self._label())

    def _label(self) -> CpvLabel:
        missing = [column for column in _COLUMNS.values() if not self._row.get(column)]
        if missing:
            raise BadFact(f"row {self.rows} of the code list ({self._row}) lacks {', '.join(missing)}")
        return CpvLabel.of(**self._row)

    def take(self) -> Iterator[CpvLabel]:
        ready, self._ready = self._ready, []
        return iter(ready)
