"""Writes OCDS release packages: one file for each source and day, a few hundred notices in memory at a time.

A package that exists is complete; packages of an earlier export that this one does not write are deleted.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.atomic_files import complete
from warehouse.database.notice_queries import BATCH, notices_of
from warehouse.database.run_ledger import load_as_of
from warehouse.database.schema import fetch_rows, registered
from warehouse.errors import BadFact
from warehouse.export.ocds_release import EXTENSIONS, release_of
from warehouse.model.notices import Publication

PROVISIONAL_PREFIX = "ocds-000000"
"""No prefix anybody was given: an operator registers one before publishing (https://www.open-contracting.org)."""

_NUMBER = re.compile(r'"\\u0000(-?[0-9.]+)"')


@dataclass(frozen=True, slots=True)
class Origin:
    """Who published a source's notices, and the address of the licence they may be reused under, None for none."""

    publisher: str
    uri: str
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """A package written: its file, its releases, and the notices without any date, which are in none."""

    path: Path
    releases: int
    undated: int


def write_packages(
    con: duckdb.DuckDBPyConnection, folder: Path, origins: Mapping[str, Origin], prefix: str
) -> tuple[Packed, ...]:
    """Writes the notices of the sources in `origins` as OCDS release packages and returns them.

    Reads from `con`; `origins` are publishers and licences by source; `prefix` is the OCID prefix of the operator.
    Files are <folder>/<source>/<day>.json, below `folder`, and "undated.json" for portals that state no day; a day
    without a release has no package. Raises BadFact before the first night.
    """
    moment = load_as_of(con)
    if moment is None:
        raise BadFact("the warehouse has no night set; run a night before exporting")
    parts = fetch_rows(
        con,
        """
        select distinct notice.source, publication.day from notice
        join publication on publication.notice = notice.uid
            and publication.source = notice.source and publication.number = notice.number
        order by notice.source, publication.day nulls last
        """,
    )
    written: list[Packed] = []
    for part in parts:
        if part["source"] in origins:
            path = folder / part["source"] / f"{part['day'] or 'undated'}.json"
            head = _head(path, origins[part["source"]], prefix, moment)
            written.append(_write(con, path, (part["source"], part["day"]), head, prefix))
    for stale in set(folder.glob("*/*.json")) - {packed.path for packed in written if packed.releases}:
        stale.unlink()
    return tuple(written)


def _head(path: Path, origin: Origin, prefix: str, moment: datetime) -> dict[str, Any]:
    name = f"{prefix}/{path.parent.name}/{path.stem}"
    head: dict[str, Any] = {
        "uri": uuid.uuid5(uuid.NAMESPACE_URL, name).urn,
        "version": "1.1",
        "extensions": list(EXTENSIONS),
        "publishedDate": moment.isoformat(),
        "publisher": {"name": origin.publisher, "uri": origin.uri},
    }
    if origin.licence:
        head["license"] = origin.licence
    return head


def _write(
    con: duckdb.DuckDBPyConnection, path: Path, of: tuple[str, date | None], head: dict[str, Any], prefix: str
) -> Packed:
    path.parent.mkdir(parents=True, exist_ok=True)
    uids = [row["uid"] for row in fetch_rows(con, _OF_THE_DAY, of)]
    releases = 0
    with complete(path) as part, part.open("w", encoding="utf-8", newline="\n") as out:
        out.write(_text(head)[:-1] + ',"releases":[')
        for release in _releases(con, uids, prefix):
            out.write(",\n" if releases else "\n")
            out.write(_text(release))
            releases += 1
        out.write("\n]}\n")
    return Packed(path, releases, len(uids) - releases)


def _releases(con: duckdb.DuckDBPyConnection, uids: list[str], prefix: str) -> Iterator[dict[str, Any]]:
    for start in range(0, len(uids), BATCH):
        chunk = uids[start : start + BATCH]
        with registered(con, "asked", pa.table({"notice": pa.array(chunk, pa.string())})):
            names = {row["uid"]: row["name"] for row in fetch_rows(con, _NAMES)}
            pages = _grouped(fetch_rows(con, _PAGES))
            amended = {(row["notice"], row["changed"]): row["uid"] for row in fetch_rows(con, _AMENDED)}
        for notice in notices_of(con, chunk):
            named = {
                c.notice: amended[notice.uid, c.notice] for c in notice.changes if (notice.uid, c.notice) in amended
            }
            release = release_of(notice, f"{prefix}-{names[notice.uid]}", pages[notice.uid], named)
            if release is not None:
                yield release


_OF_THE_DAY = """
    select notice.uid from notice
    join publication on publication.notice = notice.uid
        and publication.source = notice.source and publication.number = notice.number
    where notice.source = $1 and publication.day is not distinct from $2::date
    order by notice.uid
    """
_NAMES = """
    select notice.uid, coalesce(merged_procedure.procedure_uid, notice.procedure_uid) as name
    from notice semi join asked on asked.notice = notice.uid
    left join merged_procedure on merged_procedure.stated = notice.procedure_uid
    """
_PAGES = "select * from publication semi join asked using (notice) order by notice, day nulls last, source, number"
_AMENDED = """
    select change.notice, change.changed, min(coalesce(notice.uid, publication.notice)) as uid
    from change semi join asked using (notice)
    left join notice on lower(notice.uid) = lower(trim(change.changed))
    left join publication on ltrim(publication.number, '0') = ltrim(trim(change.changed), '0')
    where coalesce(notice.uid, publication.notice) is not null
    group by change.notice, change.changed
    """


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[str, list[Publication]]:
    pages: dict[str, list[Publication]] = {}
    for row in rows:
        pages.setdefault(row["notice"], []).append(Publication(row["source"], row["number"], row["day"], row["url"]))
    return pages


def _text(value: dict[str, Any]) -> str:
    """JSON in UTF-8 whose amounts are written to the last digit: the json module cannot write Decimal, and money is
    never a float."""
    return _NUMBER.sub(r"\1", json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_marked))


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"\0{value:f}"
    raise TypeError(f"{type(value).__name__} has no place in a release")
