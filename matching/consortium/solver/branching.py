"""One node of the search: the chosen, and the candidates scored, pruned and ordered. Compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from matching.consortium.solver.arrays import (
    BASE,
    BRANCHES,
    COUNT,
    GAIN,
    MEMBER,
    POSITION,
    REACHED,
    SCORE,
    SPARE,
    TURNOVER,
    VALUE,
    Instance,
    Ints,
    Limits,
    Prices,
    Stack,
    compiled,
    woven,
)
from matching.consortium.solver.top_k import gain_of, least_worth_keeping, offer, raise_to

WHOLE = cast(Callable[[int], int], np.int64)
"""Put around a constant argument: numba would compile the function once more for each bare constant."""


@compiled
def enter(inst: Instance, stack: Stack, level: int, member: int) -> None:
    """Chooses a `member` (rank) at a `level`: what is reached, met and barred moves one level down in the `stack` of
    the problem `inst`."""
    below = level + 1
    stack.chosen[level] = member
    for facet in range(stack.reached.shape[1]):
        stack.reached[below, facet] = stack.reached[level, facet]
    stack.state[VALUE, below] = stack.state[VALUE, level] + gain_of(inst, member, stack.reached[level])
    raise_to(inst, member, stack.reached[below])
    stack.state[REACHED, below] = stack.state[REACHED, level] + inst.turnover[member]
    for word in range(inst.wanted.size):
        stack.missing[below, word] = stack.missing[level, word] & ~inst.rows[member, word]
    for e in range(inst.apart_start[member], inst.apart_start[member + 1]):
        stack.blocked[inst.apart[e]] += 1
    stack.blocked[member] += 1


@compiled
def leave(inst: Instance, stack: Stack, level: int) -> None:
    """Reverts what `enter` barred at this level."""
    member = stack.chosen[level]
    for e in range(inst.apart_start[member], inst.apart_start[member + 1]):
        stack.blocked[inst.apart[e]] -= 1
    stack.blocked[member] -= 1


@woven
def lacks(inst: Instance, stack: Stack, level: int, member: int) -> bool:
    """Whether the chosen at a `level` of the `stack`, with this `member` (rank; -1: without), miss turnover or a row of
    `inst`."""
    turnover = 0 if member < 0 else inst.turnover[member]
    if stack.state[REACHED, level] + turnover < inst.target:
        return True
    for word in range(inst.wanted.size):
        met = np.uint64(0) if member < 0 else inst.rows[member, word]
        if stack.missing[level, word] & ~met != 0:
            return True
    return False


@compiled
def lay_floor(inst: Instance, prices: Prices, stack: Stack, level: int) -> int:
    """Writes the levels of the facets that bound the subtree at a `level` of the `stack`, and the bound's base; returns
    the missing turnover.

    `inst` and `prices` as in arrays.py.
    """
    lack = max(0, inst.target - stack.state[REACHED, level])
    which = 1 if lack > 0 else 0
    base = stack.state[VALUE, level] - int(prices.pull[0] * lack)
    for facet in range(stack.reached.shape[1]):
        raised = max(stack.reached[level, facet], prices.level[which, facet])
        base += raised - stack.reached[level, facet]
        stack.floor[level, facet] = raised
    stack.state[BASE, level] = base
    return lack


@compiled
def weigh(
    inst: Instance, limits: Limits, prices: Prices, stack: Stack, source: int, level: int, top_rows: Ints
) -> None:
    """Computes gain and score at `level` of the candidates left at level `source`; each is offered to `top_rows` as the
    last member.

    `inst`, `limits`, `prices` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows. Candidates whose
    score at `source` proves already that they are in nothing worth keeping are not scored again.
    """
    lack = lay_floor(inst, prices, stack, level)
    reached, floor = stack.reached[level], stack.floor[level]
    value, is_last = stack.state[VALUE, level], level == limits.size
    spare = stack.state[SPARE, source]
    complete = limits.lean and level > 1 and not lacks(inst, stack, level, WHOLE(-1))
    count = 0
    for place in range(stack.state[POSITION, source], stack.state[COUNT, source]):
        member = stack.candidate[MEMBER, source, place]
        least = least_worth_keeping(top_rows, level)
        # a gain only shrinks as others join: the one known from above bounds the true one
        if is_last and value + stack.candidate[GAIN, source, place] < least:
            continue
        if stack.blocked[member] > 0 or spare + stack.candidate[SCORE, source, place] < least:
            continue
        gain = gain_of(inst, member, reached)
        if complete and gain <= 0:
            continue
        if value + gain >= least and not lacks(inst, stack, level, member):
            offer(inst, limits, stack, level, member, value + gain, top_rows)
        score = gain if is_last else gain_of(inst, member, floor)
        if lack > 0:
            score += int(prices.pull[0] * min(lack, inst.turnover[member])) + 2
        stack.candidate[MEMBER, level, count] = member
        stack.candidate[GAIN, level, count] = gain
        stack.candidate[SCORE, level, count] = score
        stack.candidate[TURNOVER, level, count] = inst.turnover[member]
        count += 1
    stack.state[COUNT, level] = count


@compiled
def try_each(inst: Instance, limits: Limits, stack: Stack, level: int, top_rows: Ints) -> None:
    """Offers `top_rows` the chosen at a `level` with each member of level 0 as the last one.

    `inst`, `limits` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    value = stack.state[VALUE, level]
    for place in range(stack.state[COUNT, 0]):
        member = stack.candidate[MEMBER, 0, place]
        least = least_worth_keeping(top_rows, level)
        if stack.blocked[member] > 0 or value + stack.candidate[GAIN, 0, place] < least:
            continue
        gain = gain_of(inst, member, stack.reached[level])
        if value + gain >= least and not lacks(inst, stack, level, member):
            offer(inst, limits, stack, level, member, value + gain, top_rows)


@compiled
def rank_top(stack: Stack, level: int, row: int, most: int) -> int:
    """Writes the `most` largest positive numbers of a `row` of the candidates at a `level` to `stack.top`, zeros after;
    returns the sum of all but the last."""
    top, total = stack.top[row], 0
    for at in range(most):
        top[at] = 0
    for place in range(stack.state[COUNT, level]):
        number = stack.candidate[row, level, place]
        if number > top[most - 1]:
            at = most - 1
            while at > 0 and top[at - 1] < number:
                top[at] = top[at - 1]
                at -= 1
            top[at] = number
    for at in range(most - 1):
        total += top[at]
    return total


@compiled
def thin(inst: Instance, limits: Limits, stack: Stack, level: int, top_rows: Ints) -> bool:
    """Removes the candidates at a `level` that, with the best others, stay below what is worth keeping or below the
    turnover; returns whether any was removed.

    `inst`, `limits` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    others = limits.size - level
    count = stack.state[COUNT, level]
    least = least_worth_keeping(top_rows, level + 1)
    for row in range(GAIN, TURNOVER + 1 if inst.target > 0 else TURNOVER):
        total = rank_top(stack, level, row, others + 1)
        need = least - stack.state[VALUE, level]
        if row == SCORE:
            need = least - stack.state[BASE, level]
        elif row == TURNOVER:
            need = inst.target - stack.state[REACHED, level]
        kept = 0
        for place in range(stack.state[COUNT, level]):
            number = stack.candidate[row, level, place]
            beside = total
            if others > 0 and number > 0 and number >= stack.top[row, others - 1]:
                beside += stack.top[row, others] - number
            if number + beside >= need:
                for field in range(4):
                    stack.candidate[field, level, kept] = stack.candidate[field, level, place]
                kept += 1
        stack.state[COUNT, level] = kept
    return stack.state[COUNT, level] < count


@woven
def swap(stack: Stack, level: int, one: int, other: int) -> None:
    """Exchanges the candidates `one` and `other` at a `level` of the `stack`."""
    for row in range(4):
        kept = stack.candidate[row, level, one]
        stack.candidate[row, level, one] = stack.candidate[row, level, other]
        stack.candidate[row, level, other] = kept


@compiled
def sort_by_score(stack: Stack, level: int, first: int, last: int) -> None:
    """Orders the candidates `first`:`last` at a `level` of the `stack` by descending score (Shell 1959, in place)."""
    step = (last - first) // 2
    while step > 0:
        for right in range(first + step, last):
            at = right
            while at - step >= first and stack.candidate[SCORE, level, at - step] < stack.candidate[SCORE, level, at]:
                swap(stack, level, at, at - step)
                at -= step
        step //= 2


@compiled
def put_first(inst: Instance, stack: Stack, level: int, share: int, word: int, shift: int) -> int:
    """Puts the candidates first, at a `level` of the `stack`, that meet the row of the bit `shift` in `word` (word -1:
    that have at least `share` of turnover); returns how many.

    `inst` as in arrays.py.
    """
    front = 0
    for place in range(stack.state[COUNT, level]):
        if word < 0:
            holds = stack.candidate[TURNOVER, level, place] >= share
        else:
            holds = (inst.rows[stack.candidate[MEMBER, level, place], word] >> np.uint64(shift)) & np.uint64(1) != 0
        if holds:
            swap(stack, level, front, place)
            front += 1
    return front


@compiled
def choose_branches(inst: Instance, limits: Limits, stack: Stack, level: int) -> None:
    """Sets how many candidates at a `level` of the `stack` are branched on and puts them first.

    `inst` and `limits` as in arrays.py. Every allowed coalition has one member of each unmet row, and one with an equal
    share of the missing turnover: the smallest such group is enough.
    """
    group, group_word, group_shift = stack.state[COUNT, level], WHOLE(-2), WHOLE(0)
    places, lack = limits.size - level + 1, inst.target - stack.state[REACHED, level]
    share = (lack + places - 1) // places
    if lack > 0:
        held = put_first(inst, stack, level, share, WHOLE(-1), WHOLE(0))
        if held < group:
            group, group_word = held, -1
    for word in range(inst.wanted.size):
        for shift in range(64):
            if (stack.missing[level, word] >> np.uint64(shift)) & np.uint64(1) != 0:
                held = put_first(inst, stack, level, share, word, shift)
                if held < group:
                    group, group_word, group_shift = held, word, shift
    if group_word > -2:
        put_first(inst, stack, level, share, group_word, group_shift)
    stack.state[BRANCHES, level] = group


@compiled
def drop_slight(stack: Stack, level: int) -> None:
    """Removes the branches that add less than a quarter of what the best one adds."""
    best, kept = 0, 0
    for place in range(stack.state[COUNT, level]):
        best = max(best, stack.candidate[GAIN, level, place])
    for place in range(stack.state[COUNT, level]):
        if 4 * stack.candidate[GAIN, level, place] >= best:
            for field in range(4):
                stack.candidate[field, level, kept] = stack.candidate[field, level, place]
            kept += 1
    stack.state[COUNT, level], stack.state[BRANCHES, level] = kept, kept


@compiled
def put_best_first(stack: Stack, level: int) -> None:
    """Puts the branch of the highest score before the others."""
    best = 0
    for place in range(1, stack.state[BRANCHES, level]):
        if stack.candidate[SCORE, level, place] > stack.candidate[SCORE, level, best]:
            best = place
    if best > 0:
        swap(stack, level, 0, best)


@compiled
def expand(inst: Instance, limits: Limits, prices: Prices, stack: Stack, level: int, top_rows: Ints) -> None:
    """Opens the node of the chosen at a `level`: scores and prunes its candidates, its branches before the others.

    `inst`, `limits`, `prices` and `stack` as in arrays.py; `top_rows` of the shape of new_top_rows.
    """
    weigh(inst, limits, prices, stack, level - 1, level, top_rows)
    stack.state[POSITION, level] = 0
    if level == limits.size:
        stack.state[COUNT, level] = 0
    while stack.state[COUNT, level] > 0 and thin(inst, limits, stack, level, top_rows):
        pass
    choose_branches(inst, limits, stack, level)


@compiled
def sort_candidates(stack: Stack, level: int) -> None:
    """Orders the branches by score, and the candidates after them."""
    sort_by_score(stack, level, WHOLE(0), stack.state[BRANCHES, level])
    sort_by_score(stack, level, stack.state[BRANCHES, level], stack.state[COUNT, level])
