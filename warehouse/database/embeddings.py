"""Saves and loads vectors by model and digest of text. What the numbers mean is matching's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

from warehouse.database.schema import has_facts_attached, registered, transaction
from warehouse.errors import BadFact


def save_vectors(con: duckdb.DuckDBPyConnection, model: str, vectors: Mapping[str, bytes]) -> int:
    """Saves vectors not stored yet (32-bit floats, little-endian, by digest of text); returns how many were new.

    Raises BadFact for a vector that is empty or no whole number of floats.
    """
    for digest, numbers in vectors.items():
        if not numbers or len(numbers) % 4:
            raise BadFact(f"vector {digest} of {model} has {len(numbers)} bytes, which are no 32-bit floats")
    rows = pa.table(
        {"digest": pa.array(list(vectors), pa.string()), "numbers": pa.array(vectors.values(), pa.binary())}
    )
    with transaction(con), registered(con, "incoming", rows):
        ((inserted,),) = con.execute(
            """
            insert into vector
            select $1, incoming.digest, incoming.numbers
            from incoming
            anti join (select digest from vector where model = $1) as known using (digest)
            """,
            [model],
        ).fetchall()
    return int(inserted)


def delete_vectors(con: duckdb.DuckDBPyConnection, model: str, digests: Iterable[str]) -> int:
    """Deletes the vectors of `model`, so that they can be encoded again; returns how many there were."""
    wanted = pa.table({"digest": pa.array(list(dict.fromkeys(digests)), pa.string())})
    with transaction(con), registered(con, "unwanted", wanted):
        ((gone,),) = con.execute(
            "delete from vector where model = ? and digest in (select digest from unwanted)", [model]
        ).fetchall()
    return int(gone)


def load_vectors(con: duckdb.DuckDBPyConnection, model: str, digests: Iterable[str]) -> dict[str, bytes]:
    """The stored vectors of `model` by digest of text, in the facts that a cluster reads too; a digest without a vector
    is left out."""
    wanted = pa.table({"digest": pa.array(list(dict.fromkeys(digests)), pa.string())})
    found: dict[str, bytes] = {}
    with registered(con, "wanted", wanted):
        for table in ("facts.main.vector", "vector") if has_facts_attached(con) else ("vector",):
            query = f"select digest, numbers from {table} semi join wanted using (digest) where model = ?"  # noqa: S608
            found |= dict(con.execute(query, [model]).fetchall())
    return found
