"""Whether a sentence holds a need: work, supplies, services, or qualities of what is bought.

Rules refuse what is never one; a logistic model over words and surface decides the rest. Its weights are learned by
`python -m bench.needs --fit` from sentences labelled by reading (bench/needs/guide.md).
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from matching.needs.features import features_of, is_never_a_need


@dataclass(frozen=True, slots=True)
class NeedModel:
    """A logistic model: the logit is `bias` plus the weights of the features a sentence has; `threshold` is the
    probability from which a sentence is a need."""

    bias: float
    threshold: float
    weights: dict[str, float]

    def probability(self, features: frozenset[str]) -> float:
        """That a sentence with these features holds a need, in (0, 1)."""
        logit = self.bias + math.fsum(self.weights.get(feature, 0.0) for feature in features)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@cache
def need_model() -> NeedModel:
    """The model that ships with the package."""
    read = tomllib.loads((resources.files("matching.needs") / "needs_weights.toml").read_text(encoding="utf-8"))
    return NeedModel(read["bias"], read["threshold"], read["weights"])


@lru_cache(maxsize=65536)
def need_probability(sentence: str) -> float:
    """The probability that a whole sentence holds a need; 0 where a rule refuses it."""
    return 0.0 if is_never_a_need(sentence) else need_model().probability(features_of(sentence))


def is_need(sentence: str) -> bool:
    """Whether a whole sentence holds a need."""
    return need_probability(sentence) >= need_model().threshold
