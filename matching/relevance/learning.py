"""How the scales of relevance are learned: from lots, for the rarity of terms and codes, and from judged lots.

The arithmetic. Where lots and judgements come from is the caller's (bench/relevance).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.relevance.background import WEIGHTS, Background, TermCounts
from matching.relevance.comparison import LotVectors, Relevance
from matching.relevance.lot_text import LotText
from matching.relevance.terms import COMPOUNDING, label_stems, split_parts, stems_with_labels
from matching.similarity.statements import Statement
from matching.text.bm25 import stems_of
from matching.text.language import language_of

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

LANGUAGES = ("fr", "nl", "en", "de")
LEAST_SEEN = 2
"""Lots that have a stem before it is kept; a stem of one lot is as rare as one of none, nearly."""
RIDGE = 0.01


OTHER_TRADES = 4.0
"""Weight of a judged lot of another trade in the calibration: a night has thousands, the judged set a third."""


@dataclass(frozen=True, slots=True, eq=False)
class GradedLots:
    """Lots with their vectors, and the grade (0, 1, 2) of each member, int64 of shape (lots, members); `counts` is the
    weight of each lot in the calibration, float64 of shape (lots,)."""

    lots: Sequence[LotText]
    vectors: Sequence[LotVectors]
    grades: Ints
    counts: Doubles


def count_background(lots: Sequence[LotText], statements: Sequence[Statement]) -> Background:
    """How rare codes and terms are among lots, in each language with the labels of their codes."""
    prefixes: Counter[str] = Counter()
    for lot in lots:
        prefixes.update({code.stem[:n] for code in lot.codes for n in range(2, len(code.stem) + 1)})
    terms = {language: _count_terms(lots, statements, language) for language in LANGUAGES}
    return Background(len(lots), dict(prefixes), terms)


def _count_terms(lots: Sequence[LotText], statements: Sequence[Statement], language: str) -> TermCounts:
    mine = [stems_with_labels(s.text.value, s.cpv, language) for s in statements if language_of(s.text) == language]
    known = frozenset(stem for stems in mine for stem in stems)
    counts: Counter[str] = Counter()
    for lot in lots:
        text = stems_of(lot.text.value, language) if lot.language == language else ()
        stems = (*text, *(stem for code in lot.codes for stem in label_stems(code, language)))
        counts.update(set(split_parts(stems, known) if language in COMPOUNDING else stems))
    lengths = [len(split_parts(stems, known) if language in COMPOUNDING else stems) for stems in mine]
    length = float(np.mean(lengths)) if lengths else 20.0
    return TermCounts(len(lots), length, {stem: n for stem, n in counts.items() if n >= LEAST_SEEN})


def learn_scales(
    counted: Background, statements: Sequence[Statement], vectors: Floats, graded: GradedLots
) -> Background:
    """The means of the vectors, the scale of each measure and the log-odds.

    `counted` is count_background's; `vectors`, float32 of shape (statements, dimension), are those of the `statements`,
    which belong to members in the order of the columns of the grades; `graded` are the judged lots.
    """
    members = list(dict.fromkeys(s.member for s in statements))
    owner = np.array([members.index(s.member) for s in statements], np.int64)
    known = replace(
        counted,
        lot_mean=np.mean([lot_vectors.text for lot_vectors in graded.vectors], axis=0, dtype=np.float32),
        statement_mean=vectors.mean(axis=0),
        offsets={"terms": {}, "sense": {}},
    )
    raw = _compare_all(Relevance(statements, owner, len(members), known, vectors), graded)
    known = replace(known, offsets=_offsets(raw, statements, graded.lots))
    found = Relevance(statements, owner, len(members), known, vectors)
    best = np.stack([found.by_member(found.compare(w, v)) for w, v in zip(graded.lots, graded.vectors, strict=True)])
    known = replace(
        known,
        means=tuple(float(x) for x in np.nanmean(best, axis=(0, 2))),
        widths=tuple(float(x) for x in np.nanstd(best, axis=(0, 2))),
    )
    scaled = (best - np.array(known.means)[None, :, None]) / np.array(known.widths)[None, :, None]
    total = (np.array(WEIGHTS)[None, :, None] * np.nan_to_num(scaled)).sum(axis=1)
    known = replace(known, spread=float(total.std()), within=float(np.sqrt(total.var(axis=1).mean())))
    return _calibrate(known, Relevance(statements, owner, len(members), known, vectors), graded)


def _compare_all(relevance: Relevance, graded: GradedLots) -> Floats:
    pairs = zip(graded.lots, graded.vectors, strict=True)
    return np.stack([relevance.compare(whole, vectors).values for whole, vectors in pairs])


def _offsets(
    raw: Floats, statements: Sequence[Statement], lots: Sequence[LotText]
) -> Mapping[str, Mapping[str, float]]:
    """By how much the mean of "terms" and "sense" differs for each two languages."""
    lot_languages = np.array([lot.language or "xx" for lot in lots])
    offered = np.array([language_of(s.text) for s in statements])
    found: dict[str, dict[str, float]] = {"terms": {}, "sense": {}}
    for name, row in (("terms", 0), ("sense", 2)):
        for lot_language in sorted(set(lot_languages.tolist())):
            for other in sorted(set(offered.tolist()) - {""}):
                values = raw[:, row][np.ix_(lot_languages == lot_language, offered == other)]
                found[name][f"{lot_language} {other}"] = float(np.nan_to_num(np.nanmean(values)))
    return found


def _calibrate(known: Background, relevance: Relevance, graded: GradedLots) -> Background:
    """The logistic of the sum and of the signs of ICT."""
    rows: list[Doubles] = []
    for whole, vectors in zip(graded.lots, graded.vectors, strict=True):
        parts, rest = relevance.measure(relevance.compare(whole, vectors))
        signs = np.tile([1.0, *whole.ict], (len(rest), 1))
        rows.append(np.insert(signs, 1, parts.sum(axis=1) + rest, axis=1))
    wanted = (graded.grades > 0).ravel().astype(np.float64)
    counts = np.repeat(graded.counts, graded.grades.shape[1])
    base, slope, *ict = fit_logistic(np.concatenate(rows), wanted, counts).tolist()
    return replace(known, base=base, slope=slope, ict=tuple(ict), share=float(wanted.mean()))


def fit_logistic(x: Doubles, yes: Doubles, counts: Doubles) -> Doubles:
    """Weights of greatest likelihood, float64 of shape (columns,), the first column (all 1) without a penalty; `counts`
    is the weight of each row. Raises ArithmeticError when they do not settle."""
    weights = np.zeros(x.shape[1])
    penalty = np.array([0.0, *[RIDGE] * (x.shape[1] - 1)])
    for _ in range(100):
        expected = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (counts * (expected - yes)) + penalty * weights
        bend = (x * (counts * expected * (1 - expected))[:, None]).T @ x + np.diag(penalty + 1e-9)
        step = np.linalg.solve(bend, slope)
        weights = weights - step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            return weights
    raise ArithmeticError("the logistic did not settle; look for measures that are not finite")
