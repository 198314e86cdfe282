"""Who should be notified of real lots: `python -m bench.relevance --data DIR --notices DIR [--json] [--cv]`.

DIR holds members.csv, lots.csv, judgements.csv, and needs.csv and not_needs.csv where needs are measured, as
shared/relevance does. The engine of the nights matches every lot,
as open and with every language of tender allowed; all else, the prefilter, the weights and the threshold, is what a
night uses. `--cv` learns scales and log-odds anew for each block of five folds of notices by five of members, which is
the only unbiased figure for the folder that they were learned on. Errors by drawing notices anew. Two minutes of one
core, six with `--cv`; `--all` takes all lots of the notices. `--vectors FILE` keeps the vectors for the next run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.crosslingual.vector_cache import CachedVectors
from bench.relevance.all_lots import measure_all_lots, read_all_lots
from bench.relevance.covering import figures_of_covering, measure_covering, measure_kept
from bench.relevance.figures import GradedPairs, measure_all, measure_bins, measure_gain, measure_ndcg
from bench.relevance.folder import AwardsFolder, Unusable, read_folder
from bench.relevance.rival import score_rival
from bench.relevance.scoring import World, match_folder, score_folds, score_lots
from bench.relevance.world import read_world, texts_of_needs
from matching.encoder.embedding import EMBEDDED, load_model
from matching.errors import MatchingError
from matching.fit.weights import shipped_fit
from matching.similarity.statement_index import StatementPool, Vectors
from warehouse.model.members import Preferences

Doubles = NDArray[np.float64]

LANGUAGES = ("fr", "nl", "de", "en")


def measure(world: World, *, cross_validated: bool) -> dict[str, object]:
    """All figures, the engine's and the baseline's, at the threshold that notifies as many pairs."""
    folder = world.folder
    scores = score_folds(world) if cross_validated else score_lots(world, folder.lots, shipped_fit())
    graded = GradedPairs(folder.grades, np.array([kind == "not-ict" for kind in folder.kinds]), folder.notices)
    notified = scores >= Preferences().threshold
    rival = np.where(scores < 0, -np.inf, score_rival(folder, list(world.wholes), world.kept))
    bar = np.sort(rival, axis=None)[::-1][max(int(notified.sum()), 1) - 1]
    ours = measure_all(scores, notified, graded)
    needs, needs_of_rival = _measure_needs(world, scores)
    return {
        **ours,
        **needs,
        "threshold": Preferences().threshold,
        "cross_validated": cross_validated,
        "rival": measure_all(rival, rival >= bar, graded) | needs_of_rival,
        "gain": measure_gain(scores, rival, graded),
        "languages": _by_language(folder, scores),
        "reliability": measure_bins(scores, graded),
    }


def _measure_needs(world: World, scores: Doubles) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """The figures of needs and of who covers them, and the rival's: every piece a need, and the fit alone; None where
    the folder has no needs.csv."""
    needs = world.needs
    if needs is None:
        nothing: dict[str, float | None] = {"needs_f1": None, "cover_ap": None}
        return nothing, nothing
    at = sorted({*needs.lots.tolist(), *(i for i, _ in needs.others)})
    kept = measure_kept(needs, dict(zip(at, match_folder(world, [world.folder.lots[i] for i in at]), strict=True)))
    covering = measure_covering(
        needs, StatementPool(world.folder.members), Vectors(world.kept), texts_of_needs(needs, world.wholes), scores
    )
    found = figures_of_covering(needs, covering, scores)
    return (
        {"needs_f1": kept["needs_f1"], "cover_ap": found["cover_ap"], "cover_ap_se": found["cover_ap_se"]},
        {"needs_f1": kept["all"], "cover_ap": found["by_fit"]},
    )


def _by_language(folder: AwardsFolder, scores: Doubles) -> dict[str, dict[str, float | int]]:
    """nDCG@10 with only the members of one language as relevant, by the language of their first competence."""
    member_languages = np.array([next((c.language for c in member.competences), "") for member in folder.members])
    found: dict[str, dict[str, float | int]] = {}
    for language in LANGUAGES:
        ndcg = measure_ndcg(scores, folder.grades * (member_languages == language)[None])
        lots = int((~np.isnan(ndcg)).sum())
        if lots:
            found[language] = {
                "ndcg10": float(np.nanmean(ndcg)),
                "lots": lots,
                "members": int((member_languages == language).sum()),
            }
    return found


def page(found: dict[str, object]) -> str:
    """The figures as text."""
    names = ("ndcg10", "ap", "precision", "recall", "recall2", "false_per_100_not_ict", "needs_f1", "cover_ap")
    rival = found["rival"]
    assert isinstance(rival, dict)
    lines = [
        f"{found['n_lots']} lots, {found['told']} pairs notified at {found['threshold']}",
        f"{'':<24}ours      SE   rival",
    ]
    for name in names:
        ours, error, other = found[name], found.get(f"{name}_se"), rival[name]
        lines.append(
            f"{name:<22}" + "".join(f"{x:>7.3f}" if isinstance(x, float) else f"{'-':>7}" for x in (ours, error, other))
        )
    lines += [f"  {language}: {row}" for language, row in dict(found["languages"]).items()]  # pyright: ignore
    lines.append("reliability: stated, found, pairs")
    for row in found["reliability"]:  # pyright: ignore
        lines.append(f"  {row['expected']:.2f} {row['found']:.2f} {row['pairs']}")
    return "\n".join(lines)


def _show_all_lots(data: Path, notices: Path, cache: CachedVectors, *, as_json: bool) -> int:
    """The counts of all lots and the pairs to read."""
    counts, pairs = measure_all_lots(list(read_all_lots(notices)), read_folder(data, notices).members, cache)
    if as_json:
        print(json.dumps(counts | {"pairs": [asdict(pair) for pair in pairs]}, indent=1, ensure_ascii=False))
        return 0
    for name, value in counts.items():
        print(f"{name:<26}{value}")
    for pair in pairs:
        print(
            f"{pair.score:.2f} {pair.member:<14}{'' if pair.has_ict else 'no sign of ICT '}{pair.lot} {pair.text[:90]}"
        )
    return 0


def run(argv: Sequence[str] | None = None) -> int:
    """The command; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description="Who should be notified?")
    parser.add_argument("--data", type=Path, required=True, help="folder with members.csv, lots.csv, judgements.csv")
    parser.add_argument("--notices", type=Path, required=True, help="folder that the files of lots.csv lie in")
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="where the embedded model is kept")
    parser.add_argument("--vectors", type=Path, help="keep the vectors in this file between runs")
    parser.add_argument("--cv", action="store_true", help="learn anew over folds of notices and members")
    parser.add_argument("--all", action="store_true", help="all lots of the notices, judged or not, by shipped weights")
    parser.add_argument("--json", action="store_true", help="figures as one object")
    given = parser.parse_args(argv)
    try:
        model = load_model(EMBEDDED, given.models)
        if given.all:
            return _show_all_lots(given.data, given.notices, CachedVectors(model, given.vectors), as_json=given.json)
        world = read_world(given.data, given.notices, model, given.vectors, with_others=given.cv)
        found = measure(world, cross_validated=given.cv)
    except (Unusable, MatchingError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1) if given.json else page(found))
    return 0


if __name__ == "__main__":
    sys.exit(run())
