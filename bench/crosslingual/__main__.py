"""How well a text finds its translation: `python -m bench.crosslingual [--json]`.

across   a CPV label in one of FR, NL, DE, EN finds its translation among the held-out labels in another (12 pairs),
         and the title of a real notice its translation among all titles in the other language, where it has one
within   the title of a real notice finds its own description among all of its language
lots     the words of a real lot find the label of its code, or titles of its class of codes, in another language

`nights` is what nights use: within a language the fit's words and meaning, between languages meaning alone, on a scale
that ends where a sentence and a statement mean the same: nearer than that, all are equals. The hybrid is a baseline of
the bench: it finds translations of labels best, but real lots find the right texts no better by it than by meaning
alone (the last lines), so nights leave it out. They use concepts in the prefilter: bench.fit.prefilter.

Of the CPV's classes (four digits; siblings never straddle) 60 % are learned from, on 20 % the weights are chosen, on
the last 20 % everything is measured once, after learning from the other 80 %. Half the notices choose the weight of
words, the other half are measured. Each part is taken at its best, chosen the same way. Errors by drawing classes (or
notices) anew. Every query is scored by itself: nothing is learned from the other queries (no CSLS).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.crosslingual.baselines import bm25_scores, letter_scores, night_scores
from bench.crosslingual.blend import blend_across, blend_within
from bench.crosslingual.lots import offer_labels, offer_titles, read_lots, run_lots
from bench.crosslingual.texts import LANGUAGES, Labels, Twins, read_labels, read_titles, read_twins
from bench.crosslingual.vector_cache import CachedVectors
from matching.encoder.embedding import EMBEDDED, load_model
from matching.text.char_ngrams import Concepts
from warehouse.model.notices import Text

Doubles = NDArray[np.float64]
Scores = NDArray[np.float32]

RIDGES = (0.1, 0.3, 1.0)
WEIGHTS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.3)
WORD_WEIGHTS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5)
DRAWS = 1000
DIRECTIONS = tuple((a, b) for a in LANGUAGES for b in LANGUAGES if a != b)


def reciprocal_ranks(scores: Scores, wanted: NDArray[np.int64]) -> Doubles:
    """1 / rank of each query's translation, float64 of shape (queries,); equal scores share the mean of their places.

    `scores` are float32 of shape (queries, offered), `wanted` the index of each query's translation, int64 of shape
    (queries,).
    """
    own = scores[np.arange(len(scores)), wanted][:, None]
    return 1 / (1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2)


def measure_labels(
    labels: Labels, vectors: Mapping[tuple[str, str], Scores], part: str, concepts: Concepts, weights: tuple[float, ...]
) -> dict[str, Doubles]:
    """Reciprocal ranks of every method over a `part` of the `labels`, each of shape (directions, labels).

    `vectors` are those of the part's labels by part and language, float32 of shape (labels, dimension); `concepts` were
    learned from other labels; `weights` are those tried for the hybrid.
    """
    rows = labels.part(part)
    profiles = {x: concepts.profiles([labels.texts[x][i] for i in rows.tolist()], x) for x in LANGUAGES}
    found: dict[str, list[Doubles]] = {}
    twin = np.arange(len(rows))
    for a, b in DIRECTIONS:
        queries, offered = [labels.texts[a][i] for i in rows.tolist()], [labels.texts[b][i] for i in rows.tolist()]
        cosines, shared = vectors[part, a] @ vectors[part, b].T, profiles[a] @ profiles[b].T
        tried = {f"hybrid {w}": blend_across(cosines, shared, w) for w in weights}
        if part == "test":
            words, letters = bm25_scores(queries, a, offered, b), letter_scores(queries, offered)
            nights = night_scores(queries, offered, None, (vectors[part, a], vectors[part, b]))
            tried |= {"bm25": words, "letters": letters, "dense": cosines, "concepts": shared, "nights": nights}
        for name, scores in tried.items():
            found.setdefault(name, []).append(reciprocal_ranks(scores, twin))
    return {name: np.stack(ranks) for name, ranks in found.items()}


def encode_labels(model: CachedVectors, labels: Labels) -> dict[tuple[str, str], Scores]:
    """Vectors of the labels chosen and measured on, by part and language."""
    return {
        (part, x): model.encode([Text(labels.texts[x][i], x) for i in labels.part(part).tolist()])
        for part in ("choice", "test")
        for x in LANGUAGES
    }


def choose(labels: Labels, vectors: Mapping[tuple[str, str], Scores]) -> tuple[float, float]:
    """The ridge and the weight of concepts that find most translations at rank 1 and near, on the part held out for
    that."""
    tried: dict[tuple[float, float], float] = {}
    for ridge in RIDGES:
        concepts = Concepts(labels.of("learn"), ridge)
        found = measure_labels(labels, vectors, "choice", concepts, WEIGHTS)
        tried |= {(ridge, w): float(found[f"hybrid {w}"].mean()) for w in WEIGHTS}
    return max(tried, key=lambda key: tried[key])


def summary(ranks: Mapping[str, Doubles], groups: NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy and mean reciprocal rank with their errors, and the gain of the hybrid over the best part, drawing
    groups anew. `ranks` are of shape (directions, queries)."""
    means = {name: (found.mean(axis=0), (found == 1).mean(axis=0)) for name, found in ranks.items()}
    parts = [name for name in means if name not in {"hybrid", "nights"}]
    best = max(parts, key=lambda name: float(means[name][0].mean()))
    best_hit = max(parts, key=lambda name: float(means[name][1].mean()))
    draw, kinds = np.random.default_rng(11), np.unique(groups)
    members = {kind: np.flatnonzero(groups == kind) for kind in kinds}
    drawn = [np.concatenate([members[k] for k in draw.choice(kinds, len(kinds))]) for _ in range(DRAWS)]
    rows: dict[str, Any] = {}
    for name, (mrr, hit) in means.items():
        rows[name] = {
            "accuracy": float(hit.mean()),
            "accuracy_se": float(np.std([hit[d].mean() for d in drawn])),
            "mrr": float(mrr.mean()),
            "mrr_se": float(np.std([mrr[d].mean() for d in drawn])),
        }
    ours = means["hybrid"]
    return {
        "n": len(groups),
        "directions": next(iter(ranks.values())).shape[0],
        "methods": rows,
        "best_part": best_hit,
        "ratio": float(ours[1].mean() / means[best_hit][1].mean()),
        "ratio_se": float(np.std([ours[1][d].mean() / means[best_hit][1][d].mean() for d in drawn])),
        "ratio_mrr": float(ours[0].mean() / means[best][0].mean()),
        "ratio_mrr_se": float(np.std([ours[0][d].mean() / means[best][0][d].mean() for d in drawn])),
    }


def run_labels(labels: Labels, model: CachedVectors) -> tuple[dict[str, Any], Concepts, float]:
    """The label task, chosen and measured; also what was learned, for the titles."""
    vectors = encode_labels(model, labels)
    ridge, weight = choose(labels, vectors)
    concepts = Concepts(labels.of("learn", "choice"), ridge)
    found = measure_labels(labels, vectors, "test", concepts, (weight,))
    found["hybrid"] = found.pop(f"hybrid {weight}")
    rows = labels.part("test")
    figures = summary(found, labels.group[rows])
    by_direction = {
        f"{a} to {b}": {name: float((ranks[i] == 1).mean()) for name, ranks in found.items()}
        for i, (a, b) in enumerate(DIRECTIONS)
    }
    return {**figures, "ridge": ridge, "weight": weight, "by_direction": by_direction}, concepts, weight


def run_titles(
    twins: Mapping[tuple[str, str], Twins], model: CachedVectors, concepts: Concepts, weight: float
) -> dict[str, Any]:
    """Figures of titles of real notices, with `concepts` learned and `weight` chosen on labels.

    `twins` are the titles that notices have in both of two languages, by pair of languages; `model` encodes them.
    """
    found: dict[str, list[Doubles]] = {}
    groups: list[NDArray[np.int64]] = []
    for (a, b), pair in twins.items():
        vectors = (model.encode([Text(t, a) for t in pair.queries]), model.encode([Text(t, b) for t in pair.offered]))
        cosines = vectors[0] @ vectors[1].T
        shared = concepts.profiles(pair.queries, a) @ concepts.profiles(pair.offered, b).T
        tried = {
            "bm25": bm25_scores(pair.queries, a, pair.offered, b),
            "letters": letter_scores(pair.queries, pair.offered),
            "dense": cosines,
            "concepts": shared,
            "nights": night_scores(pair.queries, pair.offered, None, vectors),
            "hybrid": blend_across(cosines, shared, weight),
        }
        for name, scores in tried.items():
            found.setdefault(name, []).append(reciprocal_ranks(scores, pair.wanted))
        groups.append(pair.group)
    ranks = {name: np.concatenate(each)[None, :] for name, each in found.items()}
    return summary(ranks, np.concatenate(groups))


def run_within(
    language: str, queries: list[str], offered: list[str], held: NDArray[np.bool_], model: CachedVectors
) -> dict[str, Any]:
    """Figures of titles that are to find their own description in one `language`; half of them choose the weight of
    words.

    `queries` are the titles and `offered` their descriptions in the same order; `held` marks those that are measured,
    bool of shape (queries,); `model` encodes both.
    """
    vectors = (model.encode([Text(t, language) for t in queries]), model.encode([Text(t, language) for t in offered]))
    cosines = vectors[0] @ vectors[1].T
    bm25 = bm25_scores(queries, language, offered, language)
    terms = np.array([max(1, len(t.split())) for t in queries])
    twin = np.arange(len(queries))
    tried = {w: reciprocal_ranks(blend_within(cosines, bm25, terms, w), twin) for w in WORD_WEIGHTS}
    weight = max(tried, key=lambda w: float(tried[w][~held].mean()))
    ranks = {"bm25": reciprocal_ranks(bm25, twin), "dense": reciprocal_ranks(cosines, twin), "hybrid": tried[weight]}
    ranks["nights"] = reciprocal_ranks(night_scores(queries, offered, language, vectors), twin)
    figures = summary({name: found[held][None, :] for name, found in ranks.items()}, np.flatnonzero(held))
    return {**figures, "weight": weight}


def run(shared: Path, model: CachedVectors) -> dict[str, Any]:
    """All three tasks."""
    began = time.perf_counter()
    labels, notices = read_labels(shared / "codelists"), shared / "notices"
    across, concepts, weight = run_labels(labels, model)
    titles = run_titles(read_twins(notices), model, concepts, weight)
    within = {x: run_within(x, *texts, model) for x, texts in read_titles(notices).items()}
    queries = read_lots(notices)
    lots = {
        "lot to label": run_lots(queries, offer_labels(queries, labels.by_code()), 8, model),
        "lot to title": run_lots(queries, offer_titles(queries), 4, model),
    }
    return {
        "hybrid": across["methods"]["hybrid"]["accuracy"],
        "best_part": across["methods"][across["best_part"]]["accuracy"],
        "ratio": across["ratio"],
        "se": across["ratio_se"],
        "n": across["n"],
        "labels": across,
        "titles": titles,
        "within": within,
        "lots": lots,
        "model": model.id,
        "seconds": round(time.perf_counter() - began, 1),
    }


def page(found: dict[str, Any]) -> str:
    """The figures as text."""
    tasks = {"labels, across": found["labels"], "titles, across": found["titles"]}
    tasks |= {f"title to description, {x}": figures for x, figures in found["within"].items()}
    lines: list[str] = []
    for name, figures in tasks.items():
        lines += [f"{name}: {figures['n']} questions, {figures['directions']} directions"]
        lines += [
            f"  {method:<10}{row['accuracy']:>8.3f}{row['accuracy_se']:>7.3f}{row['mrr']:>9.3f}{row['mrr_se']:>7.3f}"
            for method, row in figures["methods"].items()
        ]
        lines += [
            f"  hybrid / {figures['best_part']}: {figures['ratio']:.3f} (SE {figures['ratio_se']:.3f}) at rank 1, "
            f"{figures['ratio_mrr']:.3f} (SE {figures['ratio_mrr_se']:.3f}) by mean reciprocal rank",
            "",
        ]
    for name, figures in found["lots"].items():
        for whose, key in (("", ""), (", ICT", "_ict")):
            lines.append(
                f"{name}, across{whose}: {figures['n' + key]} notices, MRR {figures['nights' + key]:.3f} by nights, "
                f"{figures['hybrid' + key]:.3f} by the hybrid: {figures['more' + key]:+.3f} "
                f"(SE {figures['more_se' + key]:.3f})"
            )
    lines.append("")
    chosen = found["labels"]
    heading = f"{'':<12}{'rank 1':>8}{'SE':>7}{'MRR':>9}{'SE':>7}"
    return "\n".join(
        [
            heading,
            *lines,
            f"chosen: ridge {chosen['ridge']}, weight {chosen['weight']}; {found['seconds']} s, {found['model']}",
        ]
    )


def main() -> int:
    """The measurements, printed. Exit code 1 where the hybrid finds fewer than 1.15 times the labels of its best part,
    or nights are below BM25 within a language."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with codelists/ and notices/")
    options.add_argument("--models", type=Path, default=Path("data/models"), help="where models are kept")
    options.add_argument("--model", default=EMBEDDED, help="the model to ask")
    options.add_argument("--vectors", type=Path, help="keep vectors beside this file, and find them there")
    options.add_argument("--json", action="store_true", help="for a machine")
    chosen = options.parse_args()
    found = run(chosen.shared, CachedVectors(load_model(chosen.model, chosen.models), chosen.vectors))
    print(json.dumps(found) if chosen.json else page(found))
    is_kept = found["ratio"] >= 1.15 and all(
        figures["methods"]["nights"]["mrr"] >= figures["methods"]["bm25"]["mrr"] for figures in found["within"].values()
    )
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
