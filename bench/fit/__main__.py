"""How well the fit of the nights predicts from past awards who wins next: `python -m bench.fit --data FOLDER`.

Firms with two awards or more in the training part are ranked for each lot held out that one of them won, through the
measures and the learning of nights and of `pib train` (matching/fit/), whether or not they pass the prefilter. Weights,
learned trades, and the choices of the baselines, come from queries inside the training part alone, by
consultation, as the outer ones are. Standard errors come from drawing whole consultations anew. About 2 minutes of one
core; on a busy machine set OMP_NUM_THREADS=1, or waiting threads multiply that. `--ablate` also learns without, and
with only, each part of the fit; `--json` prints one object. The measures were chosen by queries of folds 0, 1 and 2
alone. Titles are not encoded here: words replace meaning.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.fit.awards import AwardsFolder, FolderUnreadable, part_inner, part_outer, read_folder, read_lots, set_task
from bench.fit.baselines import choose_fusion, cpv_alone, fuse_ranks, rival_parts
from bench.fit.report import page
from matching.errors import AwardsUnreadable
from matching.fit.awards.award_dataset import Bought, read_past
from matching.fit.cross_validation import PARTS
from matching.fit.estimator import Examples, learn_fit
from matching.fit.features import NAMES
from matching.fit.metrics import Draws, Measured, join_measured, measure_ranking
from matching.fit.training_set import FirmEvidence, MeasuredLot, draw_examples, measure_lessons, measure_lots

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

ICT = ("72", "48", "302", "324", "325", "642", "5031", "5032", "5033")
"""IT services, software, computers, networks, telecommunications, and their upkeep."""


@dataclass(frozen=True, slots=True)
class FoldResult:
    """Results of one outer part: how each method ranked, the consultations of the lots, what the rank fusion chose, the
    weights of the fit, and how many lots were to be ranked."""

    name: str
    measured: Mapping[str, Measured]
    ablated: Mapping[str, Measured]
    queried: Ints
    chosen: tuple[str, int]
    weights: Doubles
    tested: int
    firms: int


def run_part(folder: AwardsFolder, past: Sequence[Bought], name: str, *, ablate: bool) -> FoldResult | None:
    """Learns on one training part and ranks for its test part; None when no lot there has a winner in the pool.

    `folder` holds the awards and `past` the same purchases as the fit reads them; `name` is the outer part; `ablate`
    also learns without, and with only, each part of the fit.
    """
    train, tested = part_outer(folder, name)
    task = set_task(folder, train, tested)
    inner = part_inner(folder, train)
    tasks = [found for known, queried in inner if (found := set_task(folder, known, queried))]
    if task is None or not tasks:
        return None
    lots = read_lots(folder, train)
    chosen = choose_fusion([(rival_parts(lots, t), t.won) for t in tasks])
    parts = rival_parts(lots, task)
    lessons = (measure_lessons(_picked(past, known), _picked(past, mine), None) for known, mine in inner)
    examples = draw_examples([queried for lesson in lessons for queried in lesson])
    _, weights = learn_fit(examples)
    queried = list(measure_lots(_picked(past, train), _picked(past, task.queried), None, evidence=FirmEvidence.RECORDS))
    ranked = {"rrf": fuse_ranks(parts, *chosen), "bm25": parts.bm25, "cpv": cpv_alone(parts)}
    measured = {"ours": _rank(queried, weights)}
    measured |= {method: measure_ranking(score, task.won) for method, score in ranked.items()}
    ablated = _ablate(examples, queried) if ablate else {}
    return FoldResult(name, measured, ablated, task.queried, chosen, weights, task.tested, task.awards.firms)


def _picked(past: Sequence[Bought], which: Ints) -> list[Bought]:
    return [past[i] for i in which.tolist()]


def _rank(queried: Sequence[MeasuredLot], weights: Doubles) -> Measured:
    return measure_ranking(np.stack([a.measures @ weights for a in queried]), np.stack([a.won for a in queried]))


def _ablate(examples: Examples, queried: Sequence[MeasuredLot]) -> dict[str, Measured]:
    """The fit learned again without each part, and with that part alone."""
    found: dict[str, Measured] = {}
    for part, names in PARTS.items():
        others = [name for name in NAMES if name not in names]
        for title, kept in ((f"without {part}", others), (f"{part} alone", names)):
            found[title] = _rank(queried, learn_fit(examples, allowed=kept)[1])
    return found


def report(folder: AwardsFolder, parts: Sequence[FoldResult], seconds: float) -> dict[str, object]:
    """Every figure of a run, as it is printed or written as JSON."""
    methods = join_measured([part.measured for part in parts])
    queried = np.concatenate([part.queried for part in parts])
    draws = Draws(folder.group[queried])
    ict = np.array([folder.rows[int(i)].get("cpv", "").startswith(ICT) for i in queried])
    ours, rrf = methods["ours"].ndcg, methods["rrf"].ndcg
    tested = sum(part.tested for part in parts)
    drawn = {name: draws.means(m.ndcg) for name, m in methods.items()}
    ratio = drawn["ours"] / drawn["rrf"]
    return {
        **{name: float(m.ndcg.mean()) for name, m in methods.items()},
        "n": len(queried),
        "se": float(drawn["ours"].std()),
        "ratio": float(ours.mean() / rrf.mean()),
        "ratio_low": float(np.quantile(ratio, 0.025)),
        "ratio_high": float(np.quantile(ratio, 0.975)),
        "difference": float((ours - rrf).mean()),
        "difference_se": float(draws.means(ours - rrf).std()),
        "tested": tested,
        "coverage": len(queried) / tested,
        "firms": float(np.mean([part.firms for part in parts])),
        "methods": {name: _row(m, draws, ours) for name, m in methods.items()},
        "ict": {"n": int(ict.sum()), **_among(methods, draws, ict)} if ict.any() else {"n": 0},
        "parts": [_part_row(part) for part in parts],
        "ablation": _ablation(parts, draws, ours),
        "weights": _weights(parts),
        "missing": list(folder.missing),
        "seconds": round(seconds, 1),
    }


def _row(measured: Measured, draws: Draws, ours: Doubles) -> dict[str, float]:
    return {
        "ndcg": float(measured.ndcg.mean()),
        "se": float(draws.means(measured.ndcg).std()),
        "recall": float(measured.recall.mean()),
        "mrr": float(measured.rank.mean()),
        "behind": float((ours - measured.ndcg).mean()),
        "behind_se": float(draws.means(ours - measured.ndcg).std()),
    }


def _among(methods: Mapping[str, Measured], draws: Draws, some: NDArray[np.bool_]) -> dict[str, float]:
    found = {name: float(m.ndcg[some].mean()) for name, m in methods.items()}
    found |= {f"{name}_se": float(draws.means(m.ndcg, some).std()) for name, m in methods.items()}
    apart = methods["ours"].ndcg - methods["rrf"].ndcg
    return found | {"difference": float(apart[some].mean()), "difference_se": float(draws.means(apart, some).std())}


def _part_row(part: FoldResult) -> dict[str, object]:
    found: dict[str, object] = {name: float(m.ndcg.mean()) for name, m in part.measured.items()}
    variant, constant = part.chosen
    return {"part": part.name, "n": len(part.queried), **found, "rrf_variant": variant, "rrf_k": constant}


def _ablation(parts: Sequence[FoldResult], draws: Draws, ours: Doubles) -> dict[str, dict[str, float]]:
    joined = join_measured([part.ablated for part in parts])
    return {name: _row(measured, draws, ours) for name, measured in joined.items()}


def _weights(parts: Sequence[FoldResult]) -> dict[str, float]:
    mean = np.mean([part.weights for part in parts], axis=0)
    return {name: round(float(weight), 3) for name, weight in zip(NAMES, mean, strict=True)}


def run(argv: Sequence[str] | None = None) -> int:
    """The command; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bench.fit", description="Who wins next, from past awards.")
    parser.add_argument("--data", type=Path, required=True, help="folder with notices.csv and awards.csv")
    parser.add_argument("--parts", nargs="*", help="test only these folds")
    parser.add_argument("--ablate", action="store_true", help="also without, and with only, each part of the fit")
    parser.add_argument("--json", action="store_true", help="figures as one object")
    given = parser.parse_args(argv)
    start = time.perf_counter()
    try:
        folder, past = read_folder(given.data), read_past(given.data)
    except (FolderUnreadable, AwardsUnreadable) as error:
        print(error, file=sys.stderr)
        return 2
    names = [name for name in folder.outer if not given.parts or name in given.parts]
    parts = [part for name in names if (part := run_part(folder, past, name, ablate=given.ablate))]
    if not parts:
        print(f"{given.data}: no held-out lot was won by a firm with two training awards", file=sys.stderr)
        return 2
    found = report(folder, parts, time.perf_counter() - start)
    print(json.dumps(found, indent=1) if given.json else page(found))
    return 0


if __name__ == "__main__":
    sys.exit(run())
