"""The table of the best coalitions, and the plain arithmetic of one coalition: gains, values, passengers. Compiled."""

from __future__ import annotations

from matching.consortium.solver.arrays import NOTHING, Instance, Ints, Limits, Stack, compiled, woven


@woven
def least_worth_keeping(top_rows: Ints, size: int) -> int:
    """The least value with which a coalition of at least `size` members may still enter `top_rows`, of the shape of
    new_top_rows."""
    last = top_rows.shape[0] - 1
    least = -top_rows[last, 0]
    if least > NOTHING and size > top_rows[last, 1]:
        least += 1
    return least


@compiled
def place_on(top_rows: Ints, line: Ints) -> None:
    """Inserts a `line` into `top_rows`, unless it is there already or comes after all.

    `line` is of shape (size + 2,), `top_rows` of the shape of new_top_rows.
    """
    width = top_rows.shape[1]
    place = top_rows.shape[0]
    while place > 0:
        at = 0
        while at < width and line[at] == top_rows[place - 1, at]:
            at += 1
        if at == width:
            return
        if line[at] > top_rows[place - 1, at]:
            break
        place -= 1
    for row in range(top_rows.shape[0] - 1, place, -1):
        for at in range(width):
            top_rows[row, at] = top_rows[row - 1, at]
    if place < top_rows.shape[0]:
        for at in range(width):
            top_rows[place, at] = line[at]


@woven
def gain_of(inst: Instance, member: int, reached: Ints) -> int:
    """What the member adds above the levels `reached`, of shape (facets,), less its cost."""
    total = -inst.cost[member]
    for e in range(inst.start[member], inst.start[member + 1]):
        above = inst.worth[e] - reached[inst.facet[e]]
        if above > 0:
            total += above
    return total


@woven
def raise_to(inst: Instance, member: int, reached: Ints) -> None:
    """Raises the levels `reached`, of shape (facets,), to what the `member` (rank) of `inst` covers."""
    for e in range(inst.start[member], inst.start[member + 1]):
        if inst.worth[e] > reached[inst.facet[e]]:
            reached[inst.facet[e]] = inst.worth[e]


@compiled
def value_without(inst: Instance, line: Ints, left_out: int, reached: Ints) -> int:
    """The value of the coalition of a `line` of the problem `inst` without the member at the place `left_out`, NOTHING
    when the rest would not be allowed.

    `line` is of shape (size + 2,); `reached`, of shape (facets,), is working memory.
    """
    turnover, value, last = 0, inst.offset, 2 + line[1]
    for facet in range(reached.size):
        reached[facet] = 0
    for at in range(2, last):
        if at != left_out:
            turnover += inst.turnover[line[at]]
            value += gain_of(inst, line[at], reached)
            raise_to(inst, line[at], reached)
    if turnover < inst.target:
        return NOTHING
    for word in range(inst.wanted.size):
        missing = inst.wanted[word]
        for at in range(2, last):
            if at != left_out:
                missing &= ~inst.rows[line[at], word]
        if missing != 0:
            return NOTHING
    return value


@compiled
def offer(inst: Instance, limits: Limits, stack: Stack, level: int, member: int, value: int, top_rows: Ints) -> None:
    """Offers `top_rows` the chosen at a `level` with this `member`: they are allowed and have this `value`.

    `inst`, `limits` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    line, size = stack.line, level
    line[0], line[1] = -value, size
    for at in range(2, top_rows.shape[1]):
        line[at] = -1
    for count in range(size):
        joining = member if count == size - 1 else stack.chosen[count + 1]
        at = 2 + count
        while at > 2 and line[at - 1] > joining:
            line[at] = line[at - 1]
            at -= 1
        line[at] = joining
    if limits.lean and size > 1:
        for at in range(2, 2 + size):
            if value_without(inst, line, at, stack.reached[0]) >= value:
                return
    place_on(top_rows, line)
