"""Official code lists become codes: genericode as the Publications Office and the eForms SDK publish it, and flat
tables (CSV) made of it, which an operator without network can receive.

Pure: bytes in, codes out. Which list replaces which in the warehouse is decided there.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from xml.parsers import expat

from scrapers.errors import SourceChanged, Unreadable
from warehouse.codes.cpv_labels import LANGUAGES
from warehouse.errors import BadFact
from warehouse.model.code_lists import CPV, NUTS, Code

Row = Mapping[str, str]

LARGEST = 256 * 2**20
"""Bytes of a list once unpacked: the largest published has 30 million."""

_GZIP = b"\x1f\x8b"
_COLUMNS = {"code": "code", "fra_label": "fr", "nld_label": "nl", "deu_label": "de", "eng_label": "en"}
_VOCABULARIES = {"cpv_2008_core": CPV, "nuts-lvl3": NUTS, "nuts": NUTS}
"""Lists that eForms publishes under more than one name."""


def read_code_list(body: bytes, name: str | None = None) -> tuple[Code, ...]:
    """The codes of one file, gzipped or not, in its order; several lists where the table holds several. `name` goes
    before what the file calls its list. Raises Unreadable for what is no list, SourceChanged for a table with unknown
    columns."""
    body = _unpacked(body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        codes = tuple(_read_genericode(body, name))
    else:
        codes = tuple(_read_table(body))
    if not codes:
        raise Unreadable("no row of a code list in it; is this a list in genericode, or a table made of one?")
    return with_successors(codes)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as packed:
            found = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"the list is packed and cannot be unpacked ({error}); download it again") from error
    if len(found) > LARGEST:
        raise Unreadable(f"the list unpacks to more than {LARGEST} bytes, which no code list has")
    return found


def _read_genericode(body: bytes, name: str | None) -> Iterator[Code]:
    gathered = _Genericode()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = gathered.refuse_doctype
    parser.StartElementHandler = gathered.start
    parser.EndElementHandler = gathered.end
    parser.CharacterDataHandler = gathered.characters
    parser.buffer_text = True
    try:
        parser.Parse(body, True)  # noqa: FBT003  expat takes no keywords
    except (expat.ExpatError, ValueError) as error:
        raise Unreadable(f"not a readable genericode list ({error}); download it again") from error
    called = name or gathered.name
    if gathered.rows and not called:
        raise Unreadable("the list does not state its name (Identification/LongName)")
    for n, row in enumerate(gathered.rows, 1):
        if "code" not in row:
            raise SourceChanged(f"code_lists: row {n} of {called} has no code: {row}; look at the list's columns")
        yield _code(_VOCABULARIES.get(called or "", called or ""), row)


def _code(name: str, row: Row) -> Code:
    try:
        labels = {language: row.get(language) or None for language in LANGUAGES}
        return Code(name, row["code"], labels["fr"], labels["nl"], labels["de"], labels["en"])
    except BadFact as wrong:
        raise Unreadable(f"the list {name} cannot be kept: {wrong}") from wrong


class _Genericode:
    """Collects expat's events: the list's name, and rows of Row > Value ColumnRef > SimpleValue."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.rows: list[dict[str, str]] = []
        self._column: str | None = None
        self._words: list[str] = []
        self._is_name = False

    def refuse_doctype(self, name: str, *_: object) -> None:
        """None of the lists has a document type, which is how entity bombs are declared."""
        raise Unreadable(f"the code list brings a document type ({name}); refused, download the official file")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "Row":
            self.rows.append({})
        elif name == "Value":
            self._column = _COLUMNS.get(attributes.get("ColumnRef", ""))
        elif name in {"SimpleValue", "LongName", "ShortName"}:
            self._words = []
            # The list's name is its LongName; another LongName is its address, and columns have names too.
            self._is_name = name == "LongName" and not attributes and self.name is None

    def characters(self, words: str) -> None:
        """Words of an element."""
        self._words.append(words)

    def end(self, name: str) -> None:
        """An element ends."""
        value = "".join(self._words).strip()
        if name == "SimpleValue" and self._column and self.rows and value:
            self.rows[-1][self._column] = value
        elif name == "LongName" and self._is_name:
            self.name = value or None


@dataclass(frozen=True, slots=True)
class _CodeTable:
    """The columns by which a kind of table is known."""

    needed: frozenset[str]
    known: frozenset[str]


_LABELS = frozenset({"label_en", "label_fr", "label_nl", "label_de"})
_CPV_TABLE = _CodeTable(frozenset({"code", "parent_code"}) | _LABELS, frozenset({"code", "parent_code"}) | _LABELS)
_LISTS_TABLE = _CodeTable(frozenset({"codelist", "code"}) | _LABELS, frozenset({"codelist", "code"}) | _LABELS)
_NUTS_TABLE = _CodeTable(
    frozenset({"code", "level", "in_nuts2021_sdk1.8", "in_nuts2024_gisco"}) | _LABELS,
    frozenset({"code", "level", "parent", "in_nuts2021_sdk1.8", "in_nuts2024_gisco", "in_sdk1.14_lvl3"})
    | {"name_native_2024"}
    | _LABELS,
)


def _read_table(body: bytes) -> Iterator[Code]:
    """A flat table: codes of one vocabulary, of places over two editions, or of many lists."""
    try:
        rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"not a table of codes in UTF-8 ({error})") from error
    if not rows:
        return
    columns = frozenset(name for name in rows[0] if name)
    for table, read in ((_LISTS_TABLE, _read_lists), (_NUTS_TABLE, _read_places), (_CPV_TABLE, _read_cpv)):
        if table.needed <= columns:
            if columns - table.known or any(None in row for row in rows):
                raise SourceChanged(f"code_lists: unknown columns: {sorted(columns - table.known)}")
            yield from read(rows)
            return
    raise Unreadable(f"a table with the columns {', '.join(sorted(columns))[:200]} is no code list")


def _labels(row: Row) -> dict[str, str]:
    return {name.removeprefix("label_"): (row[name] or "").strip() for name in _LABELS}


def _read_cpv(rows: list[dict[str, str]]) -> Iterator[Code]:
    return (_code(CPV, {"code": row["code"], **_labels(row)}) for row in rows)


def _read_lists(rows: list[dict[str, str]]) -> Iterator[Code]:
    """ "codelist" as a list's own name is the header of a table put under another."""
    real = (row for row in rows if row["codelist"] != "codelist")
    return (_code(row["codelist"], {"code": row["code"], **_labels(row)}) for row in real)


def _read_places(rows: list[dict[str, str]]) -> Iterator[Code]:
    """Places of the editions of 2021 and 2024: one that is only in the older is retired, unless eForms still has it, or
    places within it ("BEZZZ", where no place is meant, is in no edition of Eurostat's)."""
    current = {row["code"] for row in rows if "1" in (row["in_nuts2024_gisco"], row.get("in_sdk1.14_lvl3"))}
    regions = {code[:n] for code in current for n in range(2, 6)}
    for row in rows:
        name = (row.get("name_native_2024") or "").strip()
        labels = {language: value or name for language, value in _labels(row).items()}
        known = next((value for value in labels.values() if value), "")
        code = _code(NUTS, {"code": row["code"], **{language: value or known for language, value in labels.items()}})
        yield replace(code, is_retired=row["code"] not in regions)


def with_successors(codes: tuple[Code, ...]) -> tuple[Code, ...]:
    """Each retired code with its successor: the one code in force that has its name, at its level, in its country.
    Boundaries may have moved a little (Land van Cuijk in 2024); that names moved without their place is not known."""
    in_force: dict[tuple[str, str, int, str | None], list[str]] = {}
    for code in codes:
        if not code.is_retired:
            in_force.setdefault(_reading_key(code), []).append(code.code)
    return tuple(
        replace(code, successor=found[0])
        if code.is_retired and code.successor is None and len(found := in_force.get(_reading_key(code), [])) == 1
        else code
        for code in codes
    )


def _reading_key(code: Code) -> tuple[str, str, int, str | None]:
    return code.list, code.code[:2], len(code.code), code.fr
