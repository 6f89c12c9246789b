"""Second opinions on zebra puzzles: clues read as arithmetic, solutions from a fresh SAT problem each time."""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from random import Random

import msgspec
from pysat.solvers import Cadical153

from generators.evidence import Evidence
from generators.logic.zebra import FAMILY, Instance, Told
from generators.logic.zebra_words import CATEGORIES

TRUE: dict[str, Callable[[list[int], int], bool]] = {
    "at": lambda at, h: at[0] == h,
    "not_at": lambda at, h: at[0] != h,
    "same": lambda at, h: len({*at}) == 1,
    "not_same": lambda at, h: len({*at}) == 2,
    "directly_left": lambda at, h: at[1] - at[0] == 1,
    "left": lambda at, h: at[1] > at[0],
    "next_to": lambda at, h: (at[0] - at[1]) ** 2 == 1,
    "two_apart": lambda at, h: (at[0] - at[1]) ** 2 == 4,
    "between": lambda at, h: (at[0] - at[1]) * (at[0] - at[2]) < 0,
}
"""What each clue says of the houses of its values, numbered from 1, and of the house it names."""


def judge(instance: Instance, answer: str) -> bool:
    lines = answer.split("\n")
    if len(lines) != instance.houses:
        return False
    at: dict[str, int] = {}
    for line in lines:
        number, colon, rest = line.partition(": ")
        names = rest.split(", ")
        if number not in map(str, range(1, instance.houses + 1)) or not colon or len(names) != len(instance.values):
            return False
        if any(name not in [*map(str.lower, row), *row] for name, row in zip(names, instance.values, strict=True)):
            return False
        at |= {name.lower(): int(number) for name in names}
    places = [at.get(name.lower()) for row in instance.values for name in row]
    if None in places or len({*at.values()}) != instance.houses:
        return False
    return all(TRUE[told.kind]([places[value] for value in told.values], told.house) for told in instance.clues)


def recompute(instance: Instance) -> str:
    at = next(solutions(instance))
    rows = []
    for house in range(1, instance.houses + 1):
        here = [instance.values[v // instance.houses][v % instance.houses] for v, h in enumerate(at) if h == house]
        rows.append(f"{house}: {', '.join(here)}")
    return "\n".join(rows)


def count(instance: Instance) -> int:
    return sum(1 for _ in zip(range(2), solutions(instance), strict=False))


def solutions(instance: Instance) -> Iterator[list[int]]:
    """Each house of each category has exactly one value; combinations that make a clue false are forbidden."""
    houses = range(1, instance.houses + 1)
    values = range(instance.houses * len(instance.values))

    def here(value: int, house: int) -> int:
        return house * len(values) + value + 1

    with Cadical153() as solver:
        for value in values:
            solver.add_clause([here(value, house) for house in houses])
            for one, other in combinations(houses, 2):
                solver.add_clause([-here(value, one), -here(value, other)])
        for one, other in combinations(values, 2):
            for house in houses if one // instance.houses == other // instance.houses else ():
                solver.add_clause([-here(one, house), -here(other, house)])
        for told in instance.clues:
            for at in product(houses, repeat=len(told.values)):
                if not TRUE[told.kind]([*at], told.house):
                    solver.add_clause([-here(value, house) for value, house in zip(told.values, at, strict=True)])
        while solver.solve():
            true = {literal for literal in solver.get_model() if literal > 0}
            found = [next(house for house in houses if here(value, house) in true) for value in values]
            yield found
            solver.add_clause([-here(value, house) for value, house in enumerate(found)])


def alternatives(instance: Instance) -> Iterator[str]:
    lines = recompute(instance).split("\n")
    yield "\n".join(f"House {line}" for line in lines)
    yield "\n".join(line.upper() for line in lines)
    yield "\n".join(line.replace(": ", ". ").replace(",", "") for line in lines)
    yield "; ".join(lines)
    yield "\n".join(reversed(lines))
    yield "\n".join(f"| {line.replace(': ', ' | ').replace(', ', ' | ')} |" for line in lines)


def near_misses(instance: Instance) -> Iterator[str]:
    lines = [line.split(": ") for line in recompute(instance).split("\n")]
    table = [names.split(", ") for _, names in lines]
    yield "\n".join(lines[0][0] + ": " + names for _, names in lines)
    yield "\n".join(names for _, names in lines)
    yield "\n".join(f"{place}: {names}" for place, (_, names) in enumerate(lines[::-1], start=1))
    yield "\n".join(f"{place}: {names}" for place, (_, names) in enumerate(lines, start=0))
    yield "\n".join(f"{place}: {', '.join(instance.categories)}" for place in range(1, len(lines) + 1))
    for column in range(len(instance.values)):
        for one, other in combinations(range(len(lines)), 2):
            swapped = [[*row] for row in table]
            swapped[one][column], swapped[other][column] = swapped[other][column], swapped[one][column]
            yield "\n".join(f"{place}: {', '.join(row)}" for place, row in enumerate(swapped, start=1))


def disguise(instance: Instance, rng: Random) -> Instance:
    """Other words, values and categories in another order, clues too, the row mirrored half the time."""
    houses = instance.houses
    labels = rng.sample(list(CATEGORIES), len(instance.values))
    order = rng.sample(range(len(labels)), len(labels))  # category c moves to place order[c]
    inside = [rng.sample(range(houses), houses) for _ in labels]
    new = [order[v // houses] * houses + inside[v // houses][v % houses] for v in range(houses * len(labels))]
    mirrored = rng.random() < 0.5
    solution = [0] * len(new)
    for value, house in enumerate(instance.solution):
        solution[new[value]] = houses + 1 - house if mirrored else house
    clues = [turned(told, houses) if mirrored else told for told in instance.clues]
    clues = [msgspec.structs.replace(told, values=tuple(new[value] for value in told.values)) for told in clues]
    clues = [msgspec.structs.replace(told, values=reordered(told, rng)) for told in clues]
    return Instance(
        houses=houses,
        categories=tuple(labels),
        values=tuple(tuple(rng.sample(CATEGORIES[label].names, houses)) for label in labels),
        clues=tuple(rng.sample(clues, len(clues))),
        solution=tuple(solution),
    )


def turned(told: Told, houses: int) -> Told:
    """The clue as it reads from the other end of the street."""
    house = houses + 1 - told.house if told.house else 0
    values = told.values[::-1] if told.kind in ("left", "directly_left") else told.values
    return Told(told.kind, values, house)


def reordered(told: Told, rng: Random) -> tuple[int, ...]:
    """The values of a clue that may change places do, half the time."""
    first, *rest = told.values
    if rng.random() < 0.5:
        return told.values
    if told.kind == "between":
        return (first, *rest[::-1])
    return told.values[::-1] if told.kind in ("same", "not_same", "next_to", "two_apart") else told.values


def change(instance: Instance, rng: Random) -> Instance:
    """A clue more, one that is true and not there yet."""
    houses, at = instance.houses, instance.solution
    told = {(clue.kind, frozenset(clue.values), clue.house) for clue in instance.clues}
    new = [Told("at", (value,), house) for value, house in enumerate(at)]
    new += [Told("not_at", (value,), house % houses + 1) for value, house in enumerate(at)]
    new += [Told("left", (a, b)) for a, b in product(range(len(at)), repeat=2) if at[a] < at[b]]
    fresh = [clue for clue in new if (clue.kind, frozenset(clue.values), clue.house) not in told]
    return msgspec.structs.replace(instance, clues=(*instance.clues, rng.choice(fresh)))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    solutions=count,
    rising=("houses", "categories", "cells", "indirect_clues", "guesses"),
)
