"""The baseline of the engine: three lines, a sum of BM25, common CPV digits and cosine, each on its scale."""

from __future__ import annotations

from collections.abc import Mapping

import bm25s
import numpy as np
from numpy.typing import NDArray

from bench.relevance.folder import AwardsFolder
from matching.relevance.lot_text import LotText
from matching.similarity.statement_index import StatementPool, Vectors
from matching.text.bm25 import stems_of
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def score_rival(folder: AwardsFolder, wholes: list[LotText], kept: Mapping[str, bytes]) -> Doubles:
    """The sum for the best statement of each member, float64 of shape (lots, members)."""
    pool = StatementPool(folder.members)
    statements = pool.statements
    index = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    index.index([list(stems_of(s.text.value, language_of(s.text))) for s in statements], show_progress=False)
    words = np.stack([_shared_words(index, whole, len(statements)) for whole in wholes])
    codes = np.array([[_digits(whole, s.cpv) for s in statements] for whole in wholes])
    vectors = Vectors(kept)
    cosines = vectors.stack([whole.text for whole in wholes]) @ vectors.stack(pool.texts()).T
    total = sum((np.asarray((x - x.mean()) / x.std(), np.float64) for x in (words, codes, cosines)), start=np.zeros(1))
    out = np.full((len(wholes), len(folder.members)), -np.inf)
    np.maximum.at(out.T, pool.owner, np.asarray(total).T)
    return out


def _shared_words(index: bm25s.BM25, whole: LotText, count: int) -> Floats:
    stems = dict.fromkeys(stems_of(whole.text.value, whole.language))
    known = [stem for stem in stems if stem in index.vocab_dict]
    return np.asarray(index.get_scores(known), np.float32) if known else np.zeros(count, np.float32)


def _digits(whole: LotText, codes: tuple[Cpv, ...]) -> float:
    return max((required.common(own) for required in whole.codes for own in codes), default=0)
