"""Whether words help meaning where nights would use them: real lots compared with texts in another language.

A lot's query is its title and sentences alone, its codes hidden. Offered are the CPV's labels of all the lots' codes,
as short as a competence (right: the lot's own code), or the titles of other notices (right: those of its class of
codes). `nights` is meaning as the engine measures it; `hybrid` adds cosines of concepts learned from the shipped labels
(never those of the query's class, where labels are offered), and is brought to the same scale: of unrelated pairs 95 in
100 at 0, and as many at 1 as by meaning alone. Half the notices choose the weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.crosslingual.blend import blend_across
from bench.crosslingual.texts import LANGUAGES, read_notices, tenth_of
from bench.crosslingual.vector_cache import CachedVectors
from matching.fit.features import PART
from matching.requirements.facets import facets_of
from matching.requirements.ict import theme_of
from matching.similarity.scales import best_parts, meaning_similarity
from matching.similarity.statement_index import text_of
from matching.text.char_ngrams import Concepts
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import shipped_labels
from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.notices import Lot, Notice, OpenLot, Text

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

TRIED = (0.1, 0.2, 0.3, 0.4, 0.6)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class LotQuery:
    """The words of a lot in one language, and its main code."""

    notice: str
    language: str
    code: str
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class OfferedText:
    """An offered text in one language, its code, and the notice it is of (none for a label)."""

    text: str
    language: str
    code: str
    notice: str


def read_lots(folder: Path) -> list[LotQuery]:
    """The first lot of each real notice in every language it has words in; the same title once."""
    found: dict[tuple[str, str], LotQuery] = {}
    for notice in read_notices(folder):
        for lot in notice.lots[:1]:
            codes = lot.cpv or notice.cpv
            for language in LANGUAGES if codes and len(codes[0].stem) > 2 else ():
                facets = tuple(f for f in facets_of(_alone(notice, lot, language)) if f.kind is not FacetKind.CPV)
                if facets and facets[0].language == language:
                    queries = LotQuery(notice.id, language, codes[0].code, facets)
                    found.setdefault((language, facets[0].text), queries)
    return list(found.values())


def _alone(notice: Notice, lot: Lot, language: str) -> OpenLot:
    """The lot's texts in one of its languages."""

    def in_language(texts: tuple[Text, ...]) -> tuple[Text, ...]:
        return tuple(text for text in texts if language_of(text) == language)

    criteria = tuple(replace(c, texts=in_language(c.texts)) for c in lot.criteria)
    lot = replace(lot, titles=in_language(lot.titles), descriptions=in_language(lot.descriptions), criteria=criteria)
    notice = replace(notice, titles=in_language(notice.titles), descriptions=in_language(notice.descriptions))
    return OpenLot(notice.lot_uid(lot), lot, notice, (notice.publication,))


def offer_labels(queries: Sequence[LotQuery], labels: Mapping[str, Mapping[str, str]]) -> list[OfferedText]:
    """The labels of all the lots' codes; `labels` are by code, then by language."""
    codes = sorted({query.code for query in queries} & labels.keys())
    return [OfferedText(labels[code][x], x, code, "") for x in LANGUAGES for code in codes]


def offer_titles(queries: Sequence[LotQuery]) -> list[OfferedText]:
    """The titles of the lots themselves."""
    return [OfferedText(query.facets[0].text, query.language, query.code, query.notice) for query in queries]


def learn(but: int | None) -> Concepts:
    """From the labels that ship, without the classes of one fold."""
    rows = [row for code, row in sorted(shipped_labels().items()) if but is None or fold_of(code.code) != but]
    return Concepts({x: [row.text(x) for row in rows] for x in LANGUAGES})


def fold_of(code: str) -> int:
    """The fold of a code's class."""
    return tenth_of(code[:4]) % FOLDS


@dataclass(frozen=True, slots=True, eq=False)
class _World:
    """Lots beside what is offered: of each lot meaning as nights measure it, centred cosines and cosines of concepts,
    (facets, offered); which are in another language and of another notice, which of them right, and which of another
    division."""

    queries: Sequence[LotQuery]
    meaning: list[Floats]
    cosines: list[Floats]
    shared: list[Floats]
    other: Bools
    right: Bools
    far: Bools


def run_lots(
    queries: Sequence[LotQuery], offered: Sequence[OfferedText], digits: int, model: CachedVectors
) -> dict[str, Any]:
    """Mean reciprocal rank of the first right text, by nights and by the hybrid, and the paired difference.

    `queries` are the lots, `offered` the texts, encoded by `model`; `digits` of the code make a text right. Labels are
    held out from what is learned, titles need not be.
    """
    world = _prepare(queries, offered, digits, model)
    half = np.array([tenth_of(query.notice) < 5 for query in queries])
    chosen_on = np.flatnonzero(half).tolist()
    ranks = {0.0: _ranks(world, world.meaning)}
    full = float((_best(world, world.meaning, half) >= 1).mean())
    for weight in TRIED:
        mixed = [blend_across(c, s, weight) for c, s in zip(world.cosines, world.shared, strict=True)]
        unrelated = np.concatenate([mixed[i][:, world.other[i] & world.far[i]].ravel() for i in chosen_on])
        none, same = np.quantile(unrelated, 0.95), np.quantile(_best(world, mixed, half), 1 - full)
        ranks[weight] = _ranks(world, [np.clip((values - none) / (same - none), 0, 1) for values in mixed])
    weight = max(TRIED, key=lambda w: float(np.nanmean(ranks[w][half])))
    ict = np.array([bool(theme_of(Cpv(query.code))) for query in queries])
    figures = {"weight": weight}
    for name, among in (("", ~half), ("_ict", ict)):
        figures |= {f"{key}{name}": value for key, value in _compared(ranks[0.0], ranks[weight], world, among).items()}
    return figures


def _prepare(queries: Sequence[LotQuery], offered: Sequence[OfferedText], digits: int, model: CachedVectors) -> _World:
    folds: list[int | None] = [None] if offered[0].notice else list(range(FOLDS))
    learned = {fold: learn(fold) for fold in folds}
    vectors = model.encode([Text(text.text, text.language) for text in offered])
    profiles = {fold: _profiles(concepts, offered) for fold, concepts in learned.items()}
    meaning: list[Floats] = []
    cosines: list[Floats] = []
    shared: list[Floats] = []
    for query in queries:
        fold = None if folds == [None] else fold_of(query.code)
        in_language = model.encode([text_of(facet) for facet in query.facets])
        meaning.append(meaning_similarity(in_language, vectors))
        cosines.append(in_language @ vectors.T)
        mine = learned[fold].profiles([facet.text for facet in query.facets], query.language)
        shared.append(mine @ profiles[fold].T)
    codes = np.array([text.code for text in offered])
    languages, notices = np.array([text.language for text in offered]), np.array([text.notice for text in offered])
    other = np.stack([(languages != query.language) & (notices != query.notice) for query in queries])
    right = other & np.stack([np.char.startswith(codes, query.code[:digits]) for query in queries])
    far = np.stack([~np.char.startswith(codes, query.code[:2]) for query in queries])
    return _World(queries, meaning, cosines, shared, other, right, far)


def _profiles(concepts: Concepts, offered: Sequence[OfferedText]) -> Floats:
    return np.concatenate([concepts.profiles([query.text], query.language) for query in offered])


def _best(world: _World, values: Sequence[Floats], among: Bools) -> Floats:
    """The best facet of each right pair."""
    return np.concatenate([values[i][:, world.right[i]].max(axis=0) for i in np.flatnonzero(among).tolist()])


def _ranks(world: _World, similarities: Sequence[Floats]) -> Floats:
    """1 / rank of each lot's first right one, equals sharing the mean of their places; nan where nothing is right."""
    out = np.full(len(world.queries), np.nan, np.float32)
    for i, query in enumerate(world.queries):
        if world.right[i].any():
            weights = np.array([facet.weight for facet in query.facets], np.float32)
            found = best_parts(similarities[i], weights, PART)
            best, wrong = found[world.right[i]].max(), found[world.other[i] & ~world.right[i]]
            out[i] = 1 / (1 + (wrong > best).sum() + (wrong == best).sum() / 2)
    return out


def _compared(nights: Floats, hybrid: Floats, world: _World, among: Bools) -> dict[str, float]:
    """Means over notices, and the mean difference with its standard error."""
    kept = among & ~np.isnan(nights)
    notices = np.array([query.notice for query in world.queries])[kept]
    _, row = np.unique(notices, return_inverse=True)
    means = [np.bincount(row, ranks[kept]) / np.bincount(row) for ranks in (nights, hybrid)]
    apart = means[1] - means[0]
    return {
        "n": len(apart),
        "nights": float(means[0].mean()),
        "hybrid": float(means[1].mean()),
        "more": float(apart.mean()),
        "more_se": float(apart.std(ddof=1) / np.sqrt(len(apart))),
    }
