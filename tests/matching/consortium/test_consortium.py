"""The solver finds exactly what trying all coalitions finds, reports when it cannot, and never depends on order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import highspy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.consortium.proposals import Pool, Problem, Row, Solution, pool_of, solve
from matching.errors import ProblemRefused
from matching.members_file.members import demo_members
from tests.support.consortium_cases import UNIT, problems, seeded_problem, try_all
from warehouse.model.notices import Money

calm = settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))


def found(solution: Solution) -> list[tuple[tuple[int, ...], int]]:
    return [(coalition.members, round(coalition.value * UNIT)) for coalition in solution.found]


@calm
@given(problems(), st.sampled_from([1, 3, 10, 40]))
def test_the_k_best_are_those_of_trying_all_coalitions(problem: Problem, top: int) -> None:
    assert found(solve(problem, top=top)) == try_all(problem).best(top=top)


@calm
@given(problems(), st.sampled_from([1, 3, 20]))
def test_the_k_best_without_passengers_are_those_of_trying_all(problem: Problem, top: int) -> None:
    assert found(solve(problem, top=top, lean=True)) == try_all(problem).best(top=top, lean=True)


@calm
@given(problems(), st.floats(-0.2, 1.0), st.booleans())
def test_those_worth_a_least_value_are_those_of_all_that_are(problem: Problem, least: float, lean: bool) -> None:
    every = try_all(problem).best(top=8, lean=lean)
    expected = [found_pair for found_pair in every if found_pair[1] / UNIT >= least]
    assert found(solve(problem, top=8, lean=lean, least=least)) == expected


@calm
@given(problems())
def test_no_allowed_coalition_is_an_answer_with_its_reason(problem: Problem) -> None:
    solution = solve(problem, top=1)
    assert (solution.infeasible is not None) == (not try_all(problem).best(top=1))
    assert solution.proved


@calm
@given(problems(), st.integers(1, 6))
def test_a_search_that_was_stopped_reports_a_gap_that_holds(problem: Problem, nodes: int) -> None:
    stopped, best = solve(problem, top=3, node_limit=nodes), try_all(problem).best(top=1)
    if stopped.proved or not best:
        assert stopped.gap in (0.0, float("inf"))
        return
    most = best[0][1] / UNIT
    assert max(stopped.bound, stopped.found[0].value if stopped.found else -1e9) >= most - 1e-9
    if stopped.found:
        assert stopped.found[0].value + stopped.gap >= most - 1e-9


@calm
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_members_changes_nothing(problem: Problem, random: Random) -> None:
    places = list(range(len(problem.pool.members)))
    random.shuffle(places)
    moved = rearrange(problem, places)
    names = [[problem.pool.members[m] for m in c.members] for c in solve(problem, top=5).found]
    assert [[moved.pool.members[m] for m in c.members] for c in solve(moved, top=5).found] == names


def rearrange(problem: Problem, places: list[int]) -> Problem:
    """The same problem with its members in another order."""
    pool, now = problem.pool, {old: new for new, old in enumerate(places)}
    moved = Pool(
        *(tuple(values[p] for p in places) for values in (pool.members, pool.entities, pool.turnovers)),
        conflicts=tuple((now[a], now[b]) for a, b in pool.conflicts),
    )
    return replace(
        problem,
        pool=moved,
        affinity=problem.affinity[:, places],
        costs=None if problem.costs is None else problem.costs[places],
        eligible=None if problem.eligible is None else problem.eligible[places],
        rows=tuple(Row(row.name, tuple(now[m] for m in row.members)) for row in problem.rows),
    )


@pytest.mark.parametrize(("seed", "turnover"), [(1, None), (2, None), (3, 4_000_000), (4, 9_000_000), (5, 12_000_000)])
def test_the_optimum_is_that_of_highs(seed: int, turnover: int | None) -> None:
    problem = seeded_problem(seed, members=60, facets=12, turnover=turnover)
    assert solve(problem, top=1).found[0].value == pytest.approx(optimum_of_highs(problem), abs=1e-6)


def optimum_of_highs(problem: Problem) -> float:
    """The best value as a mixed-integer program, to the last digit."""
    model = highspy.Highs()
    for name, value in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9)):
        model.setOptionValue(name, value)
    count = len(problem.pool.members)
    x = [model.addBinary(obj=-problem.penalty) for _ in range(count)]
    for facet, weight in enumerate(problem.weights):
        y = {j: model.addVariable(0, 1, obj=float(weight * problem.affinity[facet, j])) for j in range(count)}
        model.addConstr(sum(y.values()) <= 1)
        for j, covers in y.items():
            model.addConstr(covers <= x[j])
    model.addConstr(sum(x) <= problem.size)
    model.addConstr(sum(x) >= 1)
    if problem.turnover is not None:
        stated = [0.0 if t is None else float(t.amount) / 1e6 for t in problem.pool.turnovers]
        model.addConstr(sum(t * v for t, v in zip(stated, x, strict=True)) >= float(problem.turnover.amount) / 1e6)
    model.setMaximize()
    model.run()
    return model.getInfo().objective_function_value + problem.penalty


def test_five_hundred_facets_are_solved_and_proved() -> None:
    solution = solve(seeded_problem(7, members=40, facets=500, filled=0.05), top=10)
    assert solution.proved
    assert len(solution.found) == 10


def test_a_lot_without_facets_is_best_left_to_the_first_member_alone() -> None:
    solution = solve(seeded_problem(1, members=4, facets=0), top=1)
    assert found(solution) == [((0,), 0)]


def test_an_empty_pool_has_no_coalition() -> None:
    problem = Problem(Pool((), (), ()), np.ones(1), np.zeros((1, 0), np.float32))
    assert solve(problem).infeasible == "no member may take part: none has what all must have"


def test_members_without_similarity_are_ordered_by_their_ids_only() -> None:
    problem = Problem(seeded_problem(1, members=30, facets=1).pool, np.ones(1), np.zeros((1, 30), np.float32))
    assert [c.members for c in solve(problem, top=3).found] == [(0,), (1,), (2,)]


def test_twins_tie_and_the_smaller_id_goes_first() -> None:
    pool = Pool(("b", "a", "c"), ("BE1", "BE2", "BE3"), (None, None, None))
    problem = Problem(pool, np.ones(1), np.full((1, 3), 0.5, np.float32))
    assert [pool.members[c.members[0]] for c in solve(problem, top=3).found] == ["a", "b", "c"]


def test_two_members_of_one_legal_body_never_stand_together() -> None:
    pool = Pool(("a", "b"), ("BE1", "BE1"), (None, None))
    problem = Problem(pool, np.full(2, 0.5), np.eye(2, dtype=np.float32))
    assert [c.members for c in solve(problem).found] == [(0,), (1,)]


def test_an_unknown_turnover_counts_for_nothing() -> None:
    pool = Pool(("a", "b"), ("BE1", "BE2"), (None, Money(Decimal(5), "EUR")))
    problem = Problem(pool, np.ones(1), np.array([[1.0, 0.1]], np.float32), turnover=Money(Decimal(5), "EUR"))
    assert [c.members for c in solve(problem).found] == [(0, 1), (1,)]


def test_a_turnover_in_another_currency_counts_for_nothing() -> None:
    pool = Pool(("a",), ("BE1",), (Money(Decimal(500), "CHF"),))
    problem = Problem(pool, np.ones(1), np.ones((1, 1), np.float32), turnover=Money(Decimal(5), "EUR"))
    assert "1 of 1 are unknown" in (solve(problem).infeasible or "")


def test_more_rows_than_a_machine_word_are_all_met() -> None:
    problem = seeded_problem(3, members=12, facets=4)
    rows = tuple(Row(f"condition {i}", (i % 3, 3 + i % 2)) for i in range(130))
    strict = replace(problem, rows=rows)
    assert found(solve(strict, top=5)) == try_all(strict).best(top=5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rows": (Row("ISO 27001", ()),)}, "no member meets the condition 'ISO 27001'"),
        ({"turnover": Money(Decimal(10**9), "EUR")}, "largest known turnovers reach"),
        ({"eligible": np.zeros(8, np.bool_)}, "no member may take part"),
        ({"size": 1, "rows": (Row("ISO 27001", (0,)), Row("site visit", (1,)))}, "setting 'ISO 27001' aside"),
    ],
)
def test_each_reason_why_nothing_is_allowed_is_named(change: dict[str, object], sentence: str) -> None:
    problem = replace(seeded_problem(1, members=8, facets=3), **change)  # pyright: ignore[reportArgumentType]
    assert sentence in (solve(problem).infeasible or "")


@pytest.mark.parametrize(
    "change",
    [
        {"affinity": np.zeros((2, 8), np.float32)},
        {"affinity": np.full((3, 8), 1.5, np.float32)},
        {"affinity": np.full((3, 8), np.nan, np.float32)},
        {"weights": np.array([0.9, 0.9, 0.9])},
        {"costs": np.full(8, -1.0)},
        {"size": 6},
        {"penalty": float("nan")},
        {"lead_share": Decimal("0.5")},
        {"rows": (Row("far", (99,)),)},
    ],
)
def test_a_problem_that_cannot_be_weighed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ProblemRefused):
        replace(seeded_problem(1, members=8, facets=3), **change)  # pyright: ignore[reportArgumentType]


def test_conflicts_are_read_from_members_by_id_and_by_company_number() -> None:
    first, second, third = demo_members()[:3]
    members = (replace(first, conflicts=(second.id, third.company_number)), second, third)
    assert pool_of(members).conflicts == ((0, 1), (0, 2))
