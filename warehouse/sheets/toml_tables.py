"""TOML tables ([[member]], [[call]]) with the line of each key, which tomllib does not return."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from warehouse.sheets.cells import Cell, Fault, damage_of

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z_.\s]+?)\s*\]\]?\s*(?:#.*)?")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one [[table]] or of one table inside it."""

    name: str
    first: int
    lines: tuple[str, ...]
    inner: tuple[Block, ...] = ()

    def line_of(self, key: str) -> int:
        """The line where a key of this table is written, the table's own where it is not found."""
        for at, line in enumerate(self.lines):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return self.first + at
        return self.first


def read_tables(name: str, body: bytes, faults: list[Fault]) -> list[tuple[Mapping[str, object], Block]]:
    """The [[name]] tables of a TOML file, each with its lines; none, and a fault, where the file is no such list."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        faults.append(Fault(line, "-", f"byte {body[error.start]:#04x} is not UTF-8; save the file as UTF-8"))
        return []
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        sentence = f"is not TOML ({_AT_LINE.sub('', str(error))}); check quotes and brackets there"
        faults.append(Fault(line, "-", sentence))
        return []
    faults += [Fault(1, key, f"is not known; a file holds [[{name}]] tables only") for key in document if key != name]
    tables = document.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in cast("list[object]", tables)):
        faults.append(Fault(1, name, f"is not a list of tables; write [[{name}]] above each"))
        return []
    blocks = _blocks_of(name, text)
    return [
        (table, blocks[at] if at < len(blocks) else Block(name, 1, ()))
        for at, table in enumerate(cast("list[dict[str, object]]", tables))
    ]


def _blocks_of(name: str, text: str) -> list[Block]:
    lines = text.splitlines()
    starts = [(at, found[2].replace(" ", "")) for at, line in enumerate(lines) if (found := _HEADER.fullmatch(line))]
    ends = [*(at for at, _ in starts), len(lines)][1:]
    blocks: list[Block] = []
    for (at, title), end in zip(starts, ends, strict=True):
        block = Block(title, at + 1, tuple(lines[at:end]))
        if title == name or not blocks:
            blocks.append(block)
        else:
            outer = blocks[-1]
            blocks[-1] = Block(outer.name, outer.first, outer.lines, (*outer.inner, block))
    return [block for block in blocks if block.name == name]


def read_cells(
    table: Mapping[str, object], known: tuple[str, ...], block: Block, faults: list[Fault], *, prefix: str = ""
) -> dict[str, Cell]:
    """The cells of one table by key.

    `table` is the parsed table and `block` its lines in the file; `known` are the keys the caller accepts; `prefix` is
    put before a key in the column's name. Unknown keys and values that are neither text, a number nor a list of texts
    are added to `faults` and left out.
    """
    cells: dict[str, Cell] = {}
    for key, value in table.items():
        place = Cell(block.line_of(key), f"{prefix}{key}")
        if key not in known:
            faults.append(place.fault(f"{key!r} is not known; remove it, or write one of {', '.join(known)}"))
            continue
        words = _words_of(value)
        if words is None:
            sentence = f"{value!r} is neither words, a number, nor a list of words; write one of these"
            faults.append(place.fault(sentence))
            continue
        cells[key] = Cell(place.line, place.column, words)
        if damage := damage_of(cells[key].text):
            faults.append(place.fault(damage))
    return cells


def _words_of(value: object) -> str | tuple[str, ...] | None:
    if isinstance(value, list):
        parts = cast("list[object]", value)
        return tuple(str(part) for part in parts) if all(isinstance(part, str) for part in parts) else None
    if isinstance(value, dict):
        return None
    return str(value)
