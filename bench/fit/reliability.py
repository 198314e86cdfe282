"""Calibration of the nights' probabilities: `python -m bench.fit.reliability --data FOLDER [--json]`.

The engine's own fit is applied to the purchases of one part after the other. Its weights and its learned codes come
from the other parts alone: these are parted again, so that no example was measured with its own award, nor with any of
the part that is tested. Prints the calibration error and the Brier score with their standard errors, the bins of the
reliability diagram, and what each part of the fit adds. About 3 minutes of one core; `--meaning` also encodes every
title with the embedded model (some 10 minutes more), else words replace meaning. `--page FILE` draws the pictures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from matching.encoder.embedding import EMBEDDED, load_model
from matching.errors import MatchingError
from matching.fit.awards.award_dataset import TEST, Bought, read_past
from matching.fit.cross_validation import Study, study_fit
from matching.fit.report import write_page
from matching.fit.training_set import MeasuredLot, learn_past_codes, measure_lessons, measure_lots, texts_of

INNER = 2
"""How many of the other parts are queried to learn the weights; the more, the longer it takes."""


def run_folds(past: Sequence[Bought], vectors: Mapping[str, bytes] | None) -> tuple[dict[str, list[MeasuredLot]], ...]:
    """The tested examples of each part, and those its weights are learned from: neither uses an award of the other."""
    tested: dict[str, list[MeasuredLot]] = {}
    taught: dict[str, list[MeasuredLot]] = {}
    parts = sorted({bought.fold for bought in past})
    for at, part in enumerate([TEST] if TEST in parts else parts):
        others = [b for b in past if b.fold != part]
        rest = [fold for fold in (*parts[at:], *parts[:at]) if fold != part]
        tested[part] = list(measure_lots(others, [b for b in past if b.fold == part], vectors))
        taught[part] = []
        for inner in rest[:INNER]:
            known = [b for b in others if b.fold != inner]
            taught[part] += measure_lessons(known, [b for b in others if b.fold == inner], vectors)
        print(f"part {part}: {len(tested[part])} queried, {len(taught[part])} to learn from", file=sys.stderr)
    return tested, taught


def run(argv: Sequence[str] | None = None) -> int:
    """The command; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bench.fit.reliability", description="Do probabilities mean it?")
    parser.add_argument("--data", type=Path, required=True, help="folder with notices.csv and awards.csv")
    parser.add_argument("--meaning", action="store_true", help="also encode the titles with the embedded model")
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="where the embedded model is kept")
    parser.add_argument("--page", type=Path, help="write the page with the pictures there")
    parser.add_argument("--json", action="store_true", help="figures as one object")
    given = parser.parse_args(argv)
    try:
        past = read_past(given.data)
        texts = texts_of(past) if given.meaning else ()
        vectors = load_model(EMBEDDED, given.models).encode_kept(texts) if given.meaning else None
        tested, taught = run_folds(past, vectors)
        study = study_fit(tested, taught=taught)
    except MatchingError as error:
        print(error, file=sys.stderr)
        return 2
    if given.page:
        write_page(given.page, study, study.fit(learn_past_codes(past), f"for the bench, on {given.data.name}"))
    print(json.dumps(figures(study), indent=1) if given.json else page_of(study))
    return 0


def figures(study: Study) -> dict[str, object]:
    """Every figure, plain."""
    return {name: value for name, value in asdict(study).items() if name not in {"base", "weights"}}


def page_of(study: Study) -> str:
    """Tables of a study."""
    found = study.calibration
    lines = [
        f"{study.purchases} purchases, {study.pairs} pairs, {study.winners} awards that pass the prefilter "
        f"({study.passed:.3f} of the winners)",
        f"{'nDCG@10':<10}{study.ndcg.mean:.4f} SE {study.ndcg.error:.4f}",
        f"{'R@10':<10}{study.recall.mean:.4f} SE {study.recall.error:.4f}",
        f"{'MRR':<10}{study.rank.mean:.4f} SE {study.rank.error:.4f}",
        f"{'ECE':<10}{found.ece:.4f} SE {found.ece_error:.4f}",
        f"{'Brier':<10}{found.brier:.4f} SE {found.brier_error:.4f}",
        f"{'surprise':<10}{found.surprise:.4f} SE {found.surprise_error:.4f}",
        "",
        f"{'said':<12}{'pairs':>8}{'mean':>9}{'found':>9}{'SE':>8}",
        *(
            f"{b.low:.1f} to {b.high:.1f}{b.pairs:>10}{b.expected:>9.3f}{b.found:>9.3f}{b.error:>8.3f}"
            for b in found.bins
        ),
        "",
        f"{'part':<16}{'alone':>9}{'SE':>8}{'loses':>10}{'SE':>8}{'surprise':>10}{'SE':>8}",
        *(
            f"{name:<16}{p.alone.mean:>9.4f}{p.alone.error:>8.4f}{p.lost.mean:>10.4f}{p.lost.error:>8.4f}"
            f"{p.surprise.mean:>10.4f}{p.surprise.error:>8.4f}"
            for name, p in study.parts.items()
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run())
