"""Examples for the fit: firms queried for purchases that are kept apart from their past, as in a night.

How past purchases become members, lots and examples. The model is in model.py, the reading in awards/award_dataset.py.

Firms have their awards as a record, or the titles of their awards as competences: every purchase is queried twice, so
that weights are learned for members with and without a record.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.award_dataset import Bought
from matching.fit.awards.award_features import traits_of_lot
from matching.fit.awards.award_history import LEAST_AWARDS
from matching.fit.awards.code_embeddings import CodeVectors, learn_codes
from matching.fit.awards.title_tokens import learn_spellings
from matching.fit.estimator import Examples, join_examples
from matching.fit.features import NAMES, Measures
from matching.prefilter import is_similar
from matching.relevance.lot_text import read_lot_text
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool, Vectors, add_meaning, text_of
from warehouse.codes.classifications import Nuts
from warehouse.model.members import Competence, Member
from warehouse.model.notices import Reference, Text

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

OTHERS = 100
"""Firms drawn beside the winners of a lot."""
NOWHERE = Nuts("XX")


class FirmEvidence(Enum):
    """The evidence of firms: awards for all, competences for all, or one half each."""

    RECORDS = auto()
    WORDS = auto()
    MIXED = auto()


LESSONS = (FirmEvidence.RECORDS,)
"""How each purchase is queried for training: a member with a record is compared with others that have one."""


@dataclass(frozen=True, slots=True)
class MeasuredLot:
    """One queried purchase: each firm's measures, float32 of shape (firms, measures), who passes the prefilter and who
    won, bool of shape (firms,)."""

    bought: Bought
    measures: Floats
    similar: Bools
    won: Bools


def texts_of(past: Sequence[Bought]) -> tuple[Text, ...]:
    """The texts whose vectors `measure_lots` needs: titles as statements, and facets."""
    texts = dict.fromkeys(text for bought in past for text in bought.lot.lot.titles[:1])
    for bought in past:
        texts |= dict.fromkeys(text_of(facet) for facet in facets_of(bought.lot))
    return tuple(texts)


def measure_lots(
    past: Sequence[Bought],
    queried: Sequence[Bought],
    vectors: Mapping[str, bytes] | None,
    *,
    codes: CodeVectors | None = None,
    evidence: FirmEvidence = FirmEvidence.RECORDS,
) -> Iterator[MeasuredLot]:
    """Measures every firm of the `past` for each of the `queried` purchases that one of them won.

    `vectors` are float32 blobs by digest of text; without (None) words replace meaning. `codes` are what
    learn_past_codes learns of the past, where that was done before; `evidence` is what firms are described by.
    """
    members, references = describe_firms(past, evidence)
    pool = StatementPool(members, references)
    found = Vectors(vectors or {})
    statement_vectors = found.stack(pool.texts()) if vectors is not None else None
    measures = Measures(pool, references, codes or learn_past_codes(past), statement_vectors=statement_vectors)
    for bought in queried:
        won = np.array([member.id in bought.winners for member in pool.members], dtype=bool)
        if won.any():
            like = pool.compute_similarities(facets_of(bought.lot))
            similar = is_similar(like, pool)
            like = add_meaning(like, statement_vectors, found) if statement_vectors is not None else like
            yield MeasuredLot(bought, measures.measure(bought.lot, read_lot_text(bought.lot), like), similar, won)


def measure_lessons(
    past: Sequence[Bought], queried: Sequence[Bought], vectors: Mapping[str, bytes] | None
) -> Iterator[MeasuredLot]:
    """Measures the purchases with every evidence in LESSONS."""
    codes = learn_past_codes(past)
    for evidence in LESSONS:
        yield from measure_lots(past, queried, vectors, codes=codes, evidence=evidence)


def learn_past_codes(past: Sequence[Bought]) -> CodeVectors:
    """Similarities of codes and words from the portfolios of these purchases."""
    spellings = learn_spellings(title.value for bought in past for title in bought.lot.lot.titles)
    return learn_codes([(traits_of_lot(bought.lot, spellings).terms, bought.winners) for bought in past])


def describe_firms(
    past: Sequence[Bought], evidence: FirmEvidence = FirmEvidence.RECORDS
) -> tuple[tuple[Member, ...], tuple[Reference, ...]]:
    """The firms that won at least LEAST_AWARDS of these, as members: with references, or with competences and one half
    of these with one reference beside them."""
    won: dict[str, list[Bought]] = {}
    for bought in past:
        for firm in bought.winners:
            won.setdefault(firm, []).append(bought)
    members: list[Member] = []
    references: list[Reference] = []
    for firm in sorted(firm for firm, mine in won.items() if len(mine) >= LEAST_AWARDS):
        awards = [bought.reference(firm) for bought in won[firm]]
        drawn = _draw(firm)
        by_record = drawn % 2 if evidence is FirmEvidence.MIXED else evidence is FirmEvidence.RECORDS
        first_kept = len(awards) if by_record else drawn // 2 % 2
        members.append(_member(firm, _home(awards), awards[first_kept:]))
        references += awards[:first_kept]
    return tuple(members), tuple(references)


def _home(awards: Sequence[Reference]) -> Nuts:
    """Where it has won most often; the first by name among equals."""
    places = Counter(place for award in awards for place in award.nuts[:1])
    return min(places, key=lambda place: (-places[place], place.code)) if places else NOWHERE


def _member(firm: str, home: Nuts, awards: Sequence[Reference]) -> Member:
    return Member(
        id=firm,
        company_number=firm,
        name=firm,
        email=f"{firm.lower()}@firm.example",
        languages=("fr",),
        nuts=home,
        headcount=1,
        turnover=None,
        certificates=(),
        grappes=(),
        competences=tuple(Competence(award.titles[0].value, "fr", award.cpv) for award in awards if award.titles),
    )


def _draw(word: str) -> int:
    return int(hashlib.sha256(word.encode()).hexdigest()[:12], 16)


def draw_examples(seen: Sequence[MeasuredLot]) -> Examples:
    """Every winner, and of the others OTHERS a lot; those that pass the prefilter count for what they were drawn for,
    and each lot's others as much as its winners: a lot of a broad code is not many lots."""
    found = [_drawn(measured_lot, number) for number, measured_lot in enumerate(seen)]
    nothing = Examples(np.zeros((0, len(NAMES)), np.float32), np.zeros(0, bool), np.zeros(0), np.zeros(0, np.int64))
    return join_examples([nothing, *found])


def _drawn(measured_lot: MeasuredLot, number: int) -> Examples:
    winners, others = np.flatnonzero(measured_lot.won), np.flatnonzero(~measured_lot.won)
    if len(others) > OTHERS:
        others = np.random.default_rng(_draw(measured_lot.bought.lot.uid)).choice(others, OTHERS, replace=False)
    pairs = np.concatenate([winners, others])
    won, similar = measured_lot.won[pairs], measured_lot.similar[pairs]
    share = (similar & won).sum() / max(1, (similar & ~won).sum())
    counts = np.where(won, 1.0, share) * similar if (similar & ~won).any() else np.zeros(len(pairs))
    return Examples(measured_lot.measures[pairs], won, counts, np.full(len(pairs), number))
