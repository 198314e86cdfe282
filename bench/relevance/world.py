"""Reads a folder of judged lots and encodes its texts, once where a file keeps the vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.crosslingual.vector_cache import CachedVectors
from bench.relevance.folder import read_folder
from bench.relevance.scoring import World, texts_of_folder
from matching.encoder.embedding import Model, digest_of
from matching.relevance.lot_text import LotText, read_lot_text
from scrapers.read import read_path
from warehouse.model.notices import OpenLot


def read_world(data: Path, notices: Path, model: Model, kept: Path | None, *, with_others: bool) -> World:
    """The folder `data`, its vectors, and all other lots of `notices` with `with_others` (a minute). Raises Unusable.

    `model` encodes the texts; `kept` is a file that keeps their vectors between runs, None for none.
    """
    folder = read_folder(data, notices)
    texts = texts_of_folder(folder)
    vectors = CachedVectors(model, kept).encode(texts).astype("<f4")
    blobs = {digest_of(text): vector.tobytes() for text, vector in zip(texts, vectors, strict=True)}
    wholes = tuple(read_lot_text(lot) for lot in folder.lots)
    graded = {str(notices / file) for file in folder.notices}
    others = tuple(_other_lots(notices, graded)) if with_others else ()
    return World(folder, wholes, blobs, model.id, others)


def _other_lots(notices: Path, graded: set[str]) -> Iterator[LotText]:
    """Lots of notices without judgements, at most five of one: the hundredth lot of a framework adds nothing new."""
    for reading in read_path(notices):
        if reading.notice is not None and str(reading.path) not in graded:
            whole = replace(reading.notice, lots=(), awards=())
            for lot in reading.notice.lots[:5]:
                yield read_lot_text(OpenLot(lot.id, lot, whole, ()))
