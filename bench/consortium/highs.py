"""The same problem as a mixed-integer program for HiGHS, in the tightest formulation known to us.

Binary x_j for a member, continuous y_e for each pair of member and facet with affinity only; y_e <= x_j pair by pair
(the tight linking, not its sum), one member covers a facet: maximise sum_e p_e y_e - sum_j cost_j x_j. Members without
affinity are left out where no other constraint could need them. Matrices are built with numpy and passed in one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from matching.consortium.solver.arrays import UNIT, Instance
from matching.consortium.solver.integer_problem import read_problem
from matching.consortium.solver.problem import Problem


@dataclass(frozen=True, slots=True)
class Optimum:
    """HiGHS's result: the value and whether it reports it as optimal."""

    value: float
    optimal: bool


def solve_with_highs(problem: Problem, *, exact: bool) -> Optimum:
    """The optimum; with `exact` to the last digit, else within HiGHS's own default gap of 1e-4, which is faster. One
    thread."""
    instance = read_problem(problem).instance
    model = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("time_limit", 120.0)):
        model.setOptionValue(name, value)
    if exact:
        model.setOptionValue("mip_rel_gap", 0.0)
        model.setOptionValue("mip_abs_gap", 1e-9)
    model.passModel(write_model(problem, instance))
    model.run()
    optimal = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return Optimum(model.getInfo().objective_function_value, optimal)


def write_model(problem: Problem, instance: Instance) -> highspy.HighsLp:
    """The program: columns x then y; rows: links, facets, size, and turnover where required (these lots have no
    others)."""
    count = len(problem.pool.members)
    facet, member = np.nonzero(problem.affinity[:, problem.pool.order])
    worth = problem.weights[facet] * problem.affinity[facet, problem.pool.order[member]]
    used = np.unique(member) if instance.target == 0 and len(member) else np.arange(count)
    place = np.zeros(count, np.int64)
    place[used] = np.arange(len(used))
    links = np.arange(len(member))
    x, y = place[member], len(used) + links
    covered, which = np.unique(facet, return_inverse=True)
    size_row = len(links) + len(covered)
    row = [links, links, len(links) + which, np.full(len(used), size_row)]
    column = [y, x, y, np.arange(len(used))]
    value = [np.ones(len(y)), -np.ones(len(y)), np.ones(len(y)), np.ones(len(used))]
    lower = np.concatenate([np.full(size_row, -highspy.kHighsInf), [1.0]])
    upper = np.concatenate([np.zeros(len(links)), np.ones(len(covered)), [float(problem.size)]])
    if instance.target > 0:
        held = np.flatnonzero(instance.turnover > 0)
        row.append(np.full(len(held), size_row + 1))
        column.append(held)
        value.append(instance.turnover[held] / instance.target)
        lower, upper = np.append(lower, 1.0), np.append(upper, highspy.kHighsInf)
    cost = np.concatenate([-instance.cost[used] / UNIT, worth])
    return _hand_over(cost, lower, upper, _by_column(row, column, value, len(cost)), len(used), problem.penalty)


def _by_column(
    row: list[NDArray[np.int64]], column: list[NDArray[np.int64]], value: list[NDArray[np.float64]], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Starts, rows and values, column by column."""
    columns, rows, values = np.concatenate(column), np.concatenate(row), np.concatenate(value)
    order = np.argsort(columns, kind="stable")
    starts = np.zeros(width + 1, np.int64)
    np.cumsum(np.bincount(columns, minlength=width), out=starts[1:])
    return starts, rows[order], values[order]


def _hand_over(
    cost: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    matrix: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    binaries: int,
    offset: float,
) -> highspy.HighsLp:
    """The arrays in HiGHS's own form."""
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(cost), len(lower)
    program.col_cost_ = cost
    program.col_lower_, program.col_upper_ = np.zeros(len(cost)), np.ones(len(cost))
    program.row_lower_, program.row_upper_ = lower, upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_, program.a_matrix_.index_, program.a_matrix_.value_ = matrix
    integral, free = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    program.integrality_ = [integral] * binaries + [free] * (len(cost) - binaries)
    program.sense_, program.offset_ = highspy.ObjSense.kMaximize, offset
    return program
