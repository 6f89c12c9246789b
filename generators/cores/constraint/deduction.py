"""Solving by hand, with candidates as bit masks: random full solutions, and how much effort a puzzle takes.

Everything here is a function of its arguments alone: it learns nothing and knows no clock, so it may reach a result.
"""

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import NamedTuple

from generators.cores.constraint.rules import Clue, Fact, Related, Rules

MOST_GUESSES = 200


class Effort(NamedTuple):
    """What one fixed way of solving needs beyond crossing out candidates: `hidden` values found as the last place
    for a value in a group, and values `guessed` and tried, wrong ones too (counted up to MOST_GUESSES)."""

    hidden: int
    guessed: int


def random_solution(rules: Rules, rng: Random) -> list[int]:
    """(V,) values that keep the rules, without clues, chosen by `rng`. The rules must allow one."""
    while True:
        masks = [(1 << size) - 1 for size in rules.sizes]
        known = []
        for group in rules.apart:
            for variable, value in zip(group, rng.sample(range(len(group)), len(group)), strict=True):
                masks[variable] = 1 << value
                known.append(variable)
        order = [variable for variable, mask in enumerate(masks) if mask & (mask - 1)]
        rng.shuffle(order)
        if _spread(rules.neighbours, masks, known):
            filled = _filled(rules, masks, order, rng, [8 * len(masks)])
            if filled is not None:
                return [mask.bit_length() - 1 for mask in filled]


def effort(rules: Rules, clues: Sequence[Clue]) -> Effort:
    """How much it takes to find the first solution of the clues."""
    masks = [(1 << size) - 1 for size in rules.sizes]
    known: list[int] = []
    for clue in clues:
        if isinstance(clue, Fact):
            masks[clue.variable] &= 1 << clue.value
            known.append(clue.variable)
    counts = [0, 0]
    _solved(rules, masks, known, [clue for clue in clues if isinstance(clue, Related)], counts)
    return Effort(*counts)


def _filled(rules: Rules, masks: list[int], order: list[int], rng: Random, budget: list[int]) -> list[int] | None:
    """Masks of one candidate each, or None: no way from here, or the budget of steps ran out."""
    budget[0] -= 1
    counts = list(map(int.bit_count, map(masks.__getitem__, order)))
    fewest = min(set(counts) - {1}, default=0)
    if not fewest:
        return masks
    best = order[counts.index(fewest)]
    bits = _bits(masks[best])
    first = int(rng.random() * fewest)
    for bit in bits[first:] + bits[:first]:
        if budget[0] < 0:
            break
        attempt = masks[:]
        attempt[best] = bit
        if _spread(rules.neighbours, attempt, [best]):
            filled = _filled(rules, attempt, order, rng, budget)
            if filled is not None:
                return filled
    return None


def _solved(rules: Rules, masks: list[int], known: list[int], related: list[Related], counts: list[int]) -> bool:
    """Whether a solution was found below these masks; `counts` gathers the effort."""
    if not _deduced(rules, masks, known, related, counts):
        return False
    open_variables = [variable for variable, mask in enumerate(masks) if mask & (mask - 1)]
    if not open_variables:
        return True
    best = min(open_variables, key=lambda variable: masks[variable].bit_count())
    for bit in _bits(masks[best]):
        if counts[1] >= MOST_GUESSES:
            return False
        counts[1] += 1
        attempt = masks[:]
        attempt[best] = bit
        if _solved(rules, attempt, [best], related, counts):
            return True
    return False


def _deduced(rules: Rules, masks: list[int], known: list[int], related: list[Related], counts: list[int]) -> bool:
    """Cross out and find last places until nothing more follows; False on a contradiction."""
    while True:
        if not _spread(rules.neighbours, masks, known):
            return False
        known = []
        for clue in related:
            before = tuple([masks[variable] for variable in clue.variables])
            after = narrowed(rules, clue.relation, before)
            if after != before:
                for variable, old, new in zip(clue.variables, before, after, strict=True):
                    masks[variable] = new
                    if not new:
                        return False
                    if old & (old - 1):
                        known.append(variable)
        if known:
            continue
        for group in rules.covering:
            found = _last_places(masks, group)
            if found is None:
                return False
            known += found
        if not known:
            return True
        counts[0] += len(known)


def _spread(neighbours: Sequence[Sequence[int]], masks: list[int], known: list[int]) -> bool:
    """Cross a known variable's value out of its neighbours, and so on; False when one has nothing left."""
    stack = known[:]
    while stack:
        variable = stack.pop()
        bit = masks[variable]
        if bit & (bit - 1):
            continue
        for other in neighbours[variable]:
            mask = masks[other]
            if mask & bit:
                mask ^= bit
                masks[other] = mask
                if not mask & (mask - 1):
                    if not mask:
                        return False
                    stack.append(other)
    return True


def _last_places(masks: list[int], group: tuple[int, ...]) -> list[int] | None:
    """The variables of a covering group that alone can take some value, now set to it; None on a contradiction."""
    once = twice = 0
    for variable in group:
        twice |= once & masks[variable]
        once |= masks[variable]
    if once != (1 << len(group)) - 1:
        return None
    alone = once & ~twice
    found = []
    for variable in group:
        mask = masks[variable]
        if mask & (mask - 1) and mask & alone:
            mask &= alone
            if mask & (mask - 1):
                return None
            masks[variable] = mask
            found.append(variable)
    return found


def narrowed(rules: Rules, relation: str, masks: tuple[int, ...]) -> tuple[int, ...]:
    """The candidates that some allowed tuple within the masks supports."""
    found = rules.narrowed.get((relation, masks))
    if found is None:
        left = [0] * len(masks)
        for values in rules.relations[relation]:
            if all(mask >> value & 1 for mask, value in zip(masks, values, strict=True)):
                for end, value in enumerate(values):
                    left[end] |= 1 << value
        found = tuple(left)
        if len(rules.narrowed) >= 1 << 16:
            rules.narrowed.clear()
        rules.narrowed[relation, masks] = found
    return found


@lru_cache(maxsize=1 << 16)
def _bits(mask: int) -> tuple[int, ...]:
    """The single bits of a mask, ascending."""
    return tuple(1 << place for place in range(mask.bit_length()) if mask >> place & 1)
