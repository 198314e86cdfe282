"""Figures of a classifier of needs: average precision, and the share refused while .90 of the needs are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.needs.labels import Labelled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

KEPT = 0.90
DRAWS = 300


def average_precision(needs: Bools, scores: Floats) -> float:
    """Mean precision at the place of each need, by falling score; equal scores share their mean place.

    `needs` is bool and `scores` float64, both of shape (sentences,).
    """
    values = np.unique(scores)[::-1]
    total = before = 0.0
    for value in values:
        at_least = scores >= value
        hits = float(needs[at_least].sum())
        total += (hits - before) * hits / at_least.sum()
        before = hits
    return total / float(needs.sum())


def refused_at(needs: Bools, scores: Floats, kept: float = KEPT) -> tuple[float, float]:
    """The threshold that keeps the share `kept` of the needs, and the share of other sentences below it.

    `needs` is bool and `scores` float64, both of shape (sentences,).
    """
    held = np.sort(scores[needs])
    threshold = float(held[int(np.floor((1 - kept) * len(held)))])
    return threshold, float((scores[~needs] < threshold).mean())


def figures_of(
    sentences: Sequence[Labelled], scores: Mapping[str, Floats], *, threshold: float | None = None
) -> dict[str, object]:
    """The figures of each classifier, and of the first of them ("both") by language, without selection criteria, with
    its standard error over notices, and at a `threshold`.

    `scores` are by name of the classifier, float64 of shape (sentences,), in the order of `sentences`.
    """
    needs = np.array([sentence.need for sentence in sentences])
    described = np.array([sentence.place != "selection" for sentence in sentences])
    both = scores["both"]
    found: dict[str, object] = {
        "n_sentences": len(sentences),
        "n_lots": len({sentence.file for sentence in sentences}),
        "base_rate": float(needs.mean()),
        **{
            name: {"ap": average_precision(needs, probabilities), "refused": refused_at(needs, probabilities)[1]}
            for name, probabilities in scores.items()
        },
        "refused_se": _refused_error(needs, both, [sentence.file for sentence in sentences]),
        "refused_outside_selection": refused_at(needs[described], both[described])[1],
        "by_language": {
            language: refused_at(needs[own], both[own])[1]
            for language in ("fr", "nl", "de", "en")
            if (own := np.array([sentence.language == language for sentence in sentences])).any()
        },
    }
    if threshold is not None:
        found["at_threshold"] = {
            "kept": float((both[needs] >= threshold).mean()),
            "refused": float((both[~needs] < threshold).mean()),
        }
    return found


def _refused_error(needs: Bools, scores: Floats, files: Sequence[str]) -> float:
    """Standard error of the refused share, notices drawn anew with replacement."""
    generator = np.random.default_rng(0)
    rows = [np.flatnonzero(np.array(files) == file) for file in dict.fromkeys(files)]
    drawn = (np.concatenate([rows[at] for at in generator.integers(0, len(rows), len(rows))]) for _ in range(DRAWS))
    return float(np.std([refused_at(needs[places], scores[places])[1] for places in drawn]))
