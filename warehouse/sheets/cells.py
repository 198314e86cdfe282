"""One cell of an operator's table, and the faults it can have whatever the table is about.

What a column may hold is defined by the reader of the table (members, calls); how a file is split into cells in
csv_xlsx.py and toml_tables.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in a table: the line (1 is the first), the column's name, and the sentence that states what was seen
    and what to write. `is_warning` where the table can be used all the same."""

    line: int
    column: str
    sentence: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its line, its column's name, its words. A list is kept as a list; an empty cell is ""."""

    line: int
    column: str
    value: str | tuple[str, ...] = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written there."""
        return not self.value or (isinstance(self.value, str) and not self.value.strip())

    @property
    def text(self) -> str:
        """The words on one line, without blanks around."""
        whole = self.value if isinstance(self.value, str) else " ".join(self.value)
        return " ".join(whole.split())

    def parts(self, separators: str = r"[\s;,|]+") -> tuple[str, ...]:
        """The items of a list, whichever of the separators the operator chose."""
        found = re.split(separators, self.value) if isinstance(self.value, str) else self.value
        return tuple(" ".join(part.split()) for part in found if part.strip())

    def fault(self, sentence: str) -> Fault:
        """A fault at this place."""
        return Fault(self.line, self.column, sentence)

    def warning(self, sentence: str) -> Fault:
        """A warning at this place."""
        return Fault(self.line, self.column, sentence, is_warning=True)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as written: its line, and its cells by column name."""

    line: int
    cells: Mapping[str, Cell]

    def cell(self, column: str) -> Cell:
        """The cell under that column, an empty one where the table has no such column."""
        return self.cells.get(column, Cell(self.line, column))


# The error values of Excel and LibreOffice in English, French, Dutch and German.
_ERROR_VALUE = re.compile(
    r"#(?:N/?A|NV|NB|N/?D|NOM\?|NAME\?|NAAM\?|REF!|VERW!|BEZUG!|VALUE!|VALEUR!|WAARDE!|WERT!|DIV/0!|DEEL/0!|NUM!|NOMBRE!"
    r"|GETAL!|ZAHL!|NULL!|NUL!|LEEG!|SPILL!|CALC!|\#+)|Err:\d{3}",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_MISREAD = re.compile(r"[ÃÂâÅ][\u0080-\u00ff\u0152-\u0178\u2013-\u20ac\u2122\u0192\u02c6\u02dc]")


def damage_of(text: str) -> str | None:
    """What a spreadsheet or a wrong encoding did to the words of a cell, as a sentence; None where nothing is found."""
    if _ERROR_VALUE.fullmatch(text.strip()):
        return f"{text.strip()!r} is an error value of the spreadsheet; correct the formula, or leave the cell empty"
    if found := _CONTROL.search(text):
        return f"holds the sign U+{ord(found[0]):04X}, which is no letter; type the words again"
    if _ENTITY.search(text) and html.unescape(text) != text:
        return f"{text!r:.80} holds a sign as web pages write it; write {html.unescape(text)!r:.80}"
    if _MISREAD.search(text) and (mended := _reread(text)):
        return f"{text!r:.80} was read in a wrong encoding; write {mended!r:.80}"
    return None


def _reread(text: str) -> str | None:
    """The words as they were before UTF-8 was read as Windows-1252; None where they were not."""
    try:
        mended = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return mended if mended != text else None
