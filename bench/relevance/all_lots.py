"""Every lot of a folder of notices, judged or not: how many are notified, and how many of those hold no sign of ICT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.crosslingual.vector_cache import CachedVectors
from bench.relevance.scoring import MOMENT, score_texts
from matching.eligibility import MatchingContext, refuse_each
from matching.encoder.embedding import digest_of
from matching.fit.weights import shipped_fit
from matching.prefilter import passes_prefilter
from matching.relevance.background import shipped_background
from matching.relevance.comparison import Relevance
from matching.relevance.lot_text import read_lot_text
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool
from matching.text.language import language_of
from scrapers.read import read_path
from warehouse.model.members import Member, Preferences
from warehouse.model.notices import OpenLot

LOTS_OF_ONE_NOTICE = 5
"""Lots read of one notice: the hundredth lot of a framework adds nothing new."""


@dataclass(frozen=True, slots=True)
class NotifiedPair:
    """A pair above the threshold: the lot's uid, the member, the probability, the lot's text and codes."""

    lot: str
    member: str
    score: float
    has_ict: bool
    codes: tuple[str, ...]
    text: str


def read_all_lots(notices: Path) -> Iterator[OpenLot]:
    """The first lots of every notice below `notices`, as open and with every language of tender allowed."""
    for reading in read_path(notices):
        if reading.notice is not None:
            notice = replace(reading.notice, lots=(), awards=())
            for lot in reading.notice.lots[:LOTS_OF_ONE_NOTICE]:
                open_lot = replace(lot, deadline=None, tender_languages=())
                yield OpenLot(f"{reading.notice.publication.number}:{lot.id}", open_lot, notice, ())


def measure_all_lots(
    lots: Sequence[OpenLot], members: Sequence[Member], cache: CachedVectors
) -> tuple[dict[str, object], list[NotifiedPair]]:
    """The counts, and the pairs above the threshold as a night notifies them. The score is computed without the
    prefilter, so that the pairs it leaves out are counted: "prefilter_recall" is the share of pairs above the threshold
    whose lot passes it."""
    pool = StatementPool(members)
    background = shipped_fit().background or shipped_background()
    texts = [read_lot_text(lot) for lot in lots]
    languages = sorted({language_of(statement.text) for statement in pool.statements} - {""})
    needed = list({digest_of(t): t for text in texts for t in text.texts(languages)}.values()) + list(pool.texts())
    kept = {digest_of(t): v.astype("<f4").tobytes() for t, v in zip(needed, cache.encode(needed), strict=True)}
    scores = score_texts(texts, pool, kept, background)
    relevance = Relevance(pool.statements, pool.owner, len(pool.members), background)
    passes = np.array(
        [passes_prefilter(text, facets_of(lot), pool, relevance) for lot, text in zip(lots, texts, strict=True)]
    )
    admitted = np.array(
        [[r is None for r in refuse_each(lot, pool.members, MatchingContext(MOMENT, 0))] for lot in lots]
    )
    wanted = (scores >= Preferences().threshold) & admitted
    notified = wanted & passes[:, None]
    has_ict = np.array([any(text.ict) for text in texts])
    pairs = [
        NotifiedPair(
            lots[i].uid,
            pool.members[j].id,
            float(scores[i, j]),
            bool(has_ict[i]),
            tuple(code.code for code in texts[i].codes[:3]),
            texts[i].text.value[:160],
        )
        for i, j in zip(*map(np.ndarray.tolist, np.nonzero(notified)), strict=True)
    ]
    without = int((~has_ict).sum())
    counts: dict[str, object] = {
        "n_lots": len(lots),
        "lots_without_ict": without,
        "lots_notified": int(notified.any(axis=1).sum()),
        "told": int(notified.sum()),
        "told_without_ict": int(notified[~has_ict].sum()),
        "told_per_100_without_ict": 100 * float(notified[~has_ict].sum()) / max(1, without),
        "prefilter_passes": float(passes.mean()),
        "prefilter_recall": float(notified.sum() / max(1, wanted.sum())),
    }
    return counts, pairs
