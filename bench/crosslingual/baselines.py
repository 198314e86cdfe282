"""Baselines of bench.crosslingual: words as nights weigh them, letters, and the similarities of nights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.fit.features import AT
from matching.fit.weights import shipped_fit
from matching.similarity.scales import meaning_similarity
from matching.text.bm25 import Words, stems_of
from matching.text.char_ngrams import pieces_of
from warehouse.codes.cpv_labels import shipped_labels

Scores = NDArray[np.float32]


def bm25_scores(queries: Sequence[str], a: str, offered: Sequence[str], b: str) -> Scores:
    """BM25 of the project's stems, float32 of shape (queries, offered): `queries` are stemmed in language `a`,
    `offered` in language `b`."""
    index = bm25s.BM25(k1=1.2, b=0.5, method="lucene")
    index.index([list(stems_of(text, b)) or ["\0"] for text in offered], show_progress=False)
    out = np.zeros((len(queries), len(offered)), dtype=np.float32)
    for i, text in enumerate(queries):
        terms = list(dict.fromkeys(stems_of(text, a)))
        if any(term in index.vocab_dict for term in terms):
            out[i] = index.get_scores(terms)
    return out


def letter_scores(queries: Sequence[str], offered: Sequence[str]) -> Scores:
    """Cosines of TF-IDF over pieces of words, which cognates share, of shape (queries, offered)."""
    counts = [Counter(pieces_of(text)) for text in (*queries, *offered)]
    place = {piece: i for i, piece in enumerate(dict.fromkeys(p for c in counts for p in c))}
    columns = [place[p] for c in counts for p in c]
    rarity = np.log(len(counts) / np.bincount(columns, minlength=len(place)))
    values = np.array([1 + np.log(n) for c in counts for n in c.values()]) * rarity[columns]
    rows = [i for i, c in enumerate(counts) for _ in c]
    weighed = sparse.csr_matrix((values, (rows, columns)), shape=(len(counts), len(place)))
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    weighed = sparse.csr_matrix(sparse.diags(1 / np.maximum(lengths, 1e-9)) @ weighed)
    return (weighed[: len(queries)] @ weighed[len(queries) :].T).toarray().astype(np.float32)


def night_scores(
    queries: Sequence[str], offered: Sequence[str], language: str | None, vectors: tuple[Scores, Scores]
) -> Scores:
    """The points that the fit of nights gives to words and meaning, float32 of shape (queries, offered).

    `queries` and `offered` are of one `language`; where it is None they are of two, and meaning alone is compared.
    `vectors` are those of the two, of shapes (queries, dimension) and (offered, dimension).
    """
    words = meaning = meaning_similarity(*vectors)
    if language:
        index = Words(
            [(text, language) for text in offered], [(r.text(language), language) for r in shipped_labels().values()]
        )
        words = np.stack([index.similarity(text, language) for text in queries])
    weights = shipped_fit().weights
    return (weights[AT["words"]] * words + weights[AT["meaning"]] * meaning).astype(np.float32)
