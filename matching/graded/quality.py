"""What an encoder is worth on lots with grades, and the scales of relevance learned for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.graded.figures import GradedPairs, choose_threshold, measure_all
from matching.graded.scoring import Collection, learn, score_folds
from matching.relevance.background import Background
from warehouse.model.members import Preferences

PRECISION = 0.62
"""Precision out of fold from which a threshold is proposed: that of the shipped one (docs/relevance.md)."""
FIGURES = ("ndcg10", "ap", "precision", "recall", "recall2", "false_per_100_not_ict")


@dataclass(frozen=True, slots=True)
class Quality:
    """What one encoder is worth on judged lots, cross-validated over notices and members: the model's id, the length of
    its vectors, FIGURES at the usual threshold, each with its standard error, and the threshold that PRECISION asks
    for."""

    model: str
    dimension: int
    figures: dict[str, float | None]
    errors: dict[str, float]
    threshold: float


def measure_quality(collection: Collection) -> Quality:
    """How well the judged lots are scored by scales learned from other notices and members."""
    folder, scores = collection.folder, score_folds(collection)
    graded = GradedPairs(folder.grades, np.array([kind == "not-ict" for kind in folder.kinds]), folder.notices)
    found = measure_all(scores, scores >= Preferences().threshold, graded)
    figures = {key: value for key in FIGURES if isinstance(value := found[key], float) or value is None}
    errors = {key: value for key in FIGURES if isinstance(value := found[f"{key}_se"], float)}
    dimension = len(next(iter(collection.kept.values()))) // 4
    return Quality(collection.model, dimension, figures, errors, choose_threshold(scores, graded, PRECISION))


def learn_whole(collection: Collection, source: str) -> Background:
    """The scales learned from all judged lots and members; `source` says when and of what."""
    lots, members = collection.folder.grades.shape
    trained = (
        f"{source}, {lots} judged lots, {members} members, {len(collection.others)} other lots; {collection.model}"
    )
    return replace(learn(collection, np.arange(lots), np.arange(members)), trained=trained)
