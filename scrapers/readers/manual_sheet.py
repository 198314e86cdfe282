"""An operator's file of calls, CSV or TOML, as rows of cells with their line and column.

The columns of such a file; how files are split is in warehouse/sheets, what a cell may hold in manual.py.
"""

from __future__ import annotations

from warehouse.sheets.cells import Fault, SheetRow
from warehouse.sheets.csv_xlsx import Sheet, read_sheet
from warehouse.sheets.toml_tables import read_cells, read_tables

COLUMNS = (
    "id", "version", "title", "description", "language", "buyer", "country", "buyer_number", "published", "deadline",
    "zone", "asks", "form", "nature", "cpv", "nuts", "estimate", "currency", "url",
)  # fmt: skip
COMPULSORY = ("id", "title", "language", "buyer", "country", "published")


def read_calls(kind: str, body: bytes, faults: list[Fault]) -> list[SheetRow]:
    """The calls of a file of kind "csv", "xlsx" or "toml"; what is wrong with its shape is added to `faults`."""
    if kind == "toml":
        tables = read_tables("call", body, faults)
        return [SheetRow(block.first, read_cells(table, COLUMNS, block, faults)) for table, block in tables]
    sheet = read_sheet(kind, body, faults, COLUMNS.__contains__)
    if sheet.columns or not faults:
        _check_columns(sheet, faults)
    return list(sheet.rows)


def _check_columns(sheet: Sheet, faults: list[Fault]) -> None:
    columns, line = sheet.columns, sheet.header
    for at, name in enumerate(columns, 1):
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            faults.append(Fault(line, name or f"number {at}", f"is not known; remove it, or write one of {known}"))
        elif columns.index(name) < at - 1:
            faults.append(Fault(line, name, "occurs twice; keep one"))
    faults += [Fault(line, name, "is missing; add this column") for name in COMPULSORY if name not in columns]
