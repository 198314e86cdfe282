"""Agreement with lots labelled by hand: what a lot requires, and the ICT inside it.

    python -m bench.facets --data ../shared/notices [--half design] [--json] [--show]

Reads bench/facets_labels.csv (see bench/facets_guide.md), finds the same lots in the notices and prints F1 for each
kind and set with its spread: the middle 95 % of a bootstrap over lots, 2,000 draws. `--show` prints what disagrees.
Every set has been used: what is printed today is a fit, and the guide has the figures of each at its first use.
Exit code 1 when a kind's F1 is under .80 in the held-out half of the hundred.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from matching.requirements.extraction import requirements_of
from matching.requirements.ict import ict_of
from scrapers.read import read_path
from warehouse.model.notices import OpenLot
from warehouse.model.requirements import IctRelevance, RequirementSource

KINDS = ("turnover", "certificate", "reference", "language", "staff", "ict")
KINDS_BY_LABEL = {
    "all": KINDS,
    "language": ("language",),
    "not language": tuple(kind for kind in KINDS if kind != "language"),
    "ict": ("ict",),
}
BAR = 0.80
_DRAWS = 2000
_LABELS = Path(__file__).with_name("facets_labels.csv")

Item = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A lot with its labels: the kinds labelled, and (kind, value) for each thing found by reading."""

    half: str
    language: str
    file: str
    lot: str
    kinds: tuple[str, ...]
    items: frozenset[Item]


@dataclass(frozen=True, slots=True)
class Score:
    """Agreement on one kind in one half. `bare` is F1 with the values left out."""

    half: str
    kind: str
    lots: int
    labels: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float
    bare: float


def read_labels(path: Path = _LABELS) -> tuple[Labelled, ...]:
    """The labelled lots, in the order of the file."""
    rows: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault((row["half"], row["file"], row["lot"]), []).append(row)
    return tuple(
        Labelled(
            half=half,
            language=lot_rows[0]["language"],
            file=file,
            lot=lot,
            kinds=KINDS_BY_LABEL[lot_rows[0]["asked"]],
            items=frozenset((row["kind"], row["value"]) for row in lot_rows if row["kind"] != "none"),
        )
        for (half, file, lot), lot_rows in rows.items()
    )


def find_lot(data: Path, labelled: Labelled) -> OpenLot:
    """The lot in its notice. Raises LookupError when the data lacks it."""
    for reading in read_path(data / labelled.file):
        for lot in reading.notice.lots if reading.notice else ():
            if reading.notice and lot.id == labelled.lot:
                return OpenLot(reading.notice.lot_uid(lot), lot, reading.notice, (reading.notice.publication,))
    raise LookupError(f"{data / labelled.file} has no lot {labelled.lot}; give --data the notices of the labels")


def extract(lot: OpenLot) -> frozenset[Item]:
    """What the matcher extracts from it. Fields are exact: only words are compared."""
    found = {(str(r.kind), r.value) for r in requirements_of(lot) if r.source != RequirementSource.FIELD}
    standing = ict_of(lot).standing
    return frozenset(found | ({("ict", str(standing))} if standing != IctRelevance.NONE else set()))


def f1(pairs: Iterable[tuple[frozenset[Item], frozenset[Item]]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of (labelled, extracted) items over lots; 1 where there is nothing to find or miss."""
    hit = extracted_items = labelled_items = 0
    for labelled, extracted in pairs:
        hit += len(labelled & extracted)
        labelled_items += len(labelled)
        extracted_items += len(extracted)
    precision, recall = (
        hit / extracted_items if extracted_items else 1.0,
        hit / labelled_items if labelled_items else 1.0,
    )
    return precision, recall, 2 * hit / (extracted_items + labelled_items) if extracted_items + labelled_items else 1.0


def measure(half: str, lots: Mapping[Labelled, frozenset[Item]], *, seed: int = 1) -> list[Score]:
    """A score per kind over the lots of a half that were labelled for it."""
    scores: list[Score] = []
    for kind in KINDS:
        pairs = [
            (_of(kind, labelled.items), _of(kind, extracted))
            for labelled, extracted in lots.items()
            if labelled.half == half and kind in labelled.kinds
        ]
        if not pairs:
            continue
        draw = random.Random(seed)
        drawn = sorted(f1(draw.choices(pairs, k=len(pairs)))[2] for _ in range(_DRAWS))
        bare = f1([(_bare(expected), _bare(extracted)) for expected, extracted in pairs])[2]
        spread = drawn[int(0.025 * _DRAWS)], drawn[int(0.975 * _DRAWS)]
        scores.append(
            Score(half, kind, len(pairs), sum(len(expected) for expected, _ in pairs), *f1(pairs), *spread, bare)
        )
    return scores


def _of(kind: str, items: frozenset[Item]) -> frozenset[Item]:
    return frozenset(item for item in items if item[0] == kind)


def _bare(items: frozenset[Item]) -> frozenset[Item]:
    return frozenset((kind, "") for kind, _ in items)


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/notices"))
    parser.add_argument("--half", help="only this one")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="what disagrees, lot by lot")
    options = parser.parse_args(arguments)
    labels = [lot for lot in read_labels() if options.half in (None, lot.half)]
    lots = {lot: extract(find_lot(options.data, lot)) for lot in labels}
    scores = [score for half in dict.fromkeys(lot.half for lot in labels) for score in measure(half, lots)]
    if options.json:
        print(json.dumps({"bar": BAR, "scores": [asdict(score) for score in scores]}))
    else:
        _print(scores)
    if options.show:
        _show(lots)
    return int(any(score.f1 < BAR for score in scores if score.half == "held-out"))


def _print(scores: list[Score]) -> None:
    print("half      kind         lots labels   precision recall    F1  [95 %]       kind alone")
    for s in scores:
        print(
            f"{s.half:9} {s.kind:12} {s.lots:4} {s.labels:6}   {s.precision:9.3f} {s.recall:6.3f} {s.f1:5.3f}"
            f"  [{s.low:.2f}, {s.high:.2f}]  {s.bare:.3f}"
        )


def _show(lots: Mapping[Labelled, frozenset[Item]]) -> None:
    for labelled, extracted in lots.items():
        comparable = frozenset(item for item in extracted if item[0] in labelled.kinds)
        for kind, value in sorted(labelled.items ^ comparable):
            print(
                f"{'missed' if (kind, value) in labelled.items else 'wrong ':6} {kind} {value!r}: "
                f"{labelled.file} {labelled.lot}"
            )


if __name__ == "__main__":
    sys.exit(main())
