"""A table in CSV or xlsx as rows of cells: separators, encodings, header spellings, empty columns, line numbers.

A fault that concerns the file as a whole leaves no rows; a damaged cell (an error value, a wrong encoding) is a fault
of its place.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.sheets.cells import Cell, Fault, SheetRow, damage_of

MOST_BYTES = 100_000_000
"""Unpacked size of an xlsx file beyond which it is no list of firms or calls."""

_SEPARATORS = (";", ",", "\t")
_SEPARATOR_LINE = re.compile(r"\"?sep=([;,\t|])\"?\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the names of its columns, without those that are empty from top to bottom, and its rows with a cell for
    each. `header` is the line of the names."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    header: int = 1


def read_sheet(kind: str, body: bytes, faults: list[Fault], known: Callable[[str], bool]) -> Sheet:
    """The table in a file.

    Args:
        kind: "csv" or "xlsx".
        body: the bytes of the file.
        faults: what is wrong with the file or with single cells is added here.
        known: whether a spelling of a column's name is one that the caller reads; see `spell_column`.
    """
    lines = list(_xlsx_lines(body, faults) if kind == "xlsx" else _csv_lines(body, faults))
    if not lines:
        return Sheet((), ())
    (header, names), *rows = lines
    columns = [spell_column(name, known) for name in names]
    used = [at for at, name in enumerate(columns) if name or any(len(v) > at and v[at].strip() for _, v in rows)]
    filled = [(line, values) for line, values in rows if any(value.strip() for value in values)]
    # Empty cells at the end of every row are a spreadsheet's; at the end of one row they are a shift.
    widths = {len(values) for _, values in filled}
    width = max(widths.pop() if len(widths) == 1 else 0, len(columns))
    read = [_row_of(line, columns, used, values, faults, width=width) for line, values in filled]
    return Sheet(tuple(columns[at] for at in used), tuple(read), header)


def spell_column(name: str, known: Callable[[str], bool]) -> str:
    """A column's name as the caller spells it: "Company Number", "E-mail" and "COMPETENCE 1" are spellings of
    company_number, email and competence_1. A name that is not known is returned as written, in lower case."""
    plain = " ".join(name.replace("\ufeff", "").split()).lower()
    folded = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    spellings = (plain, re.sub(r"[\s\-.]+", "_", folded).strip("_"), re.sub(r"[\s\-._]+", "", folded))
    return next((spelling for spelling in spellings if known(spelling)), plain)


def _row_of(
    line: int, columns: list[str], used: list[int], values: Sequence[str], faults: list[Fault], *, width: int
) -> SheetRow:
    if len(values) > width or any(value.strip() for value in values[len(columns) :]):
        seen = f"has {len(values)} cells under {len(columns)} columns; check for a separator that should be in quotes"
        faults.append(Fault(line, f"number {len(columns) + 1}", seen))
    cells: dict[str, Cell] = {}
    for at in used:
        name, value = columns[at] or f"number {at + 1}", values[at].strip() if at < len(values) else ""
        if damage := damage_of(value):
            faults.append(Fault(line, name, damage))
        cells[name] = Cell(line, name, value)
    return SheetRow(line, cells)


def _csv_lines(body: bytes, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        sentence = f"byte {body[error.start]:#04x} is not UTF-8; save the sheet as 'CSV UTF-8'"
        faults.append(Fault(line, "-", sentence))
        return
    # Excel writes "sep=;" as a line of its own before the header.
    announced = _SEPARATOR_LINE.match(text)
    if announced:
        text = text[announced.end() :]
    head, _, _ = text.partition("\n")
    # Spreadsheets in Belgium and France write ";" where English ones write ",".
    separator = announced[1] if announced else max(_SEPARATORS, key=head.count)
    yield from _split(text, separator, first=2 if announced else 1, faults=faults)


def _split(text: str, separator: str, *, first: int, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    lines: list[tuple[int, list[str]]] = []
    try:
        for values in reader:
            lines.append((before + first, values))
            before = reader.line_num
    except csv.Error as error:
        sentence = f"cannot be taken apart ({error}); check the quotes around this line"
        faults.append(Fault(reader.line_num + first - 1, "-", sentence))
        return
    yield from lines


def _xlsx_lines(body: bytes, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # late: loading it takes a third of a second
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > MOST_BYTES:
            faults.append(Fault(1, "-", f"unpacks to {size} bytes, too many for a list of this kind"))
            return
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        rows: list[list[object]] = (
            [list(row) for row in book.worksheets[0].iter_rows(values_only=True)] if book.worksheets else []
        )
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        faults.append(Fault(1, "-", f"is no workbook that can be read ({error}); save it as .xlsx or as CSV UTF-8"))
        return
    yield from ((line, [_written(value) for value in row]) for line, row in enumerate(_trimmed(rows), 1))


def _trimmed(rows: list[list[object]]) -> Iterable[list[object]]:
    """Without the empty rows and columns that a formatted sheet carries at its end."""
    width = max((at + 1 for row in rows for at, value in enumerate(row) if value is not None), default=0)
    return [row[:width] for row in rows]


def _written(value: object) -> str:
    """A value of a workbook as one would write it: 7.0 is 7, a date its ISO day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def write_xlsx(titles: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> bytes:
    """A workbook with a sheet of these columns and rows, every cell as text so that no number loses its zeros, and a
    second sheet of notes."""
    from openpyxl import Workbook  # late: loading it takes a third of a second
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "data"
    for line, values in enumerate((titles, *rows), 1):
        for at, value in enumerate(values, 1):
            cell = sheet.cell(row=line, column=at, value=value)
            cell.number_format, cell.data_type = "@", "s"
            if line == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    help_sheet = book.create_sheet("help")
    for line, note in enumerate(notes, 1):
        help_sheet.cell(row=line, column=1).value = note
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()
