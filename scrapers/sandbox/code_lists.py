"""The code lists as their publisher serves them: an index in JSON and lists in genericode, made of a small table.

The codes are those of the invented notices and some short lists in full; their labels are the official ones.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.wire import Reply, nginx_429
from warehouse.codes.cpv_labels import shipped_labels

Row = Mapping[str, str]

_TABLE = Path(__file__).parent / "embedded" / "code_lists.csv"
PREFIX = "/lists/"
_COLUMNS = {"code": "code", "Name": "en", "deu_label": "de", "eng_label": "en", "fra_label": "fr", "nld_label": "nl"}
_SDK = "1.14.0"


def answer_list(faults: Faults, path: str) -> Reply | None:
    """The index or a list by the last part of its address; None for what there is not."""
    if faults.strikes("lists:429"):
        return nginx_429()
    name = path.removeprefix(PREFIX)
    if name == "codelists.json":
        return Reply(200, _index(), content_type="text/plain; charset=utf-8")
    rows = _tables().get(name.removesuffix(".gc")) if name.endswith(".gc") else None
    if rows is None:
        return None
    return Reply(200, render_genericode(name.removesuffix(".gc"), rows), content_type="text/plain; charset=utf-8")


def render_genericode(name: str, rows: list[Row]) -> bytes:
    """A list as the Publications Office writes it, in four of its languages."""
    columns = "".join(
        f'<Column Id="{column}" Use="optional"><ShortName>{column}</ShortName></Column>' for column in _COLUMNS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/">\n'
        f"<Identification><ShortName>{name}</ShortName><LongName>{name}</LongName>"
        f'<LongName Identifier="listId">http://publications.europa.eu/resource/authority/{name}</LongName>'
        f"<Version>{_SDK}</Version></Identification>\n"
        f"<ColumnSet>{columns}</ColumnSet>\n"
        f"<SimpleCodeList>\n{''.join(map(_row, rows))}</SimpleCodeList>\n</gc:CodeList>\n"
    ).encode()


def _row(row: Row) -> str:
    values = (
        f'<Value ColumnRef="{column}"><SimpleValue>{escape(row[key])}</SimpleValue></Value>'
        for column, key in _COLUMNS.items()
    )
    return f"<Row>{''.join(values)}</Row>\n"


def _index() -> bytes:
    listed = [{"id": name, "version": _SDK, "filename": f"{name}.gc"} for name in sorted(_tables())]
    return json.dumps({"ublVersion": "2.3", "sdkVersion": _SDK, "codelists": listed}, indent=2).encode()


@cache
def _tables() -> Mapping[str, list[Row]]:
    tables: dict[str, list[Row]] = {"cpv": [*_cpv()]}
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            tables.setdefault(row["list"], []).append(row)
    return tables


def _cpv() -> Iterator[Row]:
    for row in shipped_labels().values():
        yield {"code": row.code.code, "fr": row.fr, "nl": row.nl, "de": row.de, "en": row.en}
