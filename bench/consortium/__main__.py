"""The exact consortium solver compared with HiGHS and brute force, on real lots: `python -m bench.consortium [--json]`.

Times are CPU milliseconds of one thread, each solver on all lots in turn, from a problem to coalitions, matrices and
hand-over included, on both sides. A lot's time is the median of ROUNDS rounds, the solvers taking turns, so that noise
of other processes affects both. HiGHS finds one optimum: "ours_ms" is the solver's time for the same, the best one, and
"ours_ten_best_ms" that for the ten best, which a night needs. Exactness is checked on every lot.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench.consortium.highs import Optimum, solve_with_highs
from bench.consortium.lots import sample_problems, with_turnover
from matching.consortium.proposals import Pool, Problem, Solution, solve
from matching.consortium.solver.arrays import UNIT
from matching.consortium.solver.integer_problem import read_problem

T = TypeVar("T")
SHARED = Path(__file__).resolve().parents[3] / "shared"
SAME = 1e-6
"""Values this close are the same optimum: HiGHS's own feasibility tolerance."""
ROUNDS = 3
SMALL = 16
"""Members of the instances that brute force checks: 6,884 coalitions."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One lot, measured: CPU milliseconds, whether all agree, and what the search needed."""

    ten_ms: float
    one_ms: float
    highs_ms: float
    same: bool
    same_as_brute: bool
    nodes: int
    gap: float


def cpu_ms(work: Callable[[], T]) -> tuple[T, float]:
    """The result of a call, and its CPU time."""
    start = time.process_time()
    result = work()
    return result, (time.process_time() - start) * 1e3


def measure(problems: Sequence[Problem]) -> list[Sample]:
    """Each solver on all problems in turn, as in a night, so that its own code and tables are in the caches."""
    ten: list[list[tuple[Solution, float]]] = []
    best_only: list[list[tuple[Solution, float]]] = []
    highs: list[list[tuple[Optimum, float]]] = []
    for _ in range(ROUNDS):
        ten.append([cpu_ms(lambda p=p: solve(p, top=10)) for p in problems])
        best_only.append([cpu_ms(lambda p=p: solve(p, top=1)) for p in problems])
        highs.append([cpu_ms(lambda p=p: solve_with_highs(p, exact=False)) for p in problems])
    return [
        Sample(
            ten_ms=middle([line[at][1] for line in ten]),
            one_ms=middle([line[at][1] for line in best_only]),
            highs_ms=middle([line[at][1] for line in highs]),
            same=is_same(problem, best, highs[0][at][0])
            and best.found[:1] == best_only[0][at][0].found
            and best.proved,
            same_as_brute=agrees_with_brute_force(problem),
            nodes=best.nodes,
            gap=best.gap,
        )
        for at, (problem, (best, _)) in enumerate(zip(problems, ten[0], strict=True))
    ]


def middle(times: Sequence[float]) -> float:
    """The median."""
    return float(np.median(times))


def is_same(problem: Problem, ours: Solution, theirs: Optimum) -> bool:
    """Whether HiGHS has the solver's optimum; where its default gap stopped it before, it continues to the last
    digit."""
    value = ours.found[0].value
    if abs(theirs.value - value) > SAME:
        theirs = solve_with_highs(problem, exact=True)
    return theirs.optimal and abs(theirs.value - value) <= SAME


def agrees_with_brute_force(problem: Problem) -> bool:
    """Whether the ten best among the SMALL members of most coverage are, one by one, those of trying all coalitions."""
    keep = np.sort(np.argsort(-(problem.weights @ problem.affinity), kind="stable")[:SMALL])
    pool = problem.pool
    few = Pool(*(tuple(values[k] for k in keep) for values in (pool.members, pool.entities, pool.turnovers)))
    small = replace(problem, pool=few, affinity=problem.affinity[:, keep])
    return [(c.members, round(c.value * UNIT)) for c in solve(small, top=10).found] == try_all(small)[:10]


def try_all(problem: Problem) -> list[tuple[tuple[int, ...], int]]:
    """Every allowed coalition with its value in 1e-12, best first (no conflicts, no rows: these lots have none)."""
    instance, order = read_problem(problem).instance, problem.pool.order
    worth = np.rint((problem.weights[:, None] * problem.affinity)[:, order].T * UNIT).astype(np.int64)
    lines: list[tuple[int, int, tuple[int, ...]]] = []
    for size in range(1, problem.size + 1):
        sets = np.array(list(combinations(range(len(order)), size)))
        sets = sets[instance.turnover[sets].sum(axis=1) >= instance.target]
        values = worth[sets].max(axis=1).sum(axis=1) - instance.cost[sets].sum(axis=1) + instance.offset
        lines.extend((-int(v), size, tuple(int(r) for r in line)) for v, line in zip(values, sets, strict=True))
    return [(tuple(int(order[rank]) for rank in line), -value) for value, _, line in sorted(lines)]


def ratio_with_error(samples: Sequence[Sample], which: Callable[[Sample], float]) -> tuple[float, float]:
    """HiGHS's median time over the solver's, and its standard error by 400 resamplings of the lots."""
    theirs, ours = np.array([s.highs_ms for s in samples]), np.array([which(s) for s in samples])
    draws = np.random.default_rng(0).integers(0, len(samples), (400, len(samples)))
    spread = np.median(theirs[draws], axis=1) / np.median(ours[draws], axis=1)
    return float(np.median(theirs) / np.median(ours)), float(np.std(spread))


def row_of(name: str, samples: Sequence[Sample], which: Callable[[Sample], float]) -> str:
    """A line of the table: median, quartiles, the ninety-fifth, the worst."""
    times = np.array([which(s) for s in samples])
    low, middle, high, late = np.percentile(times, [25, 50, 75, 95])
    return f"  {name:<22}{middle:>10.3f}{low:>10.3f}{high:>10.3f}{late:>10.3f}{times.max():>11.3f}"


def show(title: str, samples: Sequence[Sample]) -> None:
    """The table of one setting."""
    print(f"\n{title}: {len(samples)} lots; CPU ms: median, quartiles, 95 of 100, worst")
    print(row_of("ours, one best", samples, lambda s: s.one_ms))
    print(row_of("ours, ten best", samples, lambda s: s.ten_ms))
    print(row_of("HiGHS, one best", samples, lambda s: s.highs_ms))
    for name, (ratio, error) in (
        ("one best", ratio_with_error(samples, lambda s: s.one_ms)),
        ("ten best", ratio_with_error(samples, lambda s: s.ten_ms)),
    ):
        print(f"  HiGHS / ours, {name}: {ratio:.1f} (standard error {error:.1f})")
    nodes = [s.nodes for s in samples]
    print(f"  nodes: median {np.median(nodes):.0f}, worst {max(nodes)}; largest gap {max(s.gap for s in samples):g}")
    print(f"  same optimum as HiGHS: {sum(s.same for s in samples)} of {len(samples)}")
    print(f"  ten best as brute force ({SMALL} members): {sum(s.same_as_brute for s in samples)} of {len(samples)}")


def summary_of(settings: dict[int, list[Sample]]) -> dict[str, object]:
    """Medians by number of members, ratios with their errors, and how many lots agree."""
    by_count = {str(count): samples for count, samples in settings.items()}
    return {
        "ours_ms": {n: float(np.median([s.one_ms for s in samples])) for n, samples in by_count.items()},
        "ours_ten_best_ms": {n: float(np.median([s.ten_ms for s in samples])) for n, samples in by_count.items()},
        "highs_ms": {n: float(np.median([s.highs_ms for s in samples])) for n, samples in by_count.items()},
        "ratio": {n: ratio_with_error(samples, lambda s: s.one_ms)[0] for n, samples in by_count.items()},
        "ratio_se": {n: ratio_with_error(samples, lambda s: s.one_ms)[1] for n, samples in by_count.items()},
        "ratio_ten_best": {n: ratio_with_error(samples, lambda s: s.ten_ms)[0] for n, samples in by_count.items()},
        "ratio_ten_best_se": {n: ratio_with_error(samples, lambda s: s.ten_ms)[1] for n, samples in by_count.items()},
        "worst_ms": {n: max(s.one_ms for s in samples) for n, samples in by_count.items()},
        "worst_ten_best_ms": {n: max(s.ten_ms for s in samples) for n, samples in by_count.items()},
        "largest_gap": {n: max(s.gap for s in samples) for n, samples in by_count.items()},
        "same_as_highs": {n: sum(s.same for s in samples) for n, samples in by_count.items()},
        "same_as_brute_force": {n: sum(s.same_as_brute for s in samples) for n, samples in by_count.items()},
        "lots": {n: len(samples) for n, samples in by_count.items()},
    }


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.consortium", description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--lots", type=int, default=160)
    parser.add_argument("--data", type=Path, default=SHARED / "notices", help="a folder of raw notices")
    parser.add_argument(
        "--awards", type=Path, default=SHARED / "benchmarks" / "decp2019", help="the firms and their awards"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = read_arguments()
    problems = sample_problems(
        options.data, options.awards, members=options.members, lots=options.lots, seed=options.seed
    )
    started = time.perf_counter()
    first: Solution = solve(next(iter(problems.values()))[0])  # loads or compiles the search: once per machine
    waking = time.perf_counter() - started
    free: dict[int, list[Sample]] = {}
    bound: dict[int, list[Sample]] = {}
    for count, problems_of_size in problems.items():
        free[count] = measure(problems_of_size)
        if not options.json:
            filled = np.mean([(p.affinity > 0).mean() for p in problems_of_size])
            facets = np.mean([len(p.weights) for p in problems_of_size])
            print(f"\nn = {count}: {facets:.1f} facets a lot, {filled:.1%} of affinities above nought")
            show(f"n = {count}", free[count])
        bound[count] = measure([with_turnover(problem) for problem in problems_of_size])
        if not options.json:
            show(f"n = {count}, with the turnover row", bound[count])
    if options.json:
        print(json.dumps({**summary_of(free), "turnover": summary_of(bound), "first_call_s": waking}))
    elif math.isfinite(first.gap):
        print(f"\nfirst call: {waking:.1f} s")


if __name__ == "__main__":
    main()
