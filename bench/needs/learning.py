"""The two logistic models of needs, learned from labelled sentences: by words and by meaning."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from bench.needs.labels import Labelled
from bench.needs.weak_labels import Weak
from matching.needs.classifier import NeedModel
from matching.needs.features import features_of, is_never_a_need, surroundings_features
from matching.needs.meaning import MeaningModel, similarities_of, surface_of, together

Floats = NDArray[np.float64]
Matrix = sparse.csr_matrix

RIDGE = 2.0
"""Of the words: as before surroundings were features. 1, 2 and 5 differ by less than a standard error."""
MEANING_RIDGE = 3.3
_VECTOR_SCALE, _NEAR_SCALE = 5.0, 3.0
"""A vector's numbers are near .05, similarities near .3: brought to the order of 1 before the penalty."""
_SMALLEST = 0.02
_NEEDS = Path(__file__).parents[2] / "matching" / "needs"
WORDS_FILE, MEANING_FILE = _NEEDS / "needs_weights.toml", _NEEDS / "meaning_weights.toml"


@cache
def _features(text: str) -> frozenset[str]:
    return features_of(text)


def features_with(labelled: Labelled) -> frozenset[str]:
    """The features of a labelled sentence in its place."""
    return _features(labelled.text) | surroundings_features(labelled.text, labelled.around)


def learn_words(sentences: Sequence[Labelled], weak: Sequence[Weak] = (), threshold: float = 0.5) -> NeedModel:
    """The model by words; features that occur once are left out. A labelled sentence has weight 1, a weak one its
    own."""
    rows = [*(features_with(labelled) for labelled in sentences), *(_features(labelled.text) for labelled in weak)]
    needs = [*(labelled.need for labelled in sentences), *(labelled.need for labelled in weak)]
    weights = np.array([1.0] * len(sentences) + [labelled.weight for labelled in weak])
    counts = Counter(feature for features in rows for feature in features)
    names = sorted(feature for feature, count in counts.items() if count > 1)
    solution = minimise(_matrix(rows, names), np.where(needs, 1.0, -1.0), weights, RIDGE)
    learned = {name: round(float(weight), 3) for name, weight in zip(names, solution, strict=False)}
    kept = {name: weight for name, weight in learned.items() if abs(weight) >= _SMALLEST}
    return NeedModel(round(float(solution[-1]), 3), threshold, kept)


def _matrix(rows: Sequence[frozenset[str]], names: Sequence[str]) -> Matrix:
    place = {name: at for at, name in enumerate(names)}
    cells = [(at, place[feature]) for at, features in enumerate(rows) for feature in features if feature in place]
    return sparse.csr_matrix((np.ones(len(cells)), tuple(zip(*cells, strict=True))), shape=(len(rows), len(names)))


def learn_meaning(sentences: Sequence[Labelled], measured: Floats, threshold: float = 0.5) -> MeaningModel:
    """The model by meaning; `measured`, float64 of shape (sentences, dimension + 3), are the vectors and the three
    similarities."""
    dimension = measured.shape[1] - 3
    rows = [surroundings_features(labelled.text, labelled.around) for labelled in sentences]
    names = sorted({name for row in rows for name in row})
    scale = np.array([_VECTOR_SCALE] * dimension + [_NEAR_SCALE] * 3 + [1.0] * 3)
    dense = np.hstack([measured, np.stack([surface_of(labelled.text) for labelled in sentences])]) * scale
    matrix = sparse.hstack([sparse.csr_matrix(dense), _matrix(rows, names)]).tocsr()
    signs = np.where([labelled.need for labelled in sentences], 1.0, -1.0)
    solution = minimise(cast(Matrix, matrix), signs, np.ones(len(sentences)), MEANING_RIDGE)
    parts = (solution[: len(scale)] * scale).astype(np.float32).round(4)
    named = {name: round(float(weight), 3) for name, weight in zip(names, solution[len(scale) :], strict=False)}
    return MeaningModel(
        round(float(solution[-1]), 3),
        threshold,
        vector=parts[:dimension],
        similarities=parts[dimension : dimension + 3],
        surface=parts[dimension + 3 :],
        surroundings=named,
    )


def minimise(matrix: Matrix, signs: Floats, weights: Floats, ridge: float) -> Floats:
    """The coefficients of a logistic model with a quadratic penalty, by L-BFGS; float64 of shape (features + 1,), the
    bias last.

    `matrix` are the features, sparse of shape (examples, features); `signs` are 1 and -1 and `weights` positive,
    float64 of shape (examples,); `ridge` is the factor of the penalty.
    """

    def loss(solution: Floats) -> tuple[float, Floats]:
        margins = signs * (matrix @ solution[:-1] + solution[-1])
        pull = -signs * weights / (1 + np.exp(np.clip(margins, -30, 30)))
        slope = np.append(matrix.T @ pull + ridge * solution[:-1], pull.sum())
        value = (weights * np.logaddexp(0, -margins)).sum() + ridge / 2 * (solution[:-1] ** 2).sum()
        return float(value), slope

    start = np.zeros(cast("tuple[int, int]", matrix.shape)[1] + 1)
    return optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x


def measure_meaning(
    sentences: Sequence[Labelled], encode: Callable[[Sequence[Labelled]], Sequence[NDArray[np.float32]]]
) -> Floats:
    """Vectors and similarities of the sentences, float64 of shape (sentences, dimension + 3); `encode` gives for each
    an array of shape (1 + titles + labels, dimension): the sentence first."""
    rows: list[Floats] = []
    for labelled, vectors in zip(sentences, encode(sentences), strict=True):
        titles, labels = vectors[1 : 1 + len(labelled.titles)], vectors[1 + len(labelled.titles) :]
        rows.append(np.append(vectors[0], similarities_of(vectors[0], titles, labels)).astype(np.float64))
    return np.stack(rows)


def by_words(model: NeedModel, sentences: Sequence[Labelled]) -> Floats:
    """The probability of each sentence by its words, float64 of shape (sentences,); 0 where a rule refuses it."""
    return np.array(
        [
            0.0 if is_never_a_need(labelled.text) else model.probability(features_with(labelled))
            for labelled in sentences
        ]
    )


def by_both(words: NeedModel, meaning: MeaningModel, sentences: Sequence[Labelled], measured: Floats) -> Floats:
    """The probability of each sentence by words and meaning, float64 of shape (sentences,).

    `words` and `meaning` are the two models; `measured` is what `measure_meaning` returns for `sentences`, float64 of
    shape (sentences, dimension + 3).
    """
    found: list[float] = []
    for labelled, row in zip(sentences, measured.astype(np.float32), strict=True):
        features = surroundings_features(labelled.text, labelled.around)
        logit = meaning.logit(row[:-3], row[-3:].tolist(), labelled.text, features)
        refused = is_never_a_need(labelled.text)
        found.append(0.0 if refused else together(words.logit(features_with(labelled)), logit))
    return np.array(found)


def write_words(model: NeedModel, path: Path = WORDS_FILE) -> None:
    """The model by words as the file that ships: weights sorted by name."""
    path.write_text("\n".join([*_head(model.bias, model.threshold), "[weights]", *_named(model.weights), ""]))


def write_meaning(model: MeaningModel, path: Path = MEANING_FILE) -> None:
    """The model by meaning as the file that ships."""
    arrays = [
        f"{name} = [{', '.join(f'{float(number):.4f}' for number in numbers)}]"
        for name, numbers in (
            ("vector", model.vector),
            ("similarities", model.similarities),
            ("surface", model.surface),
        )
    ]
    path.write_text(
        "\n".join([*_head(model.bias, model.threshold), *arrays, "", "[surroundings]", *_named(model.surroundings), ""])
    )


def _head(bias: float, threshold: float) -> list[str]:
    return [
        "# Learned by `python -m bench.needs --data ../shared/notices --fit`; not to be edited by hand.",
        f"bias = {bias}",
        f"threshold = {math.floor(threshold * 1000) / 1000}",
        "",
    ]


def _named(weights: Mapping[str, float]) -> list[str]:
    return [f"{json.dumps(name, ensure_ascii=False)} = {weight}" for name, weight in sorted(weights.items())]
