"""Which winners pass the prefilter, and how many notices it lets through.

Run as `python -m bench.fit.prefilter --data FOLDER`.

The prefilter of the nights is applied to the purchases of one part after the other; the statements of a firm are what
it won in the other parts: in the lot's language and in another one, with the codes of its awards and without. Between
languages the prefilter uses only the codes of a lot and their labels, so a purchase published in German is its codes
with German labels: nothing is translated, and the winners are real. Passing notices are counted for clusters of firms
of one trade (30 neighbours in the CPV) and for one of the firms of ICT, over all purchases of a part.

The threshold for statements without a code was chosen on the first two parts (the last lines); the first four lines are
of the others. Before there was a threshold, no winner passed there. Errors by drawing consultations anew. About a
minute.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.errors import MatchingError
from matching.fit.awards.award_dataset import Bought, read_past
from matching.fit.metrics import Draws
from matching.fit.training_set import FirmEvidence, describe_firms
from matching.prefilter import LEAST_LABEL, is_similar
from matching.requirements.facets import facets_of
from matching.requirements.ict import theme_of
from matching.similarity.statement_index import StatementPool
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import Facet
from warehouse.model.notices import Reference

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

CHOSEN_ON = ("0", "1")
TRIED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
CLUSTER = 30
WAYS = ("same language, with codes", "same language, without", "another language, with codes", "another, without")


@dataclass(frozen=True, slots=True, eq=False)
class FoldPasses:
    """One queried part: who won, and who passes in each of WAYS, bool of shape (lots, firms); the similarity behind the
    last way, float32 of shape (lots, firms); the consultations; clusters of firms, the last of them those of ICT."""

    won: Bools
    passes: dict[str, Bools]
    labelled: Floats
    groups: list[str]
    clusters: list[NDArray[np.int64]]


def in_german(facets: Sequence[Facet]) -> tuple[Facet, ...]:
    """The part of a lot published in German that the prefilter uses: its codes under their German labels."""
    named = [(f, label(Cpv(f.code), "de")) for f in facets if f.code]
    return tuple(replace(f, text=label_text.text if label_text else f.text, language="de") for f, label_text in named)


def run_prefilter(past: Sequence[Bought], queried: Sequence[Bought]) -> FoldPasses:
    """Every firm of the past for every queried purchase."""
    members, references = describe_firms(past, FirmEvidence.RECORDS)
    pools = [StatementPool(members, references), StatementPool(members, [replace(r, cpv=()) for r in references])]
    firms = {member.id: j for j, member in enumerate(pools[0].members)}
    won = np.zeros((len(queried), len(firms)), bool)
    rows: dict[str, list[Bools]] = {way: [] for way in WAYS}
    labelled: list[Floats] = []
    for i, bought in enumerate(queried):
        won[i, [firms[firm] for firm in bought.winners if firm in firms]] = True
        here = facets_of(bought.lot)
        there = in_german(here)
        for way, facets, pool in zip(WAYS, (here, here, there, there), pools * 2, strict=True):
            rows[way].append(is_similar(pool.compute_similarities(facets), pool))
        labelled.append(pools[1].by_member(pools[1].uncoded.similarity(there)[None])[0])
    passes = {way: np.stack(found) for way, found in rows.items()}
    clusters = list(_clusters(list(firms), references))
    return FoldPasses(won, passes, np.stack(labelled), [bought.group for bought in queried], clusters)


def _clusters(firms: Sequence[str], references: Sequence[Reference]) -> Iterator[NDArray[np.int64]]:
    codes: dict[str, list[Cpv]] = {firm: [] for firm in firms}
    for reference in references:
        codes[reference.company_number] += reference.cpv
    usual = [min(Counter(codes[firm]).most_common(1) or [(Cpv("99000000"), 0)])[0].code for firm in firms]
    order = np.argsort(usual, kind="stable")
    yield from (order[at : at + CLUSTER] for at in range(0, max(1, len(order) - CLUSTER + 1), CLUSTER))
    ict = [2 * sum(bool(theme_of(code)) for code in codes[firm]) > len(codes[firm]) for firm in firms]
    yield np.flatnonzero(ict)


def measure(parts: Sequence[FoldPasses], passing: Sequence[Bools]) -> dict[str, float]:
    """The share of winners that pass and its error, and the share of notices that pass, for clusters of a trade and for
    those of ICT.

    `passing` holds for each of the `parts` who passes, bool of shape (lots, firms).
    """
    passed = np.concatenate([(p & part.won).sum(axis=1) for part, p in zip(parts, passing, strict=True)]).astype(float)
    winners = np.concatenate([part.won.sum(axis=1) for part in parts]).astype(float)
    draws = Draws([group for part in parts for group in part.groups])
    shares = [
        [float(p[:, c].any(axis=1).mean()) for c in part.clusters] for part, p in zip(parts, passing, strict=True)
    ]
    return {
        "winners": winners.sum(),
        "heard": passed.sum() / winners.sum(),
        "heard_se": float((draws.means(passed) / draws.means(winners)).std()),
        "notices": float(np.mean([share for each in shares for share in each[:-1]])),
        "notices_ict": float(np.mean([each[-1] for each in shares])),
    }


def run(folder: Path) -> dict[str, Any]:
    """The figures of every way, and of every threshold tried. Raises MatchingError for a folder that cannot be used."""
    past = read_past(folder)
    names = sorted({bought.fold for bought in past})
    parts = {n: run_prefilter([b for b in past if b.fold != n], [b for b in past if b.fold == n]) for n in names}
    first = [parts[name] for name in names if name in CHOSEN_ON]
    rest = [parts[name] for name in names if name not in CHOSEN_ON]
    return {
        "ways": {way: measure(rest, [part.passes[way] for part in rest]) for way in WAYS},
        "tried": {str(t): measure(first, [part.labelled >= t for part in first]) for t in TRIED},
        "with_codes": measure(first, [part.passes[WAYS[2]] for part in first]),
        "threshold": LEAST_LABEL,
    }


def page(found: dict[str, Any]) -> str:
    """The figures as text."""
    lines = [f"{'':<30}{'winners':>8}{'heard':>8}{'SE':>7}{'notices passing':>18}{'to ICT':>9}"]
    rows = {**found["ways"], "on the parts chosen on, with codes": found["with_codes"]}
    rows |= {f"  without, likeness >= {t}": figures for t, figures in found["tried"].items()}
    for name, figures in rows.items():
        lines.append(
            f"{name:<30}{figures['winners']:>8.0f}{figures['heard']:>8.3f}{figures['heard_se']:>7.3f}"
            f"{figures['notices']:>18.3f}{figures['notices_ict']:>9.3f}"
        )
    return "\n".join(lines)


def main() -> int:
    """Prints the figures. Exit code 1 where statements without a code let more notices pass in another language than in
    their own, 2 when the folder cannot be used."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="folder with notices.csv and awards.csv")
    options.add_argument("--json", action="store_true", help="for a machine")
    chosen = options.parse_args()
    try:
        found = run(chosen.data)
    except MatchingError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found) if chosen.json else page(found))
    within, across = found["ways"][WAYS[1]], found["ways"][WAYS[3]]
    return 0 if all(across[share] <= within[share] for share in ("notices", "notices_ict")) else 1


if __name__ == "__main__":
    sys.exit(main())
