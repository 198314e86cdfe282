"""The two shapes of an operator's file of calls, CSV and TOML, as cells that know their line and column.

Here belong separators, encodings, headers and line numbers; what a cell may hold belongs to manual.py.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

COLUMNS = (
    "id", "version", "title", "description", "language", "buyer", "country", "buyer_number", "published", "deadline",
    "zone", "asks", "form", "nature", "cpv", "nuts", "estimate", "currency", "url",
)  # fmt: skip
COMPULSORY = ("id", "title", "language", "buyer", "country", "published")

_HEADER = re.compile(r"\s*\[\[\s*call\s*\]\]\s*(?:#.*)?")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a line and column of a file, and what to do."""

    line: int
    column: str
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What is written at a line and column, stripped; empty where nothing is."""

    line: int
    column: str
    text: str = ""

    def fault(self, words: str) -> Fault:
        """A fault of this cell."""
        return Fault(self.line, self.column, words)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as written."""

    line: int
    cells: Mapping[str, Cell]

    def cell(self, column: str) -> Cell:
        """The cell under that column, an empty one where the file has none."""
        return self.cells.get(column, Cell(self.line, column))


def read_calls(kind: str, body: bytes, faults: list[Fault]) -> list[Call]:
    """The calls of a file of kind "csv" or "toml"; what is wrong with its shape is added to `faults`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        faults.append(Fault(line, "-", f"byte {body[error.start]:#04x} is not UTF-8; save the file as UTF-8"))
        return []
    return _read_toml(text, faults) if kind == "toml" else _read_csv(text, faults)


def _read_csv(text: str, faults: list[Fault]) -> list[Call]:
    head, _, _ = text.partition("\n")
    # Spreadsheets in Belgium and France write ";" where English ones write ",".
    separator = max((";", ",", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    calls: list[Call] = []
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        _check_columns(columns, faults)
        before = reader.line_num
        for values in reader:
            if len(values) > len(columns):
                seen = f"has {len(values)} cells under {len(columns)} columns; put words with {separator!r} in quotes"
                faults.append(Fault(before + 1, f"number {len(columns) + 1}", seen))
            if any(value.strip() for value in values):
                pairs = zip(columns, values, strict=False)
                calls.append(Call(before + 1, {name: Cell(before + 1, name, value.strip()) for name, value in pairs}))
            before = reader.line_num
    except csv.Error as error:
        faults.append(Fault(reader.line_num, "-", f"cannot be taken apart ({error}); check the quotes on this line"))
    return calls


def _check_columns(columns: list[str], faults: list[Fault]) -> None:
    for at, name in enumerate(columns, 1):
        if name not in COLUMNS:
            faults.append(Fault(1, name or f"number {at}", f"is not known; remove it, or write one of {_list()}"))
        elif columns.index(name) < at - 1:
            faults.append(Fault(1, name, "stands twice; keep one"))
    faults += [Fault(1, name, "is missing; add this column") for name in COMPULSORY if name not in columns]


def _read_toml(text: str, faults: list[Fault]) -> list[Call]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        faults.append(Fault(line, "-", f"is not TOML ({_AT_LINE.sub('', str(error))}); check quotes and brackets"))
        return []
    faults += [Fault(1, key, "is not known; a file holds [[call]] only") for key in document if key != "call"]
    tables = document.get("call", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in cast("list[object]", tables)):
        faults.append(Fault(1, "call", "is not a list of tables; write [[call]] above each"))
        return []
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines, 1) if _HEADER.fullmatch(line)]
    ends = [*starts[1:], len(lines) + 1]
    calls: list[Call] = []
    for number, table in enumerate(cast("list[dict[str, object]]", tables)):
        start, end = (starts[number], ends[number]) if number < len(starts) else (1, len(lines) + 1)
        calls.append(_call_of(table, lines, start, end, faults))
    return calls


def _call_of(table: Mapping[str, object], lines: list[str], start: int, end: int, faults: list[Fault]) -> Call:
    cells: dict[str, Cell] = {}
    for key, value in table.items():
        written = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        line = next((at for at in range(start, end) if written.match(lines[at - 1])), start)
        if key not in COLUMNS:
            faults.append(Fault(line, key, f"is not known; remove it, or write one of {_list()}"))
        elif isinstance(value, dict):
            faults.append(Fault(line, key, "is a table; write words"))
        else:
            listed = cast("list[object]", value) if isinstance(value, list) else [value]
            cells[key] = Cell(line, key, " ".join(str(one) for one in listed).strip())
    return Call(start, cells)


def _list() -> str:
    return ", ".join(COLUMNS)
