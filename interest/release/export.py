"""The exports of a night as bytes: UTF-8, sorted, days only, no row ids, a fixed order of columns, SHA-256 of each.

Equal releases are equal bytes. The JSON Schemas in interest/release/schemas are shipped with the files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from interest.atomic_files import pretty, sha256
from interest.crypto.messages import Card
from interest.partners.introductions import Envelope

SCHEMA_VERSION, PARTNERS_VERSION = 1, 2
"""Of the aggregate; of need cards and introductions."""
COLUMNS = ("schema_version", "release_look", "lot_uid", "family", "state", "band", "policy_id")
ALL = "ALL"
SCHEMAS = Path(__file__).with_name("schemas")


@dataclass(frozen=True, slots=True, order=True)
class AggregateCell:
    """One row of the aggregate: a lot's total (family ALL) or one of its families. `release_look` counts the lot's
    looks that are over, a fact of the calendar; `band` is "" but for a total that is stated."""

    lot_uid: str
    family: str
    release_look: int
    state: str
    band: str
    policy_id: str

    def values(self) -> tuple[int | str, ...]:
        """In the order of COLUMNS."""
        look, band = self.release_look, self.band
        return SCHEMA_VERSION, look, self.lot_uid, self.family, self.state, band, self.policy_id


def write_aggregate(cells: Iterable[AggregateCell]) -> dict[str, bytes]:
    """interest_aggregate as CSV, JSON and Parquet."""
    rows = [cell.values() for cell in sorted(cells)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    plain = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return {
        "interest_aggregate.csv": text.getvalue().encode(),
        "interest_aggregate.json": pretty(plain),
        "interest_aggregate.parquet": _parquet(rows),
    }


def _parquet(rows: list[tuple[int | str, ...]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [pa.int64() if name in ("schema_version", "release_look") else pa.string() for name in COLUMNS]
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
    out = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True))), out, compression="zstd")
    return out.getvalue().to_pybytes()


def write_cards(cards: Iterable[tuple[Card, date]], as_of: date) -> bytes:
    """need_cards.json; each card with the day it expires."""
    plain = [
        {
            "card_id": card.card_id,
            "lot_uid": card.lot_uid,
            "families_wanted": list(card.families_wanted),
            "preview": {"place": card.preview.place, "size": card.preview.size},
            "reply_pk": card.reply_pk,
            "expires_on": expires_on.isoformat(),
        }
        for card, expires_on in sorted(cards, key=lambda entry: entry[0].card_id)
    ]
    return pretty({"schema_version": PARTNERS_VERSION, "as_of": as_of.isoformat(), "cards": plain})


def write_introductions(of_cards: Iterable[Envelope], of_tags: Iterable[Envelope], as_of: date) -> bytes:
    """introductions.json: the envelopes of every shown card, and those of the wishes that met."""
    cards = [{"card_id": envelope.under, "sealed": envelope.sealed} for envelope in of_cards]
    tagged = [{"tag": envelope.under, "sealed": envelope.sealed} for envelope in of_tags]
    plain: dict[str, Any] = {
        "schema_version": PARTNERS_VERSION,
        "as_of": as_of.isoformat(),
        "matched_tags": sorted({entry["tag"] for entry in tagged}),
        "envelopes": sorted(
            cards + tagged, key=lambda entry: (entry.get("card_id", ""), entry.get("tag", ""), entry["sealed"])
        ),
    }
    return pretty(plain)


def write_schemas() -> dict[str, bytes]:
    """The JSON Schemas, as shipped beside the exports."""
    return {f"schemas/{path.name}": path.read_bytes() for path in sorted(SCHEMAS.glob("*.json"))}


def write_sums(files: Mapping[str, bytes]) -> bytes:
    """SHA256SUMS, in the form `sha256sum --check` reads."""
    return "".join(f"{sha256(body)}  {name}\n" for name, body in sorted(files.items())).encode()
