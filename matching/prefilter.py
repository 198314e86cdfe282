"""The prefilter: which members have anything in common with a lot, before vectors are computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.relevance.comparison import Relevance
from matching.relevance.lot_text import LotText
from matching.similarity.statement_index import Similarities, StatementPool
from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import Facet, FacetKind

Bools = NDArray[np.bool_]

LEAST_CPV, LEAST_WORDS = 0.25, 0.35
"""A code in one narrow division, or more than one distinctive word; with less a lot is not scored."""
LEAST_LABEL = 0.4
"""Letters shared with a code's label, for statements without a code in another language than the lot's: the lowest
tenth at which no more notices pass than its code would let through (bench.fit.prefilter: .309 beside .331)."""
LEAST_TERMS = 1.0
"""Standard deviations of shared terms and codes, without vectors, from which a lot is worth a vector: of the 157 judged
lots with a relevant member 156 pass with it, 154 without."""


def passes_prefilter(text: LotText, facets: Sequence[Facet], pool: StatementPool, relevance: Relevance) -> bool:
    """Whether a lot is worth vectors for any member: it has a sign of ICT, or something in common with a statement.

    `text` is the lot as a whole and `facets` are its parts; `pool` holds the members' statements, `relevance` the same
    prepared for the comparison of terms.
    """
    return any(text.ict) or is_similar_to_any_member(facets, pool) or is_near_in_terms(text, relevance)


def is_near_in_terms(text: LotText, relevance: Relevance) -> bool:
    """Whether the terms and codes of the lot as a whole are those of a member, labels of its codes included."""
    return bool(len(relevance.statements)) and relevance.measure_terms(text) >= LEAST_TERMS


def is_similar(similarities: Similarities, pool: StatementPool) -> Bools:
    """Which members have a code or words in common with the lot, or state in another language and without a code what
    its codes are called; bool of shape (members,)."""
    if not similarities.facets:
        return np.zeros(len(pool.members), dtype=bool)
    coded = pool.by_member(similarities.cpv).max(axis=0) >= LEAST_CPV
    worded = pool.by_member(similarities.words).max(axis=0) >= LEAST_WORDS
    labelled = pool.by_member(pool.uncoded.similarity(similarities.facets)[None])[0] >= LEAST_LABEL
    return coded | worded | labelled


def is_similar_to_any_member(facets: Sequence[Facet], pool: StatementPool) -> bool:
    """Whether is_similar holds for any member; ends at the first, and codes are cheaper than words."""
    codes = [Cpv(facet.code) for facet in facets if facet.kind is FacetKind.CPV and facet.code]
    return len(pool.statements) > 0 and (
        any(pool.code_similarities(code).max() >= LEAST_CPV for code in codes)
        or any(pool.word_similarities(facet).max() >= LEAST_WORDS for facet in facets)
        or bool(pool.uncoded.similarity(facets).max() >= LEAST_LABEL)
    )
