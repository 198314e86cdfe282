"""Notices become a parcel: Arrow tables as they will be kept, and what decides whether they are. No query here.

Whoever reads packs, in as many processes as there are; the one writer only unpacks. A parcel goes from process to
process at the cost of its bytes.
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
_OF = "parcel_row"


@dataclass(frozen=True, slots=True)
class Head:
    """What decides whether a notice is kept: its uid, where it was published, whether more is to come."""

    uid: str
    is_summary: bool
    publication: Publication


@dataclass(frozen=True, slots=True)
class Parcel:
    """Notices packed: their heads, and their rows by table, each with the place of its notice among the heads."""

    heads: tuple[Head, ...]
    tables: Mapping[str, Any]

    def rows(self, wanted: Sequence[int]) -> Iterator[tuple[str, Any]]:
        """The rows of the notices at these places, as the tables have them; no table without a row."""
        chosen = None if len(wanted) == len(self.heads) else set(wanted)
        for name, table in self.tables.items():
            kept = table if chosen is None else table.filter([at in chosen for at in table[_OF].to_pylist()])
            if kept.num_rows:
                yield name, kept.drop_columns(_OF)


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs notices in the shapes of the tables (`Store.packer`). It can be sent to another process."""

    shapes: Mapping[str, Any]

    def pack(self, notices: Iterable[Notice]) -> Parcel:
        """Packs notices, in order. Raises BadFact for one that cannot be kept."""
        heads: list[Head] = []
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in self.shapes}
        for at, notice in enumerate(notices):
            uid = notice.uid
            heads.append(Head(uid, notice.is_summary, notice.publication))
            rows["notice"].append({_OF: at, **_notice_row(notice, uid)})
            for table, child in _child_rows(notice):
                child[_OF] = at
                child["notice"] = uid
                rows[table].append(child)
        return Parcel(tuple(heads), {name: self._table(name, found) for name, found in rows.items() if found})

    def _table(self, name: str, rows: list[dict[str, Any]]) -> Any:
        """Column by column, in the types of the table; a column left out is null."""
        shape: pa.Schema = self.shapes[name].append(pa.field(_OF, pa.int32()))
        columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in shape]
        return pa.Table.from_arrays(columns, schema=shape)


def joined(parcels: Sequence[Parcel]) -> Parcel:
    """Several parcels as one."""
    if len(parcels) == 1:
        return parcels[0]
    heads: list[Head] = []
    rows: dict[str, list[Any]] = {}
    for parcel in parcels:
        for name, table in parcel.tables.items():
            place = table.schema.get_field_index(_OF)
            moved = pa.array([at + len(heads) for at in table[_OF].to_pylist()], pa.int32())
            rows.setdefault(name, []).append(table.set_column(place, table.schema.field(place), moved))
        heads.extend(parcel.heads)
    return Parcel(tuple(heads), {name: pa.concat_tables(tables) for name, tables in rows.items()})


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
        "is_trial": notice.is_trial,
    }


def _child_rows(notice: Notice) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, lot in enumerate(notice.lots):
        yield "lot", {"position": at, "uid": notice.lot_uid(lot), **lot_row(lot)}
    for at, buyer in enumerate(notice.buyers):
        told = {"legal_type": buyer.legal_type, "activity": buyer.activity}
        yield "buyer", {"position": at, **told, **organisation_row(buyer.organisation)}
    for at, change in enumerate(notice.changes):
        told = {"changed": change.notice, "reason": change.reason, "lots": list(change.lots)}
        yield "change", {"position": at, **told, "texts": text_rows(change.texts)}
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
            },
        )
        for place, party in enumerate(award.winners):
            told = {"award": at, "position": place, "id": party.id, "name": party.name}
            members = [organisation_row(o) for o in party.organisations]
            helpers = [organisation_row(o) for o in party.subcontractors]
            yield "tendering_party", {**told, "organisations": members, "subcontractors": helpers}
