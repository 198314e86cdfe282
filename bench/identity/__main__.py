"""How well the scored comparison distinguishes one purchase from two, on labelled pairs of real notices.

    python -m bench.identity --data ../shared/notices [--mistakes]

Reads identity_pairs.csv (how they were labelled: identity_pairs.md), puts the disguises on, and prints precision and
recall. The threshold of each fold is chosen on the other folds, never on the pairs it is reported on; folds keep a
buyer together; the spread is a bootstrap over buyers. A pair counts as joined only when it shares a blocking key, may
be compared and scores enough, as in warehouse/linkage/linker.py. Exit code 1 below --least-precision or --least-recall.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.identity.disguises import as_stated, disguise
from scrapers.readers.xml_dispatch import read_xml
from warehouse.linkage.blocking_keys import blocking_keys_of
from warehouse.linkage.scoring import THRESHOLD, may_be_compared, score_pair, sketch
from warehouse.model.notices import Notice

PAIRS = Path(__file__).parents[1] / "identity_pairs.csv"
FOLDS = 5
DRAWS = 2000
_DEVELOPMENT = 0
"""The fold that was used while the weights were set by hand; it is in no figure reported."""

_REPORTED = tuple(fold for fold in range(FOLDS) if fold != _DEVELOPMENT)

_GRID = (*(round(0.02 * step, 2) for step in range(5, 50)), 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A labelled pair of notices in their disguises. `group` is the first buyer: what folds and draws keep together."""

    left: str
    right: str
    name: str
    case: str
    is_same: bool
    group: str
    score: float

    @property
    def fold(self) -> int:
        """Which of the folds its buyer falls in."""
        return int(hashlib.sha256(self.group.encode()).hexdigest(), 16) % FOLDS


@dataclass(frozen=True, slots=True)
class LinkageScores:
    """Precision and recall of merging, and the counts behind them."""

    joined: int
    right: int
    same: int

    @property
    def precision(self) -> float:
        """Of the pairs joined, those that are one purchase."""
        return self.right / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs that are one purchase, those joined."""
        return self.right / self.same if self.same else 1.0

    @property
    def worth(self) -> float:
        """F with precision counted four times (F0.5): a wrong merge hides a purchase, a missed one shows it twice."""
        both = 0.25 * self.precision + self.recall
        return 1.25 * self.precision * self.recall / both if both else 0.0


def read_pairs(data: Path) -> list[LabelledPair]:
    """The labelled pairs, scored."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    notices = {file: _read(data / file) for row in rows for file in (row["left"], row["right"])}
    return [_score(row, notices, data) for row in rows]


def _read(path: Path) -> Notice:
    notice = read_xml(path.read_bytes())
    return as_stated(notice)


def _score(row: dict[str, str], notices: Mapping[str, Notice], data: Path) -> LabelledPair:
    left = _wear(notices[row["left"]], row["left_as"], row["left"], data)
    right = _wear(notices[row["right"]], row["right_as"], row["right"], data)
    ours, theirs = sketch(left), sketch(right)
    meet = bool({*blocking_keys_of(left)} & {*blocking_keys_of(right)}) and may_be_compared(ours, theirs)
    group = ours.names[0] if ours.names else row["left"]
    name = f"{row['left']} as {row['left_as']}, {row['right']} as {row['right_as']}"
    score = score_pair(ours, theirs).score if meet else 0.0
    return LabelledPair(row["left"], row["right"], name, row["case"], row["label"] == "same", group, score)


def _wear(notice: Notice, name: str, file: str, data: Path) -> Notice:
    if name == "stated":
        return notice
    if name == "record":
        return _as_record(data / file, notice)
    return disguise(notice, name, file)


def _as_record(path: Path, notice: Notice) -> Notice:
    """The notice as the search fields of BOAMP state it, through the converter of the local portal."""
    import json
    from dataclasses import replace

    from scrapers.readers.boamp.records import read_records
    from scrapers.safe_formats.xml import parse_xml
    from scrapers.sandbox.publishers.boamp_record import compose_record
    from scrapers.sandbox.publishers.eforms_row import read_eforms_row

    root = parse_xml(path.read_bytes())
    day = notice.publication.day or date(2024, 1, 1)
    flat = compose_record(root, read_eforms_row(root), "24-12345", day)  # type: ignore[arg-type]
    page = json.dumps({"total_count": 1, "results": [flat]}).encode()
    (found,) = [read for _, read in read_records(page)]
    if not isinstance(found, Notice):
        raise found
    return replace(found, procedure=None, changes=())


def measure(pairs: Iterable[LabelledPair], thresholds: Mapping[int, float]) -> LinkageScores:
    """Correct and wrong merges at each fold's threshold."""
    joined = right = same = 0
    for pair in pairs:
        is_joined = pair.score >= thresholds[pair.fold]
        joined += is_joined
        right += is_joined and pair.is_same
        same += pair.is_same
    return LinkageScores(joined, right, same)


def choose_threshold(pairs: Iterable[LabelledPair]) -> float:
    """The middle of the thresholds with the best F on these pairs."""
    known = list(pairs)
    worth = {grid: measure(known, dict.fromkeys(range(FOLDS), grid)).worth for grid in _GRID}
    best = [grid for grid in _GRID if worth[grid] == max(worth.values())]
    return best[len(best) // 2]


def spread(
    pairs: list[LabelledPair], thresholds: Mapping[int, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % intervals of precision and recall, drawing buyers with replacement."""
    groups: dict[str, list[LabelledPair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.group].append(pair)
    chance, names = random.Random(20), sorted(groups)
    drawn = [
        measure((pair for name in chance.choices(names, k=len(names)) for pair in groups[name]), thresholds)
        for _ in range(DRAWS)
    ]
    return _interval([m.precision for m in drawn]), _interval([m.recall for m in drawn])


def _interval(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[round(0.025 * (len(ordered) - 1))], ordered[round(0.975 * (len(ordered) - 1))]


def _print_report(pairs: list[LabelledPair], thresholds: Mapping[int, float]) -> LinkageScores:
    whole = measure(pairs, thresholds)
    precisions, recalls = spread(pairs, thresholds)
    same = sum(pair.is_same for pair in pairs)
    print(f"{len(pairs)} labelled pairs, {same} of one purchase, {len({p.group for p in pairs})} buyers")
    print("thresholds chosen on the other folds: " + ", ".join(f"{thresholds[f]:.2f}" for f in _REPORTED))
    print(
        f"precision {whole.precision:.3f}  [{precisions[0]:.3f}, {precisions[1]:.3f}]  ({whole.right}/{whole.joined})"
    )
    print(f"recall    {whole.recall:.3f}  [{recalls[0]:.3f}, {recalls[1]:.3f}]  ({whole.right}/{whole.same})")
    if whole.joined and whole.right == whole.joined:
        print(f"no wrong merge among {whole.joined}: precision above {0.05 ** (1 / whole.joined):.3f} (95 %, exact)")
    fixed = measure(pairs, dict.fromkeys(range(FOLDS), THRESHOLD))
    print(f"at the threshold in use, {THRESHOLD}: precision {fixed.precision:.3f}, recall {fixed.recall:.3f}")
    print(f"\n{'case':40} {'pairs':>5} {'joined':>6}")
    for case in dict.fromkeys(pair.case for pair in pairs):
        own = [pair for pair in pairs if pair.case == case]
        joined = measure(own, thresholds).joined
        print(f"{case:40} {len(own):5} {joined:6}  {'should be joined' if own[0].is_same else 'should not'}")
    for fold in _REPORTED:
        own = measure((p for p in pairs if p.fold == fold), thresholds)
        print(f"fold {fold}: precision {own.precision:.3f} recall {own.recall:.3f} ({own.same} same)")
    return whole


def main() -> int:
    """The report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--data", type=Path, default=Path("../shared/notices"), help="folder of real notices")
    options.add_argument("--mistakes", action="store_true", help="list every pair that was judged wrongly")
    options.add_argument("--least-precision", type=float, default=0.0)
    options.add_argument("--least-recall", type=float, default=0.0)
    chosen = options.parse_args()
    every = read_pairs(chosen.data)
    thresholds = {fold: choose_threshold(p for p in every if p.fold != fold) for fold in range(FOLDS)}
    pairs = [pair for pair in every if pair.fold != _DEVELOPMENT]
    print(f"{len(every)} labelled pairs; {len(every) - len(pairs)} of them were for development and are left out")
    whole = _print_report(pairs, thresholds)
    if chosen.mistakes:
        for pair in pairs:
            if (pair.score >= thresholds[pair.fold]) != pair.is_same:
                print(f"{'missed' if pair.is_same else 'WRONG '} {pair.score:.3f} {pair.case}: {pair.name}")
    return int(whole.precision < chosen.least_precision or whole.recall < chosen.least_recall)


if __name__ == "__main__":
    sys.exit(main())
