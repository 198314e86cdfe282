"""Reads a folder of judged lots and encodes its texts, once where a file keeps the vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.crosslingual.vector_cache import CachedVectors
from bench.relevance.covering import Needs, read_needs
from bench.relevance.folder import read_folder
from bench.relevance.scoring import World, texts_of_folder
from matching.encoder.embedding import Model, digest_of
from matching.relevance.lot_text import LotText, read_lot_text
from scrapers.read import read_path
from warehouse.model.notices import OpenLot, Text


def read_world(data: Path, notices: Path, model: Model, kept: Path | None, *, with_others: bool) -> World:
    """The folder `data`, its vectors, and all other lots of `notices` with `with_others` (a minute). Raises Unusable.

    `model` encodes the texts; `kept` is a file that keeps their vectors between runs, None for none.
    """
    folder = read_folder(data, notices)
    needs = read_needs(data, folder)
    wholes = tuple(read_lot_text(lot) for lot in folder.lots)
    texts = texts_of_folder(folder)
    if needs is not None:
        texts = tuple({digest_of(text): text for text in (*texts, *texts_of_needs(needs, wholes))}.values())
    vectors = CachedVectors(model, kept).encode(texts).astype("<f4")
    blobs = {digest_of(text): vector.tobytes() for text, vector in zip(texts, vectors, strict=True)}
    graded = {str(notices / file) for file in folder.notices}
    others = tuple(_other_lots(notices, graded)) if with_others else ()
    return World(folder, wholes, blobs, model.id, others, needs)


def texts_of_needs(needs: Needs, wholes: Sequence[LotText]) -> list[Text]:
    """The words of each need in the language of its lot (None for one of none of the four)."""
    languages = (wholes[i].language or None for i in needs.lots.tolist())
    return [Text(source, language) for source, language in zip(needs.sources, languages, strict=True)]


def _other_lots(notices: Path, graded: set[str]) -> Iterator[LotText]:
    """Lots of notices without judgements, at most five of one: the hundredth lot of a framework adds nothing new."""
    for reading in read_path(notices):
        if reading.notice is not None and str(reading.path) not in graded:
            whole = replace(reading.notice, lots=(), awards=())
            for lot in reading.notice.lots[:5]:
                yield read_lot_text(OpenLot(lot.id, lot, whole, ()))
