"""Prices that bound every coalition from above. Compiled.

The bound is Lagrangian. For any level v_i >= 0 of each facet and any price mu >= 0 of turnover, and every allowed S,
    F(S) <= sum_i v_i + sum_{j in S} (sum_i (p_ij - v_i)+ - cost_j + mu t_j) - mu theta + penalty,
since max_j p_ij <= v_i + sum_j (p_ij - v_i)+ and the turnovers of S sum to theta at least. With v at what is already
reached this is the sum of marginal gains (Nemhauser and Wolsey 1978); with v at each facet's maximum it is the bound
per facet; the v between that minimise it make it nearly tight (Geoffrion 1974 for the principle).
"""

from __future__ import annotations

from matching.consortium.solver.arrays import (
    COUNT,
    GAIN,
    MEMBER,
    Floats,
    Instance,
    Ints,
    Prices,
    Stack,
    compiled,
    woven,
)


@woven
def score_at(inst: Instance, member: int, level: Floats, pull: float) -> float:
    """The term of the bound of a `member` (rank) of the problem `inst`: with facets at `level`, float64 of shape
    (facets,), and the price `pull` of a cent of turnover."""
    total = pull * float(inst.turnover[member]) - float(inst.cost[member])
    for e in range(inst.start[member], inst.start[member + 1]):
        above = float(inst.worth[e]) - float(level[inst.facet[e]])
        if above > 0.0:
            total += above
    return total


@compiled
def best_scores(scores: Floats, count: int, top: Ints) -> int:
    """Writes the places of the largest positive values of scores[:count] to `top`, largest first; returns how many
    there are.

    `scores` is float64 of shape (members,), `top` int64 of shape (size,).
    """
    found = 0
    for place in range(count):
        score = scores[place]
        if score > 0.0 and (found < top.size or score > scores[top[found - 1]]):
            found = min(found + 1, top.size)
            at = found - 1
            while at > 0 and scores[top[at - 1]] < score:
                top[at] = top[at - 1]
                at -= 1
            top[at] = place
    return found


@compiled
def slope_at(inst: Instance, stack: Stack, prices: Prices, found: int, which: int) -> float:
    """Writes the slope of the bound by each level into `prices.work[1]`; returns that by the price of turnover.

    `inst`, `stack` and `prices` as in arrays.py; the first `found` of `prices.top` are the members of the bound;
    `which` is 1 with the turnover row, else 0.
    """
    level, slope = prices.work[0], prices.work[1]
    lack = float(which)
    for facet in range(level.size):
        slope[facet] = 1.0
    for at in range(found):
        member = stack.candidate[MEMBER, 0, prices.top[at]]
        if which == 1:
            lack -= float(inst.turnover[member]) / inst.target
        for e in range(inst.start[member], inst.start[member + 1]):
            if inst.worth[e] > level[inst.facet[e]]:
                slope[inst.facet[e]] -= 1.0
    return lack


@compiled
def bound_of(inst: Instance, stack: Stack, prices: Prices, pull: float) -> tuple[float, int]:
    """The bound at the levels of `prices.work[0]` and the price `pull` of turnover, and how many members it includes
    (written into `prices.top`).

    `inst` and `stack` as in arrays.py; the candidates are those of level 0.
    """
    level, count = prices.work[0], stack.state[COUNT, 0]
    bound = inst.offset - pull * inst.target
    for facet in range(level.size):
        bound += float(level[facet])
    for place in range(count):
        prices.scores[place] = score_at(inst, stack.candidate[MEMBER, 0, place], level, pull)
    found = best_scores(prices.scores, count, prices.top)
    for at in range(found):
        bound += float(prices.scores[prices.top[at]])
    return bound, found


@compiled
def move(prices: Prices, slope: Floats, stride: float) -> None:
    """One step of the levels in `prices` against their `slope`, float64 of shape (facets,), by `stride`; never below
    0."""
    level = prices.work[0]
    for facet in range(level.size):
        level[facet] = max(0.0, level[facet] - stride * slope[facet])


@compiled
def steepness_of(level: Floats, slope: Floats) -> float:
    """The squared length of `slope`, without the components that would lower a `level` of 0: they are set to 0. Both
    are float64 of shape (facets,)."""
    total = 0.0
    for facet in range(level.size):
        if slope[facet] > 0.0 and level[facet] <= 0.0:
            slope[facet] = 0.0
        total += slope[facet] * slope[facet]
    return total


@compiled
def remember(prices: Prices, which: int, pull: float) -> None:
    """Saves the levels of work[0] and the pull as the prices."""
    prices.pull[0] = pull
    for facet in range(prices.level.shape[1]):
        prices.level[which, facet] = int(prices.work[0, facet])


@compiled
def drop_hopeless(stack: Stack, prices: Prices, bound: float, found: int, least: int) -> None:
    """Removes from level 0 of the `stack` the members with whom no coalition is worth `least`: in the `bound`, each
    replaces the weakest of the `found` best scores of `prices`. The margin of 64 units covers what floats round away.
    """
    weakest = prices.scores[prices.top[found - 1]] if found == prices.top.size else 0.0
    kept = 0
    for place in range(stack.state[COUNT, 0]):
        if bound - weakest + prices.scores[place] >= least - 64.0:
            stack.candidate[MEMBER, 0, kept] = stack.candidate[MEMBER, 0, place]
            stack.candidate[GAIN, 0, kept] = stack.candidate[GAIN, 0, place]
            kept += 1
    stack.state[COUNT, 0] = kept


@compiled
def find_prices(inst: Instance, stack: Stack, prices: Prices, which: int, floor: int, least: int, steps: int) -> None:
    """Finds `prices` (row `which`: 1 with the turnover row) that make the bound small, by at most `steps` of Polyak's
    subgradient method towards `floor`, a value known to be reached or 0.

    `inst` and `stack` as in arrays.py. Members that any of the prices on the way proves to be in no coalition worth
    `least` leave level 0 at once, so that later steps cost little.
    """
    pull, best, step_size, stale = 0.0, 1e300, 1.0, 0
    for facet in range(prices.level.shape[1]):
        prices.work[0, facet] = prices.level[0, facet]
    for _ in range(steps):
        bound, found = bound_of(inst, stack, prices, pull)
        stale += 1
        if bound < best:
            best, stale = bound, 0
            remember(prices, which, pull)
        if stale == 4:
            step_size, stale = step_size * 0.5, 0
        lack = slope_at(inst, stack, prices, found, which)
        steepness = lack * lack + steepness_of(prices.work[0], prices.work[1])
        if steepness == 0.0 or bound - floor < 1.0:
            return
        stride = step_size * (bound - floor) / steepness
        drop_hopeless(stack, prices, bound, found, least)
        move(prices, prices.work[1], stride)
        if which == 1:
            pull = max(0.0, pull + stride * lack / inst.target)
