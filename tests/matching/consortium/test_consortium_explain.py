"""The figures of a coalition sum up, and cautions are raised where they are due."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.consortium.explain import look_behind
from matching.consortium.proposals import Coalition, Pool, Problem, Row, choose_diverse, explain, propose, solve
from tests.support.consortium_cases import UNIT, problems, seeded_problem, try_all
from warehouse.model.match_results import Consortium, Facet, FacetKind
from warehouse.model.notices import Money

calm = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))


def pool(*turnovers: int | None) -> Pool:
    """Members a, b, c ... with these turnovers."""
    names = tuple("abcdefgh"[: len(turnovers)])
    stated = tuple(None if t is None else Money(Decimal(t), "EUR") for t in turnovers)
    return Pool(names, tuple(f"BE{name}" for name in names), stated)


def propose_all(problem: Problem, **chosen: Any) -> tuple[Consortium, ...]:
    """Proposals with made-up statements and facets."""
    count = len(problem.weights)
    with_statements = replace(problem, best_statement=np.zeros(problem.affinity.shape, np.int64))
    facets = [Facet(FacetKind.SENTENCE, f"facet {i}", 1 / count) for i in range(count)]
    return propose(
        with_statements,
        lot_uid="lot",
        statements=[[f"{m} says"] for m in problem.pool.members],
        facets=facets,
        **chosen,
    ).consortia


@calm
@given(problems())
def test_the_shares_of_a_coalition_sum_to_its_value(problem: Problem) -> None:
    for coalition in solve(problem, top=3).found:
        explanation = explain(problem, coalition)
        assert sum(part.shapley for part in explanation.parts) == pytest.approx(explanation.value, abs=1e-9)
        assert explanation.value == pytest.approx(coalition.value, abs=1e-6)


@calm
@given(problems())
def test_every_facet_is_covered_by_one_member_or_left_open(problem: Problem) -> None:
    for coalition in solve(problem, top=2).found:
        explanation = explain(problem, coalition)
        facets = sorted([facet for part in explanation.parts for facet in part.covers] + list(explanation.uncovered))
        assert facets == list(range(len(problem.weights)))


def test_what_only_one_member_brings_is_what_is_lost_without_it() -> None:
    problem = Problem(pool(None, None), np.array([0.6, 0.4]), np.array([[1, 0.5], [0, 1]], np.float32), penalty=0.0)
    parts = {problem.pool.members[p.member]: p for p in explain(problem, solve(problem).found[0]).parts}
    assert parts["a"].only == ()
    assert parts["b"].only == (1,)
    assert parts["b"].loss == pytest.approx(0.4)
    assert parts["a"].loss == pytest.approx(0.3)


def test_a_turnover_that_forces_a_partner_is_the_binding_constraint() -> None:
    problem = Problem(pool(1, 9), np.ones(1), np.array([[1.0, 0.0]], np.float32), turnover=Money(Decimal(10), "EUR"))
    explanation = explain(problem, solve(problem).found[0])
    assert explanation.binding is not None
    assert explanation.binding.name == "turnover"
    assert explanation.binding.gain == pytest.approx(0.02)
    assert [part.needed for part in explanation.parts] == [True, True]


def test_a_row_that_only_one_member_meets_is_reported_as_its_part() -> None:
    problem = Problem(pool(1, 1), np.ones(1), np.array([[1.0, 0.0]], np.float32), rows=(Row("ISO 27001", (1,)),))
    explanation = explain(problem, Coalition((0, 1), 0.98))
    assert {problem.pool.members[p.member]: p.rows for p in explanation.parts} == {"a": (), "b": ("ISO 27001",)}


def test_a_sixth_member_that_would_add_much_makes_size_the_binding_constraint() -> None:
    problem = Problem(pool(*[None] * 6), np.full(6, 1 / 6), np.eye(6, dtype=np.float32))
    explanation = explain(problem, solve(problem).found[0])
    assert explanation.binding is not None
    assert explanation.binding.name == "size"


def test_nothing_binds_when_one_member_covers_all() -> None:
    problem = Problem(pool(1, 1), np.ones(1), np.array([[1.0, 0.5]], np.float32))
    assert explain(problem, solve(problem).found[0]).binding is None


def test_a_member_of_unknown_turnover_is_named() -> None:
    problem = Problem(
        pool(None, 9), np.array([0.5, 0.5]), np.eye(2, dtype=np.float32), turnover=Money(Decimal(9), "EUR")
    )
    assert explain(problem, solve(problem).found[0]).unknown_turnover == (0,)


def test_two_members_that_could_each_bid_alone_are_flagged() -> None:
    affinity = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    problem = Problem(pool(None, None, None), np.full(3, 1 / 3), affinity, penalty=0.0)
    assert "self-sufficient" in explain(problem, Coalition((0, 1), 0.0)).flags


def test_a_coalition_of_most_of_the_able_is_flagged_and_one_of_few_is_not() -> None:
    weights, affinity = np.array([0.6, 0.4]), np.zeros((2, 5), np.float32)
    affinity[0, :3] = 0.9
    affinity[1, 3:] = 0.9
    problem = Problem(pool(*[None] * 5), weights, affinity)
    assert explain(problem, Coalition((0, 1), 0.0)).flags.count("majority-of-able") == 1
    assert "majority-of-able" not in explain(problem, Coalition((0, 3), 0.0)).flags


def test_proposals_have_two_members_or_more_and_nobody_rides_along() -> None:
    for seed in range(5):
        proposals = propose_all(seeded_problem(seed, members=24, facets=9))
        assert [c.rank for c in proposals] == list(range(1, len(proposals) + 1))
        for consortium in proposals:
            assert len(consortium.roles) >= 2
            assert all(role.indispensable > 0 for role in consortium.roles)
            assert sum(role.shapley for role in consortium.roles) == pytest.approx(consortium.value)


def test_a_lot_that_one_member_covers_alone_gets_no_consortium() -> None:
    problem = Problem(pool(None, None), np.ones(1), np.array([[1.0, 0.5]], np.float32))
    assert propose_all(problem) == ()


def test_the_smaller_of_two_near_equal_coalitions_goes_first() -> None:
    larger, smaller = Coalition((0, 1, 2), 0.600), Coalition((0, 1), 0.595)
    assert choose_diverse((larger, smaller), show=1) == (smaller,)


def test_the_second_choice_is_unlike_the_first() -> None:
    first, similar, other = Coalition((0, 1), 0.6), Coalition((0, 2), 0.57), Coalition((3, 4), 0.54)
    assert choose_diverse((first, similar, other), show=2) == (first, other)


@calm
@given(problems())
def test_setting_the_binding_constraint_aside_gains_what_trying_all_says(problem: Problem) -> None:
    best = try_all(problem).best(top=1)
    if not best:
        return
    relaxed = [replace(problem, turnover=None, lead_share=None)] if problem.lead_share is None else []
    relaxed += [replace(problem, rows=tuple(r for r in problem.rows if r is not row)) for row in problem.rows]
    gains = [(try_all(case).best(top=1)[0][1] - best[0][1]) / UNIT for case in relaxed]
    binding_found = look_behind(problem).binding
    assert (binding_found.gain if binding_found else 0.0) >= max(gains, default=0.0) - 1e-6


@calm
@given(problems(), st.data())
def test_who_may_not_be_shown_hides_nobody_who_may(problem: Problem, data: st.DataObject) -> None:
    partners = np.array(data.draw(st.lists(st.booleans(), min_size=(n := len(problem.pool.members)), max_size=n)))
    names = {problem.pool.members[at] for at in np.flatnonzero(partners)}
    shown, every = propose_all(problem, partners=partners), propose_all(problem)
    assert all(names.issuperset(solution.members) for solution in shown)
    among = try_all(replace(problem, eligible=partners & (problem.eligible if problem.eligible is not None else True)))
    worth = [value for members, value in among.best(top=100, lean=True) if len(members) > 1 and value > 0]
    assert bool(shown) == bool(worth)
    for solution in shown[:1]:  # of the whole problem, whoever is shown
        assert not every or (solution.best_alone, solution.binding) == (every[0].best_alone, every[0].binding)


def test_a_proposal_stopped_by_its_limit_tells_its_gap() -> None:
    problem = seeded_problem(11, members=60, facets=12)
    facets = [Facet(FacetKind.SENTENCE, f"facet {i}", 1 / 12) for i in range(12)]
    statements = [[name] for name in problem.pool.members]
    stopped = propose(problem, lot_uid="lot", statements=statements, facets=facets, node_limit=2)
    assert stopped.consortia[0].gap > 0.0
    assert propose(problem, lot_uid="lot", statements=statements, facets=facets).consortia[0].gap == 0.0


def test_five_hundred_lots_are_each_answered_with_consortia_or_a_reason() -> None:
    for seed in range(500):
        problem = seeded_problem(seed, members=20, facets=4, turnover=None if seed % 3 else (seed % 5) * 5_000_000)
        solution = solve(problem, top=3)
        assert solution.proved
        assert bool(solution.found) != bool(solution.infeasible)
