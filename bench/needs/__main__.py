"""Sentences that hold a need, distinguished from procedure, addresses, forms and clauses: measured on whole sentences.

    python -m bench.needs --data ../shared/notices [--vectors FILE] [--json] [--fit]

Reads bench/needs/labels.csv (guide.md), finds the sentences in the notices by their digest, and cross-validates over
ten folds of notices: average precision beside the base rate, the share of what is no need that is refused while .90 of
the needs are kept, and the best trivial answer (the length, the rules alone, the place). Then the set `unseen`, from
models learned on all other sets. `--fit` learns the weights that ship from all sets but `unseen`. Encodes some 4,500
texts, kept in FILE between runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.crosslingual.vector_cache import CachedVectors
from bench.needs.figures import figures_of, refused_at
from bench.needs.labels import UNSEEN, Labelled, read_labelled, texts_of
from bench.needs.learning import (
    by_both,
    by_words,
    learn_meaning,
    learn_words,
    measure_meaning,
    write_meaning,
    write_words,
)
from bench.needs.weak_labels import Weak, weak_sentences
from matching.encoder.embedding import EMBEDDED, load_model
from matching.needs.features import features_of, is_never_a_need

Floats = NDArray[np.float64]
FOLDS = 10
REFUSED = 0.75
LOOSELY_KEPT = 0.97
"""Share of the needs, by words alone, that stay candidates for the comparison of meaning."""


def cross_validated(
    sentences: Sequence[Labelled], measured: Floats, weak: Sequence[Weak] = ()
) -> tuple[Floats, Floats]:
    """The probability of each sentence by words, and by words and meaning, from models without any sentence of its
    notice; float64 of shape (sentences,)."""
    fold = np.array([int(hashlib.sha256(sentence.file.encode()).hexdigest(), 16) % FOLDS for sentence in sentences])
    words, both = np.zeros(len(sentences)), np.zeros(len(sentences))
    for held in range(FOLDS):
        seen, kept = np.flatnonzero(fold != held).tolist(), np.flatnonzero(fold == held).tolist()
        learned, held_out = [sentences[at] for at in seen], [sentences[at] for at in kept]
        model, meaning = learn_words(learned, weak), learn_meaning(learned, measured[seen])
        words[kept] = by_words(model, held_out)
        both[kept] = by_both(model, meaning, held_out, measured[kept])
    return words, both


def _trivial(sentences: Sequence[Labelled]) -> dict[str, Floats]:
    return {
        "longer": np.array([float(len(sentence.text)) for sentence in sentences]),
        "shorter": np.array([-float(len(sentence.text)) for sentence in sentences]),
        "rules": np.array([_by_rules(sentence.text) for sentence in sentences]),
        "place": np.array([{"title": 2.0, "description": 1.0}.get(sentence.place, 0.0) for sentence in sentences]),
    }


def _by_rules(text: str) -> float:
    features = features_of(text)
    if is_never_a_need(text):
        return -2.0
    return float("=only asks" in features) - float("=only clauses" in features) - float("=boilerplate" in features)


def _encoded(sentences: Sequence[Labelled], kept: Path | None) -> Floats:
    """Vectors and similarities by the embedded model, opened where a text is not in the file."""
    model = CachedVectors(load_model(EMBEDDED, (kept or Path("data")).parent / "models"), kept)
    model.encode([text for sentence in sentences for text in texts_of(sentence)])
    return measure_meaning(
        sentences,
        lambda every: [model.encode(texts_of(sentence)) for sentence in every],
    )


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when less than the bar is refused."""
    parser = argparse.ArgumentParser(prog="python -m bench.needs", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled notices")
    parser.add_argument("--vectors", type=Path, help="file that keeps the vectors between runs")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fit", action="store_true", help="learn the weights that ship")
    given = parser.parse_args(arguments)
    every = read_labelled(given.data)
    weak = weak_sentences(given.data, {sentence.file for sentence in every})
    measured = _encoded(every, given.vectors)
    is_seen = np.array([sentence.set != UNSEEN for sentence in every])
    seen, unseen = (
        [sentence for sentence in every if sentence.set != UNSEEN],
        [sentence for sentence in every if sentence.set == UNSEEN],
    )
    words, both = cross_validated(seen, measured[is_seen], weak)
    needs = np.array([sentence.need for sentence in seen])
    threshold = refused_at(needs, both)[0]
    model = learn_words(seen, weak, refused_at(needs, words)[0])
    meaning = learn_meaning(seen, measured[is_seen], threshold)
    figures = {
        "cross_validated": figures_of(seen, {"both": both, "words": words, **_trivial(seen)}),
        "loose_threshold": refused_at(needs, words, LOOSELY_KEPT)[0],
        "unseen": figures_of(
            unseen,
            {
                "both": by_both(model, meaning, unseen, measured[~is_seen]),
                "words": by_words(model, unseen),
                **_trivial(unseen),
            },
            threshold=threshold,
        ),
    }
    if given.fit:
        write_words(model)
        write_meaning(meaning)
    sys.stdout.write(json.dumps(figures, indent=None if given.json else 2) + "\n")
    refused = refused_at(needs, both)[1]
    return 0 if refused >= REFUSED else 1


if __name__ == "__main__":
    sys.exit(main())
