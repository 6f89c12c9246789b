"""A puzzle filled in one variable at a time, each for the simplest reason there is."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from generators.cores.constraint.deduction import narrowed
from generators.cores.constraint.rules import Clue, Fact, Related, Rules


class Placed(NamedTuple):
    """A variable and its value. `group`: the place in `rules.covering` of a group in which the value fits nowhere else;
    -1 where the variable has no other value left, None where neither is so and values must be tried."""

    variable: int
    value: int
    group: int | None


def filled_in(rules: Rules, clues: Sequence[Clue], solution: Sequence[int]) -> Iterator[Placed]:
    """Every variable without a fact among the clues, in an order in which it can be found; `solution` (V,) settles what
    must be tried."""
    masks = [(1 << size) - 1 for size in rules.sizes]
    related = [clue for clue in clues if isinstance(clue, Related)]
    left = set(range(len(masks)))

    def place(variable: int) -> None:
        masks[variable] = 1 << solution[variable]
        left.discard(variable)
        for other in rules.neighbours[variable]:
            masks[other] &= ~masks[variable]

    for clue in clues:
        if isinstance(clue, Fact):
            place(clue.variable)
    while left:
        _narrow(rules, related, masks)
        found = _next(rules, masks, left)
        yield Placed(found.variable, solution[found.variable], found.group)
        place(found.variable)


def _narrow(rules: Rules, related: Sequence[Related], masks: list[int]) -> None:
    """Crosses out what the relations forbid, until nothing more follows."""
    changed = True
    while changed:
        changed = False
        for clue in related:
            before = tuple([masks[variable] for variable in clue.variables])
            after = narrowed(rules, clue.relation, before)
            changed = changed or after != before
            for variable, mask in zip(clue.variables, after, strict=True):
                masks[variable] = mask


def _next(rules: Rules, masks: Sequence[int], left: set[int]) -> Placed:
    for variable in sorted(left):
        if masks[variable].bit_count() == 1:
            return Placed(variable, 0, -1)
    for number, group in enumerate(rules.covering):
        for value in range(len(group)):
            able = [variable for variable in group if masks[variable] >> value & 1]
            if len(able) == 1 and able[0] in left:
                return Placed(able[0], value, number)
    return Placed(min(sorted(left), key=lambda variable: masks[variable].bit_count()), 0, None)
