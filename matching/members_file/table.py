"""The formats of a members file, CSV, xlsx and TOML, as rows of cells with their line and column.

Which columns and keys a members file has; how files are split is in warehouse/sheets, what a cell may hold in cells.py.
Raises MembersRefused when the file as a whole cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from matching.errors import MembersRefused
from warehouse.sheets.cells import Cell, Fault, SheetRow
from warehouse.sheets.csv_xlsx import Sheet, read_sheet
from warehouse.sheets.toml_tables import Block, read_cells, read_tables

REQUIRED = ("id", "company_number", "name", "email", "languages", "nuts", "headcount")
OPTIONAL = ("turnover", "certificates", "grappes", "reach", "conflicts")
PREFERENCES = ("frequency", "threshold", "maximum", "only_grappes", "channel", "quiet_days", "heartbeat")
OF_COMPETENCE = ("text", "language", "cpv", "stages")

_COMPETENCE = re.compile(r"competence_([1-9]\d?)(?:_(language|cpv|stages))?")
_SHEETS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx"}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member as written: cells by column name, and the cells of each competence by their short name."""

    row: SheetRow
    competences: tuple[Mapping[str, Cell], ...]

    def cell(self, column: str) -> Cell:
        """The cell under that column, an empty one where the file has no such column."""
        return self.row.cell(column)


def read_rows(path: Path, faults: list[Fault]) -> list[MemberRow]:
    """The rows of a .csv, .xlsx or .toml file; what is wrong with its columns or keys is added to `faults`."""
    kind, body = path.suffix.lower(), _read_bytes(path)
    if kind == ".toml":
        tables = read_tables("member", body, faults)
        return [_member_of(table, block, faults) for table, block in tables]
    if kind not in _SHEETS:
        sentence = f"a file ending in {path.suffix!r} is not read; give a .csv, an .xlsx or a .toml"
        raise MembersRefused(path, (Fault(1, "-", sentence),))
    sheet = read_sheet(_SHEETS[kind], body, faults, is_column)
    if not faults or sheet.columns:
        _check_columns(path, sheet)
    return [_row_of(row) for row in sheet.rows]


def is_column(name: str) -> bool:
    """Whether a members file has a column of that name."""
    return name in {*REQUIRED, *OPTIONAL, *PREFERENCES} or _COMPETENCE.fullmatch(name) is not None


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MembersRefused(path, (Fault(1, "-", f"cannot be opened ({error.strerror}); check the path"),)) from error


def _check_columns(path: Path, sheet: Sheet) -> None:
    columns, line = sheet.columns, sheet.header
    faults = [
        Fault(line, name or f"number {at}", f"column {name!r} is not known; remove it, or use a documented name")
        for at, name in enumerate(columns, 1)
        if not is_column(name)
    ]
    doubles = sorted({name for name in columns if columns.count(name) > 1})
    faults += [Fault(line, name, "occurs twice; keep one") for name in doubles]
    faults += [Fault(line, name, "is missing; add this column") for name in REQUIRED if name not in columns]
    faults += [
        Fault(line, name, f"is without its column {name.rpartition('_')[0]}; add that one")
        for name in columns
        if (found := _COMPETENCE.fullmatch(name)) and found[2] and f"competence_{found[1]}" not in columns
    ]
    if faults:
        raise MembersRefused(path, tuple(faults))


def _row_of(row: SheetRow) -> MemberRow:
    competences: dict[int, dict[str, Cell]] = {}
    for column, cell in row.cells.items():
        if found := _COMPETENCE.fullmatch(column):
            competences.setdefault(int(found[1]), {})[found[2] or "text"] = cell
    filled = [c for _, c in sorted(competences.items()) if any(not cell.is_empty for cell in c.values())]
    return MemberRow(row, tuple(filled))


def _member_of(table: Mapping[str, object], block: Block, faults: list[Fault]) -> MemberRow:
    cells: dict[str, Cell] = {}
    competences: list[Mapping[str, Cell]] = []
    for key, value in table.items():
        if key == "competence" and isinstance(value, list):
            competences = _competences_of(cast("list[object]", value), block, faults)
        elif key == "preferences" and isinstance(value, dict):
            inner = next((b for b in block.inner if b.name == "member.preferences"), block)
            cells |= read_cells(cast("dict[str, object]", value), PREFERENCES, inner, faults, prefix="preferences.")
        else:
            cells |= read_cells({key: value}, (*REQUIRED, *OPTIONAL), block, faults)
    return MemberRow(SheetRow(block.first, cells), tuple(competences))


def _competences_of(tables: list[object], block: Block, faults: list[Fault]) -> list[Mapping[str, Cell]]:
    places = [b for b in block.inner if b.name == "member.competence"]
    read: list[Mapping[str, Cell]] = []
    for number, table in enumerate(tables):
        place = places[number] if number < len(places) else block
        prefix = f"competence_{number + 1}."
        if isinstance(table, dict):
            fields = {"text": Cell(place.first, f"{prefix}text")}
            fields |= read_cells(cast("dict[str, object]", table), OF_COMPETENCE, place, faults, prefix=prefix)
            read.append(fields)
        else:
            faults.append(Fault(place.first, prefix[:-1], "is not a table; write [[member.competence]] above it"))
    return read
