"""Members' feedback, measured like any lot: for their own offsets, and as examples for training.

How an answer becomes a row of measures. Its effect is in member_offsets.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.estimator import Examples
from matching.fit.features import Measures
from matching.fit.member_offsets import SPEAKING, FeedbackExample
from matching.relevance.comparison import vectors_of
from matching.relevance.lot_text import read_lot_text
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool, Vectors, add_meaning
from warehouse.model.feedback import YES, Answer
from warehouse.model.members import Member
from warehouse.model.notices import Reference

Floats = NDArray[np.float32]
MeasuredFeedback = tuple[int, Answer, Floats]
"""Whose answer (the member's position), what it was, and the measures of its lot for that member."""


def measure_feedback(
    feedback: Sequence[FeedbackExample], measures: Measures, vectors: Vectors, statement_vectors: Floats | None
) -> list[MeasuredFeedback]:
    """The answers of the members of the pool, by member and lot.

    `feedback` are the answers and `measures` the members; `vectors` holds the vectors of the lots; `statement_vectors`
    are the pool's, float32 of shape (statements, dimension), None without vectors.
    """
    place = {member.id: j for j, member in enumerate(measures.pool.members)}
    measured: list[MeasuredFeedback] = []
    for example in sorted(feedback, key=lambda example: (example.member, example.lot.uid)):
        if (j := place.get(example.member)) is not None:
            like = measures.pool.compute_similarities(facets_of(example.lot))
            like = like if statement_vectors is None else add_meaning(like, statement_vectors, vectors)
            text = read_lot_text(example.lot)
            own = None if statement_vectors is None else vectors_of(measures.relevance, text, vectors)
            measured.append((j, example.answer, measures.measure(example.lot, text, like, own)[j]))
    return measured


def add_liked_lots(
    feedback: Sequence[FeedbackExample], measures: Measures, vectors: Vectors, statement_vectors: Floats | None
) -> None:
    """Adds the lots of positive answers in `feedback` to the statements of their members in `measures`; see
    Relevance.add_liked.

    `vectors` holds the vectors of the lots; `statement_vectors` are the pool's, float32 of shape (statements,
    dimension), None without vectors.
    """
    place = {member.id: j for j, member in enumerate(measures.pool.members)}
    for example in sorted(feedback, key=lambda example: (example.member, example.lot.uid)):
        if example.member in place and example.answer in YES:
            text = read_lot_text(example.lot)
            own = None if statement_vectors is None else vectors_of(measures.relevance, text, vectors)
            measures.relevance.add_liked(place[example.member], text, own)


def examples_of(
    feedback: Sequence[FeedbackExample],
    members: Sequence[Member],
    references: Sequence[Reference],
    vectors: Mapping[str, bytes],
    codes: CodeVectors,
) -> Examples | None:
    """The answers about the fit in `feedback` as examples, a yes as an award; None when there is none.

    `members` and `references` are the cluster's with their awards; `vectors` are float32 blobs by digest of text;
    `codes` are the learned similarities of codes.
    """
    pool = StatementPool(members, references)
    found = Vectors(vectors)
    statement_vectors = found.stack(pool.texts())
    measured = measure_feedback(
        feedback, Measures(pool, references, codes, statement_vectors=statement_vectors), found, statement_vectors
    )
    rows = [(measures, answer in YES, member) for member, answer, measures in measured if answer in SPEAKING]
    if not rows:
        return None
    measures, won, members = zip(*rows, strict=True)
    return Examples(np.stack(measures), np.array(won, dtype=bool), np.ones(len(rows)), np.array(members, np.int64))
