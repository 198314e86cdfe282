"""Record batches: notices as Arrow tables with the columns of the warehouse, and the heads that decide what is written.

Reading processes build batches in parallel, the single writer only inserts them. Passing a batch between processes
costs the copy of its bytes. Queries are not part of this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pyarrow as pa

from warehouse.database.row_mapping import codes, lot_row, money_row, organisation_row, text_rows
from warehouse.model.notices import Notice, Publication

CHILDREN = ("lot", "buyer", "award", "tendering_party", "change")
TABLES = ("notice", *CHILDREN)
_INDEX = "batch_row"


@dataclass(frozen=True, slots=True)
class Head:
    """What decides whether a notice is written: its uid, its publication, and whether it is only a summary."""

    uid: str
    is_summary: bool
    publication: Publication


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Notices as rows: their heads, and Arrow tables by name, each row with the index of its notice among the heads."""

    heads: tuple[Head, ...]
    tables: Mapping[str, Any]

    def rows(self, wanted: Sequence[int]) -> Iterator[tuple[str, Any]]:
        """Table names with the rows of the notices at the `wanted` indices; tables without a row are left out."""
        chosen = None if len(wanted) == len(self.heads) else set(wanted)
        for name, table in self.tables.items():
            kept = table if chosen is None else table.filter([index in chosen for index in table[_INDEX].to_pylist()])
            if kept.num_rows:
                yield name, kept.drop_columns(_INDEX)


@dataclass(frozen=True, slots=True)
class BatchBuilder:
    """Builds record batches with the columns of the tables (`Store.batch_builder`). It can be pickled."""

    shapes: Mapping[str, Any]

    def build(self, notices: Iterable[Notice]) -> RecordBatch:
        """The notices as rows, in order. Raises BadFact for a notice that cannot be stored."""
        heads: list[Head] = []
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in self.shapes}
        for index, notice in enumerate(notices):
            uid = notice.uid
            heads.append(Head(uid, notice.is_summary, notice.publication))
            rows["notice"].append({_INDEX: index, **_notice_row(notice, uid)})
            for table, child in _child_rows(notice):
                child[_INDEX] = index
                child["notice"] = uid
                rows[table].append(child)
        return RecordBatch(tuple(heads), {name: self._table(name, found) for name, found in rows.items() if found})

    def _table(self, name: str, rows: list[dict[str, Any]]) -> Any:
        """Column by column, in the types of the table; a column left out is null."""
        shape: pa.Schema = self.shapes[name].append(pa.field(_INDEX, pa.int32()))
        columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in shape]
        return pa.Table.from_arrays(columns, schema=shape)


def concatenate(batches: Sequence[RecordBatch]) -> RecordBatch:
    """Several batches as one."""
    if len(batches) == 1:
        return batches[0]
    heads: list[Head] = []
    rows: dict[str, list[Any]] = {}
    for batch in batches:
        for name, table in batch.tables.items():
            place = table.schema.get_field_index(_INDEX)
            moved = pa.array([at + len(heads) for at in table[_INDEX].to_pylist()], pa.int32())
            rows.setdefault(name, []).append(table.set_column(place, table.schema.field(place), moved))
        heads.extend(batch.heads)
    return RecordBatch(tuple(heads), {name: pa.concat_tables(tables) for name, tables in rows.items()})


def _notice_row(notice: Notice, uid: str) -> dict[str, Any]:
    return {
        "uid": uid,
        "id": notice.id,
        "version": notice.version,
        "form": notice.form.value,
        "source": notice.publication.source,
        "number": notice.publication.number,
        "notice_type": notice.notice_type,
        "subtype": notice.subtype,
        "schema": notice.schema,
        "procedure": notice.procedure,
        "procedure_uid": notice.procedure_uid,
        "procedure_type": notice.procedure_type,
        "languages": list(notice.languages),
        "titles": text_rows(notice.titles),
        "descriptions": text_rows(notice.descriptions),
        "nature": notice.nature,
        "cpv": codes(notice.cpv),
        "nuts": codes(notice.nuts),
        "estimate": money_row(notice.estimate),
        "framework_maximum": money_row(notice.framework_maximum),
        "issued_at": notice.issued_at.astimezone(UTC) if notice.issued_at else None,
        "is_summary": notice.is_summary,
        "is_trial": notice.is_dummy,
    }


def _child_rows(notice: Notice) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, lot in enumerate(notice.lots):
        yield "lot", {"position": at, "uid": notice.lot_uid(lot), **lot_row(lot)}
    for at, buyer in enumerate(notice.buyers):
        columns = {"legal_type": buyer.legal_type, "activity": buyer.activity}
        yield "buyer", {"position": at, **columns, **organisation_row(buyer.organisation)}
    for at, change in enumerate(notice.changes):
        columns = {"changed": change.notice, "reason": change.reason, "lots": list(change.lots)}
        columns["sections"] = list(change.sections)
        yield "change", {"position": at, **columns, "texts": text_rows(change.texts)}
    yield from _award_rows(notice)


def _award_rows(notice: Notice) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, award in enumerate(notice.awards):
        yield (
            "award",
            {
                "position": at,
                "lot": award.lot,
                "outcome": award.outcome,
                "value": money_row(award.value),
                "decided_on": award.decided_on,
                "tenders_received": award.tenders_received,
                "terminates": award.terminates,
                "sme_tenders": award.sme_tenders,
                "subcontracted": award.subcontracted,
            },
        )
        for place, party in enumerate(award.winners):
            columns = {"award": at, "position": place, "id": party.id, "name": party.name}
            members = [organisation_row(o) for o in party.organisations]
            helpers = [organisation_row(o) for o in party.subcontractors]
            yield "tendering_party", {**columns, "organisations": members, "subcontractors": helpers}
