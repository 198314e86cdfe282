"""How well past awards tell who wins next: `python -m bench.fit --data FOLDER [--json] [--ablate]`.

Firms with two awards or more in the training part are ranked for each lot held out that one of them won. Weights, and
whatever the rivals may choose, come from questions asked inside the training part alone, by consultation, as the outer
ones are. Standard errors come from drawing whole consultations anew. About 80 s of one core; on a busy machine set
OMP_NUM_THREADS=1, or waiting threads multiply that. The measures were chosen by questions of folds 0, 1 and 2 alone.

`ours` is matching/ranking.py, which ranks firms by their awards alone. Nights must also hear members without any, and
use matching/fit.py, which `python -m bench.reliability` measures on the same awards: calibrated, and ranking no better
than the rank fusion. The two are not one model yet.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.fit_awards import Folder, Labels, Task, Unreadable, part_inner, part_outer, read_folder, read_lots, set_task
from bench.fit_page import page
from bench.fit_rivals import choose_fusion, cpv_alone, fuse_ranks, rival_parts
from matching.evaluation import Draws, Measured, join_measured, measure_ranking
from matching.ranking import Choices, Fusion, learn_fusion
from matching.ranking_features import GROUPS, NAMES, measure

Doubles = NDArray[np.float64]

LABELS = Path(__file__).resolve().parents[2] / "shared" / "codelists" / "cpv_2008_core.gc.gz"
ICT = ("72", "48", "302", "324", "325", "642", "5031", "5032", "5033")
"""IT services, software, computers, networks, telecommunications, and their upkeep."""


@dataclass(frozen=True, slots=True)
class Part:
    """One outer part, done: how each method ranked, whose lots they were, the probabilities with the truth, what the
    rank fusion chose, the fusion, and how many lots were to be asked about."""

    name: str
    measured: Mapping[str, Measured]
    ablated: Mapping[str, Measured]
    asked: NDArray[np.int64]
    expected: Doubles
    share: Doubles
    chosen: tuple[str, int]
    fusion: Fusion
    tested: int
    firms: int


def run_part(folder: Folder, name: str, labels: Labels, *, ablate: bool) -> Part | None:
    """Learn on one training part and rank for its test part; None when no lot there has a winner in the pool."""
    train, tested = part_outer(folder, name)
    task = set_task(folder, train, tested)
    inner = [found for past, asked in part_inner(folder, train) if (found := set_task(folder, past, asked))]
    if task is None or not inner:
        return None
    lots = read_lots(folder, train, labels)
    choices = [Choices(measure(lots, t.asked, t.known, t.awards), t.won) for t in inner]
    chosen = choose_fusion([(rival_parts(lots, t), t.won) for t in inner])
    fusion = learn_fusion(choices, NAMES)
    values, parts = measure(lots, task.asked, task.known, task.awards), rival_parts(lots, task)
    ranked = {
        "ours": fusion.score(values),
        "rrf": fuse_ranks(parts, *chosen),
        "bm25": parts.bm25,
        "cpv": cpv_alone(parts),
    }
    measured = {method: measure_ranking(score, task.won) for method, score in ranked.items()}
    ablated = _ablate(choices, values, task) if ablate else {}
    share = task.won / task.won.sum(1, keepdims=True)
    expected = fusion.probability(values)
    firms = task.awards.firms
    return Part(
        name, measured, ablated, task.asked, expected.ravel(), share.ravel(), chosen, fusion, task.tested, firms
    )


def _ablate(choices: Sequence[Choices], values: NDArray[np.float32], task: Task) -> dict[str, Measured]:
    """The fusion learned again without each group of measures, and with that group alone."""
    found: dict[str, Measured] = {}
    for group, names in GROUPS.items():
        inside = np.array([name in names for name in NAMES])
        for title, kept in ((f"without {group}", ~inside), (f"{group} alone", inside)):
            fewer = [Choices(np.ascontiguousarray(c.measures[..., kept]), c.won) for c in choices]
            fusion = learn_fusion(fewer, [name for name, keep in zip(NAMES, kept, strict=True) if keep])
            found[title] = measure_ranking(fusion.score(values[..., kept]), task.won)
    return found


def report(folder: Folder, parts: Sequence[Part], seconds: float) -> dict[str, object]:
    """Every figure of a run, as it is printed or written as JSON."""
    methods = join_measured([part.measured for part in parts])
    asked = np.concatenate([part.asked for part in parts])
    draws = Draws(folder.group[asked])
    ict = np.array([folder.rows[int(i)].get("cpv", "").startswith(ICT) for i in asked])
    ours, rrf = methods["ours"].ndcg, methods["rrf"].ndcg
    tested = sum(part.tested for part in parts)
    drawn = {name: draws.means(m.ndcg) for name, m in methods.items()}
    ratio = drawn["ours"] / drawn["rrf"]
    return {
        **{name: float(m.ndcg.mean()) for name, m in methods.items()},
        "n": len(asked),
        "se": float(drawn["ours"].std()),
        "ratio": float(ours.mean() / rrf.mean()),
        "ratio_low": float(np.quantile(ratio, 0.025)),
        "ratio_high": float(np.quantile(ratio, 0.975)),
        "difference": float((ours - rrf).mean()),
        "difference_se": float(draws.means(ours - rrf).std()),
        "tested": tested,
        "coverage": len(asked) / tested,
        "firms": float(np.mean([part.firms for part in parts])),
        "methods": {name: _row(m, draws, ours) for name, m in methods.items()},
        "ict": {"n": int(ict.sum()), **_among(methods, draws, ict)} if ict.any() else {"n": 0},
        "parts": [_part_row(part) for part in parts],
        "ablation": _ablation(parts, draws, ours),
        "reliability": _reliability(parts),
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


def _part_row(part: Part) -> dict[str, object]:
    found: dict[str, object] = {name: float(m.ndcg.mean()) for name, m in part.measured.items()}
    variant, constant = part.chosen
    return {"part": part.name, "n": len(part.asked), **found, "rrf_variant": variant, "rrf_k": constant}


def _ablation(parts: Sequence[Part], draws: Draws, ours: Doubles) -> dict[str, dict[str, float]]:
    joined = join_measured([part.ablated for part in parts])
    return {name: _row(measured, draws, ours) for name, measured in joined.items()}


def _reliability(parts: Sequence[Part]) -> list[dict[str, float]]:
    """Expected against found shares of awards, by how much was expected."""
    expected = np.concatenate([part.expected for part in parts])
    share = np.concatenate([part.share for part in parts])
    edges = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 1.01)
    rows: list[dict[str, float]] = []
    for low, high in pairwise(edges):
        inside = (expected >= low) & (expected < high)
        if inside.any():
            mean, found = float(expected[inside].mean()), float(share[inside].mean())
            error = float(share[inside].std() / np.sqrt(inside.sum()))
            rows.append({"from": low, "pairs": int(inside.sum()), "expected": mean, "found": found, "se": error})
    return rows


def _weights(parts: Sequence[Part]) -> dict[str, float]:
    mean = np.mean([part.fusion.weights for part in parts], axis=0)
    return {name: round(float(weight), 3) for name, weight in zip(NAMES, mean, strict=True)}


def run(argv: Sequence[str] | None = None) -> int:
    """The command; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bench.fit", description="Who wins next, told from past awards.")
    parser.add_argument("--data", type=Path, required=True, help="folder with notices.csv and awards.csv")
    parser.add_argument("--labels", type=Path, default=LABELS, help="the official CPV list (genericode)")
    parser.add_argument("--parts", nargs="*", help="test only these folds")
    parser.add_argument("--ablate", action="store_true", help="also without, and with only, each group of measures")
    parser.add_argument("--json", action="store_true", help="figures as one object")
    given = parser.parse_args(argv)
    start = time.perf_counter()
    try:
        folder = read_folder(given.data)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    labels = Labels(given.labels)
    if not labels.is_official:
        print(f"{given.labels}: absent, so codes outside ICT go without words; give --labels", file=sys.stderr)
    names = [name for name in folder.outer if not given.parts or name in given.parts]
    parts = [part for name in names if (part := run_part(folder, name, labels, ablate=given.ablate))]
    if not parts:
        print(f"{given.data}: no held-out lot was won by a firm with two training awards", file=sys.stderr)
        return 2
    found = report(folder, parts, time.perf_counter() - start)
    print(json.dumps(found, indent=1) if given.json else page(found))
    return 0


if __name__ == "__main__":
    sys.exit(run())
