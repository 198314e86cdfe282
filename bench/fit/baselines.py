"""Baselines of the fit: BM25, CPV digits, and the reciprocal rank fusion of BM25, CPV and department, with all its
choices made on the training part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bench.fit.awards import Bools, Ints, Lots, Task
from matching.fit.awards.title_tokens import Lexicon
from matching.fit.metrics import measure_ranking

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

VARIANTS = ("closest award", "closest award, ties by number of awards", "closest title, all codes and places")
CONSTANTS = (5, 10, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class Parts:
    """Scores of shape (queried, firms): BM25 of the closest title; common CPV digits and same department of the closest
    award and summed over awards; the number of awards."""

    bm25: Floats
    cpv: Floats
    cpv_all: Floats
    place: Floats
    place_all: Floats
    awards: Floats


def rival_parts(lots: Lots, task: Task) -> Parts:
    """The parts of the baselines, on the tokens of the fit."""
    queried, past, awards = task.queried, task.awards.lot, task.awards
    lexicon = Lexicon([lots.title[int(i)] for i in task.known])
    words = lexicon.bm25([lots.title[int(i)] for i in queried], [lots.title[int(i)] for i in past])
    shared = common_digits(lots.cpv, queried, past).astype(np.float32)
    place = lots.place[queried][:, None]
    near = ((place == lots.place[past]) & (place >= 0)).astype(np.float32)
    return Parts(
        bm25=awards.most(words),
        cpv=awards.most(shared),
        cpv_all=awards.total(shared),
        place=awards.most(near),
        place_all=awards.total(near),
        awards=np.broadcast_to(np.log(awards.count)[None], (len(queried), awards.firms)).astype(np.float32),
    )


def _stem(code: str) -> str:
    return code[:2] + code[2:].rstrip("0")


def common_digits(codes: Sequence[str], queried: Ints, past: Ints) -> Ints:
    """How many leading significant digits two CPV codes share, of shape (queried, past); one alone counts as none."""
    stems = [_stem(code) for code in codes]
    shared = np.zeros((len(queried), len(past)), np.int64)
    for length in range(2, 9):
        starts = {start: i for i, start in enumerate({stem[:length]: None for stem in stems if len(stem) >= length})}
        row = np.array([starts[stem[:length]] if len(stem) >= length else -1 for stem in stems], np.int64)
        shared[(row[queried][:, None] == row[past][None]) & (row[queried] >= 0)[:, None]] = length
    return shared


def cpv_alone(parts: Parts) -> Floats:
    """Common digits of the closest code, the firm with more awards first among equals."""
    return (parts.cpv + parts.awards / 100).astype(np.float32)


def fuse_ranks(parts: Parts, variant: str, constant: int) -> Doubles:
    """Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009); equals share the mean of their ranks."""
    cpv, place = {
        VARIANTS[0]: (parts.cpv, parts.place),
        VARIANTS[1]: (cpv_alone(parts), parts.place),
        VARIANTS[2]: (parts.cpv_all, parts.place_all),
    }[variant]
    return np.sum([1 / (constant + _ranks(score)) for score in (parts.bm25, cpv, place)], axis=0)


def choose_fusion(inner: Sequence[tuple[Parts, Bools]]) -> tuple[str, int]:
    """The variant and constant that rank best on the training part's own queries.

    `inner` holds for each query part the scores and who won, bool of shape (queried, firms).
    """

    def quality(choice: tuple[str, int]) -> float:
        return float(np.concatenate([measure_ranking(fuse_ranks(p, *choice), won).ndcg for p, won in inner]).mean())

    return max(product(VARIANTS, CONSTANTS), key=quality)


def _ranks(score: Floats) -> Doubles:
    """Ranks from 1 by falling score in each row, equals at their mean."""
    order = np.argsort(-score, axis=1, kind="stable")
    ordered = np.take_along_axis(score, order, 1)
    column = np.arange(score.shape[1])
    new = np.diff(ordered, axis=1, prepend=np.inf) != 0
    first = np.maximum.accumulate(np.where(new, column, 0), axis=1)
    ends = np.concatenate([new[:, 1:], np.ones((len(score), 1), bool)], axis=1)
    last = np.minimum.accumulate(np.where(ends, column, score.shape[1])[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(score.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=1)
    return ranks
