"""Whether a sentence holds a need, by its words and where it is written: work, supplies, services, or qualities of what
is bought.

Rules refuse what is never one; a logistic model over words, surface and surroundings decides the rest. Its weights are
learned by `python -m bench.needs --fit` from sentences labelled by reading (bench/needs/guide.md).
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matching.needs.features import Surroundings, features_of, is_never_a_need

LOOSE = 0.12
"""A sentence of less probability is no candidate even where its meaning can be compared: .97 of needs lie above."""


@dataclass(frozen=True, slots=True)
class NeedModel:
    """A logistic model: the logit is `bias` plus the weights of the features a sentence has; `threshold` is the
    probability from which a sentence is a need."""

    bias: float
    threshold: float
    weights: dict[str, float]

    def logit(self, features: frozenset[str]) -> float:
        """The logit of a sentence with these features, in [-30, 30]."""
        logit = self.bias + math.fsum(self.weights.get(feature, 0.0) for feature in features)
        return max(-30.0, min(30.0, logit))

    def probability(self, features: frozenset[str]) -> float:
        """That a sentence with these features holds a need, in (0, 1)."""
        return 1 / (1 + math.exp(-self.logit(features)))


@cache
def need_model() -> NeedModel:
    """The model that ships with the package."""
    read = tomllib.loads((resources.files("matching.needs") / "needs_weights.toml").read_text(encoding="utf-8"))
    return NeedModel(read["bias"], read["threshold"], read["weights"])


def need_probability(sentence: str, around: Surroundings | None = None) -> float:
    """The probability that a whole sentence holds a need; 0 where a rule refuses it."""
    return 0.0 if is_never_a_need(sentence) else need_model().probability(features_of(sentence, around))


def is_need(sentence: str, around: Surroundings | None = None) -> bool:
    """Whether a whole sentence holds a need, by its words."""
    return need_probability(sentence, around) >= need_model().threshold
