"""The judge: from open lots, members and vectors to verdicts. The door of this room.

Here belongs the order of judging: facets, gates, the cheap likenesses, meaning, scores, consortia. It reads no file, no
clock and no model; equal inputs give equal verdicts in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import Terms, refuse
from matching.embedding import digest_of
from matching.facets import facets_of
from matching.forming import form_consortia
from matching.pool import Likenesses, StatementPool, Vectors, add_meaning, text_of
from matching.score import Case, score
from warehouse.cluster import Member
from warehouse.facts import OpenLot, Reference, Text
from warehouse.verdicts import Match, Refusal, RefusalKind, Verdict

Bools = NDArray[np.bool_]

LEAST_CPV, LEAST_WORDS = 0.25, 0.35
"""The cheap gate: a code in one narrow division, or more than one telling word, or there is nothing to look at."""
FLOOR = 0.2
"""Matches below are not kept: they say nothing that a refusal would not."""


def texts_to_encode(
    lots: Iterable[OpenLot], members: Sequence[Member], references: Sequence[Reference] = ()
) -> tuple[Text, ...]:
    """The distinct texts whose vectors `judge_lots` will ask for: every statement, and the facets of the lots where
    words or codes are alike for at least one member (7.5 % of notices pass for a cluster of ICT firms)."""
    pool = StatementPool(members, references)
    texts = {digest_of(text): text for text in pool.texts()}
    for lot in lots:
        likenesses = pool.liken(facets_of(lot))
        if is_alike(likenesses, pool).any():
            texts |= {digest_of(text): text for text in map(text_of, likenesses.facets)}
    return tuple(texts[digest] for digest in sorted(texts))


def judge_lots(
    lots: Iterable[OpenLot],
    members: Sequence[Member],
    references: Sequence[Reference] = (),
    vectors: Mapping[str, bytes] | None = None,
    *,
    as_of: datetime,
    notice_days: int = 0,
) -> Iterator[Verdict]:
    """A verdict per lot, in the order of the lots. `vectors` are float32 blobs by digest, of one model; `as_of` is the
    instant of judging, with its zone. Without vectors (None) words and codes alone are judged. Raises VectorsRefused
    when a vector is missing or unlike the others."""
    pool = StatementPool(members, references)
    found = Vectors(vectors or {})
    spoken = np.zeros((0, 0), dtype=np.float32) if vectors is None else found.stack(pool.texts())
    terms = Terms(as_of, notice_days)
    for lot in lots:
        yield _judge(lot, pool, terms, found, spoken)


def _judge(lot: OpenLot, pool: StatementPool, terms: Terms, vectors: Vectors, spoken: NDArray[np.float32]) -> Verdict:
    likenesses = pool.liken(facets_of(lot))
    alike = is_alike(likenesses, pool)
    refusals: list[Refusal] = []
    admitted: list[int] = []
    codes = ", ".join(facet.code for facet in likenesses.facets if facet.code)
    for j, member in enumerate(pool.members):
        if refusal := refuse(lot, member, terms):
            refusals.append(refusal)
        else:
            admitted.append(j)
            if not alike[j]:
                refusals.append(Refusal(lot.uid, member.id, RefusalKind.NO_LIKENESS, codes))
    if not any(alike[j] for j in admitted):
        return Verdict(lot.uid, likenesses.facets, (), tuple(refusals), ())
    likenesses = add_meaning(likenesses, spoken, vectors) if len(spoken) else likenesses
    matches = [score(Case(lot, likenesses, pool, j)) for j in admitted if alike[j]]
    formed = form_consortia(lot, likenesses, pool, admitted, matches)
    return Verdict(
        lot.uid, likenesses.facets, _ranked(matches), tuple(refusals), formed.consortia, no_consortium=formed.infeasible
    )


def _ranked(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Matches worth keeping, the best first, equals by id."""
    return tuple(sorted((m for m in matches if m.score >= FLOOR), key=lambda m: (-m.score, m.member)))


def is_alike(likenesses: Likenesses, pool: StatementPool) -> Bools:
    """Which members have a code or words in common with the lot, bool of shape (members,)."""
    if not likenesses.facets:
        return np.zeros(len(pool.members), dtype=bool)
    coded = pool.by_member(likenesses.cpv).max(axis=0) >= LEAST_CPV
    worded = pool.by_member(likenesses.words).max(axis=0) >= LEAST_WORDS
    return coded | worded
