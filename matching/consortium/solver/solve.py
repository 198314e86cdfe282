"""From a problem to its K best coalitions: the arrays of the compiled search, and its results read back.

The formulation is in problem.py, the search in search.py, explanations in explain.py.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matching.consortium.solver.infeasibility import find_obstacle
from matching.consortium.solver.integer_problem import NODE_LIMIT, read_problem, search_reading
from matching.consortium.solver.problem import Problem, Solution
from matching.errors import ProblemRefused

if TYPE_CHECKING:
    pass


def solve(
    problem: Problem,
    *,
    top: int = 10,
    node_limit: int = NODE_LIMIT,
    lean: bool = False,
    least: float | None = None,
) -> Solution:
    """The `top` best coalitions of a `problem`, exactly, of those worth `least` or more.

    With `lean` only those without passengers: a passenger is a member without whom the rest would be allowed and worth
    no less. `node_limit` bounds the search. No allowed coalition is a result with its reason, not an error; it is not
    distinguished from none worth `least`.
    """
    if top < 1 or node_limit < 1:
        raise ProblemRefused(f"top {top}, node limit {node_limit}; request one coalition and one node at least")
    reading = read_problem(problem)
    solution = search_reading(
        reading, problem, size=problem.size, top=top, node_limit=node_limit, lean=lean, least=least
    )
    if solution.found or not solution.proved or least is not None:
        return solution

    obstacle = find_obstacle(problem, reading, node_limit=node_limit)
    return Solution((), proved=True, gap=0.0, bound=-math.inf, nodes=solution.nodes, infeasible=obstacle)
