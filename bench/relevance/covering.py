"""Needs of judged lots: which pieces of text the nights keep as needs, and which members they take to cover each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.relevance.figures import measure_ap
from bench.relevance.folder import AwardsFolder, Unusable, read_rows
from matching.consortium.affinity import covering_probability
from matching.similarity.statement_index import StatementPool, Vectors, add_meanings
from warehouse.model.match_results import Facet, FacetKind, MatchResult
from warehouse.model.notices import Text

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

DRAWS = 300


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """Pieces of lots as needs.csv and not_needs.csv hold them: `lots` the position of each need's lot among the
    folder's, int64 of shape (needs,), `sources` its words in the notice, `covered` who can cover it, bool of shape
    (needs, members); `others` the lot and the words of each piece that is no need."""

    lots: Ints
    sources: tuple[str, ...]
    covered: Bools
    others: tuple[tuple[int, str], ...]


def read_needs(data: Path, folder: AwardsFolder) -> Needs | None:
    """The needs of a judged folder; None where it has no needs.csv. Raises Unusable for a lot or a member that the
    folder does not know."""
    path, other_path = data / "needs.csv", data / "not_needs.csv"
    if not path.is_file():
        return None
    lots = {lot.uid: i for i, lot in enumerate(folder.lots)}
    members = {member.id: j for j, member in enumerate(folder.members)}
    rows = list(read_rows(path, ("lot", "source", "members")))
    covered = np.zeros((len(rows), len(members)), np.bool_)
    for k, row in enumerate(rows):
        covered[k, [_position(members, name, path) for name in row["members"].split()]] = True
    others = read_rows(other_path, ("lot", "sentence")) if other_path.is_file() else ()
    return Needs(
        np.array([_position(lots, row["lot"], path) for row in rows], np.int64),
        tuple(row["source"] for row in rows),
        covered,
        tuple((_position(lots, row["lot"], other_path), row["sentence"]) for row in others),
    )


def _position(known: Mapping[str, int], name: str, path: Path) -> int:
    if name not in known:
        raise Unusable(f"{path} names {name!r}, which lots.csv and members.csv do not have; correct either")
    return known[name]


def measure_kept(needs: Needs, results: Mapping[int, MatchResult]) -> dict[str, float]:
    """F1 of the pieces that the nights keep as needs, over both kinds of pieces, beside that of keeping all; `results`
    by the position of the lot."""
    kept = {i: [_plain(f.text) for f in result.facets if f.code is None] for i, result in results.items()}
    right = sum(_is_kept(source, kept[i]) for i, source in zip(needs.lots.tolist(), needs.sources, strict=True))
    wrong = sum(_is_kept(sentence, kept[i]) for i, sentence in needs.others)
    count = len(needs.sources)
    return {"needs_f1": 2 * right / (count + right + wrong), "all": 2 * count / (2 * count + len(needs.others))}


def _is_kept(piece: str, kept: Iterable[str]) -> bool:
    """Whether a facet holds the piece, or most of it where the facet is a part of it."""
    words = _plain(piece)
    return any(words in text or (text in words and 2 * len(text) >= len(words)) for text in kept)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".;:, ")


def measure_covering(
    needs: Needs, pool: StatementPool, vectors: Vectors, texts: Sequence[Text], fit: Doubles
) -> Doubles:
    """The probability that each member of the pool covers each need, float64 of shape (needs, members). `texts` are
    the sources in their languages, whose vectors `vectors` holds, `fit` the probability of each lot and member, float64
    of shape (lots, members), below 0 for those refused."""
    statement_vectors = vectors.stack(pool.texts())
    rows: list[Doubles] = []
    for i, text in zip(needs.lots.tolist(), texts, strict=True):
        facets = (Facet(FacetKind.SENTENCE, text.value, 1.0, text.language),)
        similarities = add_meanings([pool.compute_similarities(facets)], statement_vectors, vectors)[0]
        rows.append(covering_probability(similarities, pool, fit[i].clip(0.0))[0].astype(np.float64))
    return np.stack(rows)


def figures_of_covering(needs: Needs, probability: Doubles, fit: Doubles) -> dict[str, float]:
    """Average precision over all (need, member) pairs, its standard error by drawing lots anew, and that of the fit for
    the lot alone."""
    drawn = np.random.default_rng(0)
    names = np.unique(needs.lots)
    each = [
        measure_ap(probability, needs.covered, (counts[:, None] * (names[:, None] == needs.lots[None])).sum(axis=0))
        for counts in (
            np.bincount(drawn.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(DRAWS)
        )
    ]
    return {
        "cover_ap": measure_ap(probability, needs.covered),
        "cover_ap_se": float(np.std(each)),
        "by_fit": measure_ap(fit[needs.lots], needs.covered),
    }
