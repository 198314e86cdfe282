"""Tables that a person opens in a spreadsheet: CSV as the spreadsheet of its language reads it, and xlsx.

Exports for programs (warehouse/export) keep one form whatever the reader; here numbers, days and hours are written for
the one who opens the file, hours in Brussels. No cell is run as a formula. The same table gives the same bytes: no file
holds the time at which it was written.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")

CellValue = str | int | Decimal | date | datetime | None
"""What a cell may hold: a text, a number, a day, a zone-aware moment, nothing."""

_MOST_SIGNS = 32_767
"""Signs of an Excel cell; LibreOffice cuts there too."""
_WIDEST, _NARROWEST = 60, 8
_BEGINS_A_FORMULA = re.compile(r"\s*[=+\-@|%]|[\t\r]")
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_WRITTEN_AT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True, slots=True)
class ReadableTable:
    """A table: the name of its sheet, the names of its columns in words, its rows. `language` (ISO 639-1) is its
    reader's: French, Dutch and German spreadsheets separate by semicolons and write decimal commas."""

    name: str
    language: str
    columns: tuple[str, ...]
    rows: tuple[tuple[CellValue, ...], ...]

    @property
    def has_commas(self) -> bool:
        """Whether decimals have a comma, and cells of CSV are separated by semicolons."""
        return self.language != "en"


def write_csv(table: ReadableTable) -> bytes:
    """The table as CSV in UTF-8 with a byte order mark, by which Excel knows the encoding, lines ended by CRLF. A text
    that would begin a formula is preceded by an apostrophe."""
    body = io.StringIO()
    rows = csv.writer(body, delimiter=";" if table.has_commas else ",", lineterminator="\r\n")
    for row in (table.columns, *table.rows):
        rows.writerow([_written(value, has_commas=table.has_commas) for value in row])
    return b"\xef\xbb\xbf" + body.getvalue().encode()


def _written(value: CellValue, *, has_commas: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",") if has_commas else f"{value:f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(BRUSSELS):%Y-%m-%d %H:%M}"
    if isinstance(value, str):
        text = _clean(value)
        return f"'{text}" if _BEGINS_A_FORMULA.match(text) else text
    return str(value)


def _clean(text: str) -> str:
    """The text without controls and signs that change the direction of writing, on lines as it is."""
    kept = (sign for sign in text if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return "".join(kept)[:_MOST_SIGNS]


def write_workbook(table: ReadableTable) -> bytes:
    """The table as xlsx: numbers and days as such, texts never as formulas, the header kept in view, columns as wide as
    what they hold."""
    from openpyxl import Workbook  # late: loading it takes a third of a second
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", _clean(table.name))[:31]
    for line, row in enumerate((table.columns, *table.rows), 1):
        for at, value in enumerate(row, 1):
            held, cell_format = _cell_of(value)
            cell = sheet.cell(row=line, column=at, value=held)
            cell.number_format = cell_format
            if isinstance(value, str):
                cell.data_type = "s"  # else openpyxl takes "=1+1" for a formula
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if line == 1:
                cell.font = Font(bold=True)
    for at, width in enumerate(_widths(table), 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    if table.rows:
        sheet.auto_filter.ref = sheet.dimensions
    body = io.BytesIO()
    book.save(body)
    return _without_times(body.getvalue())


def _cell_of(value: CellValue) -> tuple[CellValue, str]:
    """A value as a spreadsheet holds it, and its format; its own language writes the decimal sign."""
    if isinstance(value, datetime):
        return value.astimezone(BRUSSELS).replace(tzinfo=None), "yyyy-mm-dd hh:mm"
    if isinstance(value, date):
        return value, "yyyy-mm-dd"
    if isinstance(value, Decimal):
        return value, "#,##0" if value == value.to_integral_value() else "#,##0.00"
    return (_clean(value), "@") if isinstance(value, str) else (value, "General")


def _widths(table: ReadableTable) -> list[int]:
    columns = zip(table.columns, *table.rows, strict=True)
    longest = (max(len(_written(value, has_commas=table.has_commas)) for value in column) for column in columns)
    return [min(_WIDEST, max(_NARROWEST, width + 2)) for width in longest]


def _without_times(workbook: bytes) -> bytes:
    """The same workbook, its files and properties dated 1980: who wrote it when is nobody's business."""
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as read, zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as written:
        for part in read.infolist():
            content = _WRITTEN_AT.sub(rb"\g<1>1980-01-01T00:00:00Z", read.read(part))
            written.writestr(zipfile.ZipInfo(part.filename, _NO_TIME), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()
