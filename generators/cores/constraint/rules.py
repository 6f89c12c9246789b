"""What a constraint puzzle is made of: finite-domain variables, groups that differ, named relations. Plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


class Fact(NamedTuple):
    """The clue that a variable has a value."""

    variable: int
    value: int


class Related(NamedTuple):
    """The clue that some variables, in this order, stand in a relation of the rules."""

    relation: str
    variables: tuple[int, ...]


Clue = Fact | Related


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of one genre at one size. Compared by identity: build each once and keep it.

    `sizes` (V,): variable i takes the values 0 to sizes[i] - 1. Each group in `different` takes pairwise different
    values. `relations` maps a name to the value tuples it allows; clues use them, alone they bind nothing.
    """

    sizes: tuple[int, ...]
    different: tuple[tuple[int, ...], ...]
    relations: Mapping[str, frozenset[tuple[int, ...]]] = field(default_factory=dict)
    narrowed: dict[tuple[str, tuple[int, ...]], tuple[int, ...]] = field(default_factory=dict, init=False, repr=False)
    """What `deduction` has worked out of the relations: a memory that changes nothing but the time it takes."""

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """For each variable those that must differ from it, ascending."""
        found: list[set[int]] = [set() for _ in self.sizes]
        for group in self.different:
            for variable in group:
                found[variable].update(group)
        return tuple(tuple(sorted(others - {variable})) for variable, others in enumerate(found))

    @cached_property
    def covering(self) -> tuple[tuple[int, ...], ...]:
        """The groups that take every value: as many variables as values."""
        return tuple(group for group in self.different if all(self.sizes[variable] == len(group) for variable in group))

    @cached_property
    def apart(self) -> tuple[tuple[int, ...], ...]:
        """Covering groups of which no two bind each other, the last one first: of a sudoku, boxes on a diagonal."""
        chosen: list[tuple[int, ...]] = []
        bound: set[int] = set()
        for group in reversed(self.covering):
            if bound.isdisjoint(group):
                chosen.append(group)
                bound.update(group, *(self.neighbours[variable] for variable in group))
        return tuple(chosen)


class Broken(NamedTuple):
    """What a full assignment breaks first: a group that must differ, or the clue at a place."""

    group: tuple[int, ...] = ()
    clue: int = -1


def broken(rules: Rules, clues: Sequence[Clue], values: Sequence[int]) -> Broken | None:
    """None when the values (V,) keep every rule and clue. Reads rules and clues, knows of no encoding."""
    for group in rules.different:
        if len({values[variable] for variable in group}) < len(group):
            return Broken(group=group)
    for place, clue in enumerate(clues):
        if not holds(rules, clue, values):
            return Broken(clue=place)
    return None


def holds(rules: Rules, clue: Clue, values: Sequence[int]) -> bool:
    """Whether one clue is true of a solution."""
    if isinstance(clue, Fact):
        return values[clue.variable] == clue.value
    return tuple([values[variable] for variable in clue.variables]) in rules.relations[clue.relation]
