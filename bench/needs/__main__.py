"""Sentences that hold a need, told from procedure, addresses, forms and clauses: measured on whole sentences.

    python -m bench.needs --data ../shared/notices [--json] [--fit]

Reads bench/needs/labels.csv (bench/needs/guide.md), finds the sentences in the notices by their digest, and
cross-validates over ten folds of notices: average precision beside the base rate, the share of what is no need that is
refused while .90 of the needs are kept, and the best trivial answer (the length, the rules alone). `--fit` learns the
weights from all labelled sentences and weak ones (bench/needs/weak_labels.py) and writes
matching/needs/needs_weights.toml.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from bench.needs.weak_labels import Weak, weak_sentences
from matching.needs.classifier import NeedModel
from matching.needs.features import features_of, is_never_a_need
from matching.requirements.passages import passages_of
from matching.text.sentences import split_sentences
from scrapers.read import read_path
from warehouse.model.notices import OpenLot

Floats = NDArray[np.float64]
FOLDS = 10
KEPT = 0.90
REFUSED = 0.75
_RIDGE = 2.0
_SMALLEST = 0.02
_LABELS = Path(__file__).with_name("labels.csv")
_WEIGHTS = Path(__file__).parents[2] / "matching" / "needs" / "needs_weights.toml"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence of a lot and whether a reader found a need in it."""

    set: str
    file: str
    language: str
    place: str
    text: str
    need: bool


def digest(sentence: str) -> str:
    """Sixteen hexadecimal digits of its SHA-256: the name of a sentence in the file of labels."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def read_labelled(data: Path, path: Path = _LABELS) -> list[Labelled]:
    """The labelled sentences in the order of the file. Raises LookupError when the notices lack one of them."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known: dict[tuple[str, str], dict[str, str]] = {}
    for file, lot in dict.fromkeys((row["file"], row["lot"]) for row in rows):
        known[file, lot] = _sentences(data / file, lot)
    found: list[Labelled] = []
    for row in rows:
        text = known[row["file"], row["lot"]].get(row["sentence"])
        if text is None:
            raise LookupError(
                f"{data / row['file']} has no sentence {row['sentence']}; give --data the notices labelled"
            )
        found.append(Labelled(row["set"], row["file"], row["language"], row["place"], text, row["need"] == "1"))
    return found


def _sentences(path: Path, lot_id: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for reading in read_path(path):
        notice = reading.notice
        for lot in notice.lots if notice else ():
            if notice and lot.id == lot_id:
                for passage in passages_of(OpenLot(notice.lot_uid(lot), lot, notice, ())):
                    found |= {digest(text): text for text in split_sentences(passage.text.value)}
    return found


def fit(sentences: Sequence[Labelled], weak: Sequence[Weak] = (), threshold: float = 0.5) -> NeedModel:
    """A logistic model with a quadratic penalty, by L-BFGS; features seen once are left out. A labelled sentence weighs
    1, a weak one what it says."""
    every = [*((one.text, one.need, 1.0) for one in sentences), *((one.text, one.need, one.weight) for one in weak)]
    rows = [_features(text) for text, _, _ in every]
    counts = Counter(feature for features in rows for feature in features)
    names = sorted(feature for feature, count in counts.items() if count > 1)
    place = {name: at for at, name in enumerate(names)}
    cells = [(at, place[feature]) for at, features in enumerate(rows) for feature in features if feature in place]
    shape = (len(rows), len(names))
    matrix = sparse.csr_matrix((np.ones(len(cells)), tuple(zip(*cells, strict=True))), shape=shape)
    solution = _minimise(
        matrix, np.array([1.0 if need else -1.0 for _, need, _ in every]), np.array([weight for *_, weight in every])
    )
    weights = {name: round(float(weight), 3) for name, weight in zip(names, solution, strict=False)}
    kept = {name: weight for name, weight in weights.items() if abs(weight) >= _SMALLEST}
    return NeedModel(round(float(solution[-1]), 3), threshold, kept)


_features = cache(features_of)


def _minimise(matrix: sparse.csr_matrix, signs: Floats, weights: Floats) -> Floats:
    """The coefficients, the bias last."""

    def loss(solution: Floats) -> tuple[float, Floats]:
        margins = signs * (matrix @ solution[:-1] + solution[-1])
        pull = -signs * weights / (1 + np.exp(np.clip(margins, -30, 30)))
        slope = np.append(matrix.T @ pull + _RIDGE * solution[:-1], pull.sum())
        value = (weights * np.logaddexp(0, -margins)).sum() + _RIDGE / 2 * (solution[:-1] ** 2).sum()
        return float(value), slope

    start = np.zeros(cast("tuple[int, int]", matrix.shape)[1] + 1)
    return optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x


def _probabilities(model: NeedModel, sentences: list[Labelled]) -> list[float]:
    return [0.0 if is_never_a_need(one.text) else model.probability(features_of(one.text)) for one in sentences]


def cross_validated(sentences: list[Labelled], weak: Sequence[Weak] = ()) -> Floats:
    """The probability of each sentence, from a model that saw no sentence of its notice; float64, (sentences,)."""
    fold = [int(hashlib.sha256(one.file.encode()).hexdigest(), 16) % FOLDS for one in sentences]
    found = np.zeros(len(sentences))
    for held in range(FOLDS):
        model = fit([one for one, own in zip(sentences, fold, strict=True) if own != held], weak)
        told = [at for at, own in enumerate(fold) if own == held]
        found[told] = _probabilities(model, [sentences[at] for at in told])
    return found


def average_precision(needs: NDArray[np.bool_], scores: Floats) -> float:
    """Mean precision at the place of each need, by falling score; equal scores share their mean place."""
    values = np.unique(scores)[::-1]
    total = before = 0.0
    for value in values:
        at_least = scores >= value
        hits = float(needs[at_least].sum())
        total += (hits - before) * hits / at_least.sum()
        before = hits
    return total / float(needs.sum())


def refused_at(needs: NDArray[np.bool_], scores: Floats, kept: float = KEPT) -> tuple[float, float]:
    """The threshold that keeps that share of the needs, and the share of what is no need that lies under it."""
    held = np.sort(scores[needs])
    threshold = float(held[int(np.floor((1 - kept) * len(held)))])
    return threshold, float((scores[~needs] < threshold).mean())


def measure(sentences: list[Labelled], weak: Sequence[Weak] = ()) -> dict[str, object]:
    """The figures that `python -m bench.needs` prints."""
    needs = np.array([one.need for one in sentences])
    scores = cross_validated(sentences, weak)
    threshold, refused = refused_at(needs, scores)
    described = np.array([one.place != "selection" for one in sentences])
    trivial = {
        "longer": np.array([float(len(one.text)) for one in sentences]),
        "shorter": np.array([-float(len(one.text)) for one in sentences]),
        "rules": np.array([_by_rules(one.text) for one in sentences]),
        "not selection": described.astype(np.float64),
    }
    return {
        "n_sentences": len(sentences),
        "n_lots": len({one.file for one in sentences}),
        "base_rate": float(needs.mean()),
        "average_precision": average_precision(needs, scores),
        "threshold": threshold,
        "refused_at_90_kept": refused,
        "refused_at_90_kept_outside_selection": refused_at(needs[described], scores[described])[1],
        "by_language": {
            language: refused_at(needs[own], scores[own])[1]
            for language in ("fr", "nl", "de", "en")
            if (own := np.array([one.language == language for one in sentences])).any()
        },
        "trivial": {
            name: {
                "average_precision": average_precision(needs, told),
                "refused_at_90_kept": refused_at(needs, told)[1],
            }
            for name, told in trivial.items()
        },
    }


def unseen(learned: list[Labelled], fresh: list[Labelled], weak: Sequence[Weak], threshold: float) -> dict[str, float]:
    """The figures of a model learned from `learned` at that threshold, on lots that neither it nor its rules met."""
    needs = np.array([one.need for one in fresh])
    scores = np.array(_probabilities(fit(learned, weak), fresh))
    return {
        "n_sentences": len(fresh),
        "n_lots": len({one.file for one in fresh}),
        "base_rate": float(needs.mean()),
        "average_precision": average_precision(needs, scores),
        "kept_at_threshold": float((scores[needs] >= threshold).mean()),
        "refused_at_threshold": float((scores[~needs] < threshold).mean()),
        "refused_at_90_kept": refused_at(needs, scores)[1],
        "rules_average_precision": average_precision(needs, np.array([_by_rules(one.text) for one in fresh])),
        "rules_refused_at_90_kept": refused_at(needs, np.array([_by_rules(one.text) for one in fresh]))[1],
    }


def _by_rules(text: str) -> float:
    features = features_of(text)
    if is_never_a_need(text):
        return -2.0
    return float("=only asks" in features) - float("=only clauses" in features) - float("=boilerplate" in features)


def write(model: NeedModel, path: Path = _WEIGHTS) -> None:
    """The model as the file that ships: weights sorted by name."""
    lines = [
        "# Learned by `python -m bench.needs --data ../shared/notices --fit`; not to be edited by hand.",
        f"bias = {model.bias}",
        f"threshold = {round(model.threshold, 3)}",
        "",
        "[weights]",
        *(f"{json.dumps(name, ensure_ascii=False)} = {weight}" for name, weight in sorted(model.weights.items())),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when less than the bar is refused."""
    parser = argparse.ArgumentParser(prog="python -m bench.needs", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fit", action="store_true")
    asked = parser.parse_args(arguments)
    every = read_labelled(asked.data)
    weak = weak_sentences(asked.data, {one.file for one in every})
    sentences = [one for one in every if one.set == "first"]
    figures = measure(sentences, weak)
    threshold = float(str(figures["threshold"]))
    figures["fresh"] = unseen(sentences, [one for one in every if one.set == "fresh"], weak, threshold)
    if asked.fit:
        write(fit(every, weak, threshold))
    sys.stdout.write(json.dumps(figures, indent=None if asked.json else 2) + "\n")
    return 0 if float(str(figures["refused_at_90_kept"])) >= REFUSED else 1


if __name__ == "__main__":
    sys.exit(main())
