"""The two shapes of a members file, CSV and TOML, as rows of cells that know their line and column.

Here belong separators, encodings, headers and line numbers; what a cell may hold belongs to cells.py. Raises
MembersRefused when the file as a whole cannot be taken apart.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from matching.errors import Fault, MembersRefused
from matching.members_file.cells import Cell

REQUIRED = ("id", "company_number", "name", "email", "languages", "nuts", "headcount")
OPTIONAL = ("turnover", "certificates", "grappes", "reach", "conflicts")
PREFERENCES = ("frequency", "threshold", "maximum", "only_grappes", "channel", "quiet_days", "heartbeat")
OF_COMPETENCE = ("text", "language", "cpv", "stages")

_LOOSE = ("threshold", "heartbeat")
"""The keys whose value TOML writes as a fraction, or as true and false; their cells say what is wrong with them."""

_COMPETENCE = re.compile(r"competence_([1-9]\d?)(?:_(language|cpv|stages))?")
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z_.\s]+?)\s*\]\]?\s*(?:#.*)?")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


@dataclass(frozen=True, slots=True)
class Row:
    """One member as written: cells by column name, and the cells of each competence by their short name."""

    line: int
    cells: Mapping[str, Cell]
    competences: tuple[Mapping[str, Cell], ...]

    def cell(self, column: str) -> Cell:
        """The cell under that column, an empty one where the file has no such column."""
        return self.cells.get(column, Cell(self.line, column))


def read_rows(path: Path, faults: list[Fault]) -> list[Row]:
    """The rows of a .csv or .toml file; what is wrong with its columns or keys is added to `faults`."""
    body = _read_text(path)
    if path.suffix.lower() == ".toml":
        return _read_toml(path, body, faults)
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        return _read_csv(path, body, faults)
    raise MembersRefused(
        path, (Fault(1, "-", f"a file ending in {path.suffix!r} is not read; give a .csv or a .toml"),)
    )


def _read_text(path: Path) -> str:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise MembersRefused(path, (Fault(1, "-", f"cannot be opened ({error.strerror}); check the path"),)) from error
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        fault = Fault(line, "-", f"byte {body[error.start]:#04x} is not UTF-8; save the sheet as 'CSV UTF-8'")
        raise MembersRefused(path, (fault,)) from error


def _read_csv(path: Path, body: str, faults: list[Fault]) -> list[Row]:
    head, _, _ = body.partition("\n")
    # Spreadsheets in Belgium and France write ";" where English ones write ",".
    separator = max((";", ",", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        _check_columns(path, columns)
        before = reader.line_num
        for values in reader:
            if any(value.strip() for value in values):
                rows.append(_row_of(before + 1, columns, values, faults))
            before = reader.line_num
    except csv.Error as error:
        fault = Fault(reader.line_num, "-", f"cannot be taken apart ({error}); check the quotes around this line")
        raise MembersRefused(path, (fault,)) from error
    return rows


def _check_columns(path: Path, columns: list[str]) -> None:
    known = {*REQUIRED, *OPTIONAL, *PREFERENCES}
    faults = [
        Fault(
            1, name or f"number {at}", f"column {name!r} is not known; remove it, or write one of the documented names"
        )
        for at, name in enumerate(columns, 1)
        if name not in known and not _COMPETENCE.fullmatch(name)
    ]
    faults += [
        Fault(1, name, "stands twice; keep one") for name in sorted({n for n in columns if columns.count(n) > 1})
    ]
    faults += [Fault(1, name, "is missing; add this column") for name in REQUIRED if name not in columns]
    faults += [
        Fault(1, name, f"stands without its column {name.rpartition('_')[0]}; add that one")
        for name in columns
        if (found := _COMPETENCE.fullmatch(name)) and found[2] and f"competence_{found[1]}" not in columns
    ]
    if faults:
        raise MembersRefused(path, tuple(faults))


def _row_of(line: int, columns: list[str], values: list[str], faults: list[Fault]) -> Row:
    if len(values) > len(columns):
        seen = f"has {len(values)} cells under {len(columns)} columns; check for a separator that should be in quotes"
        faults.append(Fault(line, f"number {len(columns) + 1}", seen))
    cells = {column: Cell(line, column, value.strip()) for column, value in zip(columns, values, strict=False)}
    competences: dict[int, dict[str, Cell]] = {}
    for column, cell in cells.items():
        if found := _COMPETENCE.fullmatch(column):
            competences.setdefault(int(found[1]), {})[found[2] or "text"] = cell
    filled = [c for _, c in sorted(competences.items()) if any(not cell.is_empty for cell in c.values())]
    return Row(line, cells, tuple(filled))


def _read_toml(path: Path, body: str, faults: list[Fault]) -> list[Row]:
    try:
        document = tomllib.loads(body)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else body.count("\n") + 1
        fault = Fault(line, "-", f"is not TOML ({_AT_LINE.sub('', str(error))}); check quotes and brackets there")
        raise MembersRefused(path, (fault,)) from error
    faults += [
        Fault(1, key, "is not known; a file holds [[member]] tables only") for key in document if key != "member"
    ]
    members = document.get("member", [])
    if not isinstance(members, list) or not all(isinstance(m, dict) for m in cast("list[object]", members)):
        raise MembersRefused(path, (Fault(1, "member", "is not a list of tables; write [[member]] above each firm"),))
    places = _Places(body)
    return [
        _member_of(m, places.of("member", n), faults) for n, m in enumerate(cast("list[dict[str, object]]", members))
    ]


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one [[member]] or of one table inside it."""

    name: str
    first: int
    lines: tuple[str, ...]
    inner: tuple[_Block, ...] = ()

    def line_of(self, key: str) -> int:
        """The line where a key of this table is written, the table's own where it is not found."""
        for at, line in enumerate(self.lines):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return self.first + at
        return self.first


class _Places:
    """Where each table of a TOML text begins: tomllib tells no lines, so the headers are counted."""

    def __init__(self, body: str) -> None:
        lines = body.splitlines()
        starts = [
            (at, found[2].replace(" ", "")) for at, line in enumerate(lines) if (found := _HEADER.fullmatch(line))
        ]
        ends = [*(at for at, _ in starts), len(lines)][1:]
        self._blocks: list[_Block] = []
        for (at, name), end in zip(starts, ends, strict=True):
            block = _Block(name, at + 1, tuple(lines[at:end]))
            if name == "member" or not self._blocks:
                self._blocks.append(block)
            else:
                outer = self._blocks[-1]
                self._blocks[-1] = _Block(outer.name, outer.first, outer.lines, (*outer.inner, block))

    def of(self, name: str, number: int) -> _Block:
        found = [block for block in self._blocks if block.name == name]
        return found[number] if number < len(found) else _Block(name, 1, ())


def _member_of(table: dict[str, object], block: _Block, faults: list[Fault]) -> Row:
    cells: dict[str, Cell] = {}
    competences: list[Mapping[str, Cell]] = []
    for key, value in table.items():
        if key == "competence" and isinstance(value, list):
            competences = _competences_of(cast("list[object]", value), block, faults)
        elif key == "preferences" and isinstance(value, dict):
            inner = next((b for b in block.inner if b.name == "member.preferences"), block)
            cells |= _cells_of(cast("dict[str, object]", value), PREFERENCES, inner, faults, prefix="preferences.")
        else:
            cells |= _cells_of({key: value}, (*REQUIRED, *OPTIONAL), block, faults)
    return Row(block.first, cells, tuple(competences))


def _competences_of(tables: list[object], block: _Block, faults: list[Fault]) -> list[Mapping[str, Cell]]:
    places = [b for b in block.inner if b.name == "member.competence"]
    read: list[Mapping[str, Cell]] = []
    for number, table in enumerate(tables):
        place = places[number] if number < len(places) else block
        prefix = f"competence_{number + 1}."
        if isinstance(table, dict):
            fields = {"text": Cell(place.first, f"{prefix}text")}
            fields |= _cells_of(cast("dict[str, object]", table), OF_COMPETENCE, place, faults, prefix=prefix)
            read.append(fields)
        else:
            faults.append(Fault(place.first, prefix[:-1], "is not a table; write [[member.competence]] above it"))
    return read


def _cells_of(
    table: dict[str, object], known: tuple[str, ...], block: _Block, faults: list[Fault], *, prefix: str = ""
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for key, value in table.items():
        place = Cell(block.line_of(key), f"{prefix}{key}")
        if key not in known:
            faults.append(place.fault(f"{key!r} is not known; remove it, or write one of {', '.join(known)}"))
        elif isinstance(value, list) and all(isinstance(part, str) for part in cast("list[object]", value)):
            cells[key] = Cell(place.line, place.column, tuple(cast("list[str]", value)))
        elif isinstance(value, str) or type(value) is int or (isinstance(value, (float, bool)) and key in _LOOSE):
            cells[key] = Cell(place.line, place.column, str(value))
        else:
            faults.append(
                place.fault(f"{value!r} is neither words, a whole number, nor a list of words; write one of these")
            )
    return cells
