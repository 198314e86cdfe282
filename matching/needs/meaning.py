"""Whether candidates hold a need, by their meaning: a logistic model over their vectors and their similarity to the
lot's title and the labels of its codes, added to the score of their words.

The weights are of the embedded model; vectors of another are not compared, the words decide alone.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from matching.needs.candidates import Candidate, candidates_of
from matching.needs.classifier import need_model
from matching.needs.features import surroundings_features
from matching.requirements.facets import facets_of, reweighed
from matching.text.sentences import shorten
from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.notices import OpenLot

Floats = NDArray[np.float32]

NO_TITLE, NO_LABEL = 0.3, 0.2
"""Similarities used for a title or labels that a lot lacks: near the mean of all."""
CODES = 4
"""Labels that are compared, the main code's first."""


@dataclass(frozen=True, slots=True, eq=False)
class MeaningModel:
    """A logistic model: the logit is `bias`, plus the vector's product with `vector` (float32, (dimension,)), plus the
    weights of the `similarities` (title, nearest label, mean of labels), of the `surface` (words, commas, digits) and
    of the surroundings' features. `threshold` is of the probability by words and meaning together."""

    bias: float
    threshold: float
    vector: Floats
    similarities: Floats
    surface: Floats
    surroundings: Mapping[str, float]

    def logit(self, vector: Floats, near: Sequence[float], sentence: str, features: frozenset[str]) -> float:
        """The logit of one `sentence`; `vector` float32 of shape (dimension,), `near` its three similarities,
        `features` those of its surroundings."""
        named = math.fsum(self.surroundings.get(feature, 0.0) for feature in features)
        measured = self.similarities @ np.asarray(near, np.float32) + self.surface @ surface_of(sentence)
        return self.bias + float(self.vector @ vector) + float(measured) + named


@cache
def meaning_model() -> MeaningModel:
    """The model that ships with the package."""
    read = tomllib.loads((resources.files("matching.needs") / "meaning_weights.toml").read_text(encoding="utf-8"))
    arrays = {name: np.array(read[name], np.float32) for name in ("vector", "similarities", "surface")}
    return MeaningModel(read["bias"], read["threshold"], surroundings=read["surroundings"], **arrays)


def surface_of(sentence: str) -> Floats:
    """Its length in words, its commas and its part of digits, each brought to the order of 1; float32 of shape (3,)."""
    digits = sum(map(str.isdigit, sentence)) / max(1, len(sentence))
    return np.array([min(len(sentence.split()), 60) / 60, sentence.count(",") / 5, digits], np.float32)


def similarities_of(vector: Floats, titles: Floats, labels: Floats) -> tuple[float, float, float]:
    """Of a sentence's vector to the nearest title, the nearest label, and the labels' mean; `titles` and `labels` are
    float32 of shape (texts, dimension), either may be empty."""
    near = labels @ vector
    return (
        float((titles @ vector).max()) if len(titles) else NO_TITLE,
        float(near.max()) if len(near) else NO_LABEL,
        float(near.mean()) if len(near) else NO_LABEL,
    )


def together(words: float, meaning: float) -> float:
    """The probability from both logits: of their mean."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, (words + meaning) / 2))))


def facets_by_words(open_lot: OpenLot) -> tuple[Facet, ...]:
    """The facets of a lot that hold a need by their words, where nothing is encoded; the weights sum to 1."""
    facets = facets_of(open_lot)
    kept = keep_needs(facets, candidates_of(open_lot), None).tolist()
    return reweighed([facet for facet, is_kept in zip(facets, kept, strict=True) if is_kept])


def keep_needs(facets: Sequence[Facet], candidates: Sequence[Candidate], vectors: Floats | None) -> NDArray[np.bool_]:
    """Which facets of a lot hold a need, bool of shape (facets,): title and codes all do, sentences by their words, and
    by their meaning where there are vectors. `vectors` are the facets', float32 of shape (facets, dimension), of the
    embedded model."""
    by_text = {shorten(found.sentence): found for found in candidates}
    kept = np.ones(len(facets), np.bool_)
    is_compared = vectors is not None and vectors.shape[1:] == meaning_model().vector.shape
    for at, facet in enumerate(facets):
        if facet.kind is FacetKind.SENTENCE and (found := by_text.get(facet.text)):
            if vectors is not None and is_compared:
                kept[at] = _probability(found, at, facets, vectors) >= meaning_model().threshold
            else:
                kept[at] = found.probability >= need_model().threshold
    return kept


def _probability(found: Candidate, at: int, facets: Sequence[Facet], vectors: Floats) -> float:
    titles = [i for i, facet in enumerate(facets) if facet.kind is FacetKind.TITLE]
    labels = [i for i, facet in enumerate(facets) if facet.kind is FacetKind.CPV][:CODES]
    near = similarities_of(vectors[at], vectors[titles], vectors[labels])
    features = surroundings_features(found.sentence, found.around)
    words = math.log(found.probability / (1 - found.probability))
    return together(words, meaning_model().logit(vectors[at], near, found.sentence, features))
