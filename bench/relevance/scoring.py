"""The engine of the nights applied to judged lots, in whole or fold by fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from bench.relevance.covering import Needs
from bench.relevance.folder import AwardsFolder
from matching.eligibility import MatchingContext, refuse_each
from matching.encoder.embedding import digest_of
from matching.engine import match_lots, texts_to_encode
from matching.fit.model import Fit
from matching.fit.weights import shipped_fit
from matching.prefilter import passes_prefilter
from matching.relevance.background import Background, shipped_background
from matching.relevance.comparison import Relevance, vectors_of
from matching.relevance.learning import LANGUAGES, OTHER_TRADES, GradedLots, count_background, learn_scales
from matching.relevance.lot_text import LotText, read_lot_text
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool, Vectors
from warehouse.model.match_results import MatchResult, RefusalKind
from warehouse.model.notices import OpenLot, Text

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDS = 5
MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
"""The moment of matching: no deadline is over."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A folder with the vectors of all that nights and learning need, by digest, and the lots as wholes; `others` are
    lots without judgements, from which the rarity of terms and codes is counted; `needs` is None where the folder has
    none."""

    folder: AwardsFolder
    wholes: tuple[LotText, ...]
    kept: Mapping[str, bytes]
    model: str
    others: tuple[LotText, ...] = ()
    needs: Needs | None = None


def texts_of_folder(folder: AwardsFolder) -> tuple[Text, ...]:
    """All texts whose vectors are needed, each once."""
    wholes = [read_lot_text(lot) for lot in folder.lots]
    texts = [*texts_to_encode(folder.lots, folder.members), *(t for whole in wholes for t in whole.texts(LANGUAGES))]
    return tuple({digest_of(text): text for text in texts}.values())


def match_folder(world: World, lots: Sequence[OpenLot], fit: Fit | None = None) -> list[MatchResult]:
    """What the engine concludes of these lots with the shipped weights, or with `fit`."""
    return list(
        match_lots(
            lots, world.folder.members, (), world.kept, as_of=MOMENT, fit=fit or shipped_fit(), model=world.model
        )
    )


def score_lots(world: World, lots: Sequence[OpenLot], fit: Fit) -> Doubles:
    """The probability of every member of the folder, float64 of shape (lots, members): 0 where the engine keeps no
    match, -1 where a rule refuses it."""
    column = {member.id: j for j, member in enumerate(world.folder.members)}
    scores = np.zeros((len(lots), len(column)))
    for row, match_result in zip(scores, match_folder(world, lots, fit), strict=True):
        for refusal in match_result.refusals:
            if refusal.kind is not RefusalKind.NO_SIMILARITY:
                row[column[refusal.member]] = -1.0
        for match in match_result.matches:
            row[column[match.member]] = match.score
    return scores


def score_texts(
    texts: Sequence[LotText], pool: StatementPool, kept: Mapping[str, bytes], background: Background
) -> Doubles:
    """The probability of every pair by the members' own statements, before any rule or prefilter: float64 of shape
    (lots, members).

    `texts` are the lots and `pool` the members with their statements; `kept` are the vectors by digest of text;
    `background` holds scales and log-odds. The same as the engine's for members without a record
    (tests/bench/test_relevance_bench.py).
    """
    vectors = Vectors(kept)
    statement_vectors = vectors.stack(pool.texts())
    relevance = Relevance(pool.statements, pool.owner, len(pool.members), background, statement_vectors)
    rows: list[Doubles] = []
    for text in texts:
        parts, rest = relevance.measure(relevance.compare(text, vectors_of(relevance, text, vectors)))
        odds = background.base + background.slope * (parts.sum(axis=1) + rest) + np.dot(text.ict, background.ict)
        rows.append(np.where(np.isin(np.arange(len(rest)), relevance.speaking), 1 / (1 + np.exp(-odds)), 0.0))
    return np.stack(rows)


def score_folds(world: World) -> Doubles:
    """The probability of every pair, each block of members and lots by scales and log-odds learned from other members
    and notices: 0 where the prefilter leaves a lot out, -1 where a rule refuses the member."""
    folder = world.folder
    pool = StatementPool(folder.members)
    of_lot, of_member = _folds(folder.notices), _folds([member.id for member in folder.members])
    scores = np.zeros(folder.grades.shape)
    for fold in range(FOLDS):
        mine = np.flatnonzero(of_lot == fold)
        for part in range(FOLDS):
            members = np.flatnonzero(of_member == part)
            known = learn(world, np.flatnonzero(of_lot != fold), np.flatnonzero(of_member != part))
            found = score_texts([world.wholes[i] for i in mine.tolist()], pool, world.kept, known)
            scores[np.ix_(mine, members)] = found[:, members]
    relevance = Relevance(pool.statements, pool.owner, len(pool.members), shipped_background())
    for row, lot, text in zip(scores, folder.lots, world.wholes, strict=True):
        if not passes_prefilter(text, facets_of(lot), pool, relevance):
            row[:] = 0.0
        refused = refuse_each(lot, pool.members, MatchingContext(MOMENT, 0))
        row[[j for j, refusal in enumerate(refused) if refusal is not None]] = -1.0
    return scores


def _folds(names: Sequence[str]) -> Ints:
    """The fold of each name, equal names in one, drawn by a fixed seed."""
    distinct = sorted(set(names))
    drawn = dict(zip(distinct, (np.random.default_rng(0).permutation(len(distinct)) % FOLDS).tolist(), strict=True))
    return np.array([drawn[name] for name in names], np.int64)


def learn(world: World, lots: Ints, members: Ints) -> Background:
    """The background of these lots and members; lots without judgements are counted too.

    `lots` and `members` are positions in the folder of `world`, int64 of shapes (lots,) and (members,).
    """
    folder = world.folder
    pool = StatementPool([folder.members[j] for j in members.tolist()])
    vectors = Vectors(world.kept)
    statement_vectors = vectors.stack(pool.texts())
    wholes = [world.wholes[i] for i in lots.tolist()]
    counted = count_background([*wholes, *world.others], pool.statements)
    reader = Relevance(pool.statements, pool.owner, len(pool.members), counted, statement_vectors)
    graded = GradedLots(
        wholes,
        [vectors_of(reader, whole, vectors) for whole in wholes],
        folder.grades[np.ix_(lots, members)],
        np.array([OTHER_TRADES if folder.kinds[i] == "not-ict" else 1.0 for i in lots.tolist()]),
    )
    return replace(learn_scales(counted, pool.statements, statement_vectors, graded), model=world.model)
