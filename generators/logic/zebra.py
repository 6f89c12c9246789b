"""Zebra puzzles: who lives where with what, from a minimal set of clues with exactly one solution, proved."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import product
from random import Random
from typing import Annotated

import msgspec

from dedup.canonical import Edge, canonical_form
from generators.cores.constraint import Clue, Fact, Related, Rules, broken, effort, random_solution, reduced
from generators.family import Family
from generators.logic.zebra_words import CATEGORIES, KINDS, Kind
from pipeline.report.drawing import Board, Cell
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

POOL = 4
"""Clues tried for each value of the table before the needless ones go; fewer leave more houses named outright."""

TRIES = 20
"""Random values tried for one clue of a kind before it is given up: it may be impossible at this size."""

_KIND = {kind.name: kind for kind in KINDS}
_LINE = re.compile(
    r"(?:\| ?)?(?:house )?(?P<house>[1-9]) ?[:.)|-]? ?(?P<names>[a-z]+(?:(?: ?[,|] ?| )[a-z]+)*)(?: ?[|.])?"
)
_BREAK = re.compile(r" ?[,|] ?| ")


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `houses`, so many `categories` with a value for each house, clues of the first `kinds` of KINDS.
    `spare` clues that could be done without are left in: they make it easier."""

    houses: Annotated[int, msgspec.Meta(ge=3, le=8)]
    categories: Annotated[int, msgspec.Meta(ge=1, le=8)]
    kinds: Annotated[int, msgspec.Meta(ge=1, le=9)]
    spare: Annotated[int, msgspec.Meta(ge=0, le=20)]


class Told(msgspec.Struct, frozen=True):
    """One clue: a kind's name, the values it speaks of, and the house (from 1; 0 where it names none)."""

    kind: str
    values: tuple[int, ...]
    house: int = 0


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """`values` are names a category; value k of category c has the index c * houses + k. `solution` gives the house
    (from 1) of each index."""

    houses: int
    categories: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    clues: tuple[Told, ...]
    solution: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        return [name for names in self.values for name in names]


@cache
def rules_of(houses: int, categories: int) -> Rules:
    """Value i is variable i, house h is value h - 1. The relation `not_at h` excludes house h."""
    relations = {
        kind.name: frozenset(at for at in product(range(houses), repeat=len(kind.ends)) if kind.allows(*at))
        for kind in KINDS
        if not kind.names_house
    }
    relations |= {f"not_at {h + 1}": frozenset((at,) for at in range(houses) if at != h) for h in range(houses)}
    return Rules(
        sizes=(houses,) * (houses * categories),
        different=tuple(tuple(range(c * houses, (c + 1) * houses)) for c in range(categories)),
        relations=relations,
    )


def make(params: Params, rng: Random) -> Instance:
    houses, categories = params.houses, params.categories
    rules = rules_of(houses, categories)
    solution = random_solution(rules, rng)
    labels = rng.sample(list(CATEGORIES), categories)
    outright = [Told("at", (value,), house + 1) for value, house in enumerate(solution)]
    rng.shuffle(outright)
    drawn = [_drawn_clue(rng.choice(KINDS[: params.kinds]), solution, houses, rng) for _ in range(POOL * len(solution))]
    told_by = {_clue(told): told for told in [*outright, *filter(None, drawn)]}
    needed = reduced(rules, solution, list(told_by))
    needless = [clue for clue in told_by if clue not in needed]
    kept = [*needed, *rng.sample(needless, min(params.spare, len(needless)))]
    rng.shuffle(kept)
    return Instance(
        houses=houses,
        categories=tuple(labels),
        values=tuple(tuple(rng.sample(CATEGORIES[label].names, houses)) for label in labels),
        clues=tuple(told_by[clue] for clue in kept),
        solution=tuple(house + 1 for house in solution),
    )


def statement(instance: Instance, style: str) -> str:
    houses = instance.houses
    tables = list(zip(instance.categories, instance.values, strict=True))
    lists = "\n".join(f"- {label}: {', '.join(sorted(names))}" for label, names in tables)
    if style == "symbols":
        mentions = instance.names
        texts = [_KIND[told.kind].symbols for told in instance.clues]
        reading = "In the clues, a value stands for the number of its house.\n"
    else:
        mentions = [CATEGORIES[label].mention.format(name) for label, names in tables for name in names]
        texts = [_KIND[told.kind].sentence for told in instance.clues]
        reading = ""
    clues = [
        text.format(*(mentions[value] for value in told.values), h=told.house)
        for text, told in zip(texts, instance.clues, strict=True)
    ]
    if style == "story":
        clues = [clue[0].upper() + clue[1:] for clue in clues]
    numbered = "\n".join(f"{place}. {clue}" for place, clue in enumerate(clues, start=1))
    return (
        f"{houses} houses stand in a row, numbered 1 to {houses} from left to right, and one person lives in each. "
        f"Every person has one value of each category here, and no two persons share a value:\n{lists}\n\n"
        f"{reading}{numbered}\n\nExactly one arrangement fits. Find it."
    )


def answer_format(instance: Instance) -> str:
    labels = ", ".join(instance.categories)
    return (
        "Give one line for each house: its number, a colon, then its values separated by commas in this order, like "
        f"`1: {labels}`."
    )


def gold(instance: Instance) -> str:
    places = [[house == at for house in instance.solution] for at in range(1, instance.houses + 1)]
    rows = [[name for name, here in zip(instance.names, row, strict=True) if here] for row in places]
    return "\n".join(f"{house}: {', '.join(row)}" for house, row in enumerate(rows, start=1))


def check(instance: Instance, answer: str) -> Verdict:
    houses = instance.houses
    lines = [" ".join(line.split()) for line in _lines(answer.lower().replace("*", ""), instance.categories)]
    if len(lines) != houses:
        return malformed(f"expected {houses} lines, one for each house")
    indices = {name.lower(): index for index, name in enumerate(instance.names)}
    at: list[int | None] = [None] * len(indices)
    seen = set()
    for line in lines:
        match = _LINE.fullmatch(line)
        names = _BREAK.split(match["names"]) if match else []
        if match is None or len(names) != len(instance.categories):
            return malformed(f"expected a line like 1: {', '.join(instance.categories)}")
        seen.add(int(match["house"]))
        for category, name in enumerate(names):
            index = indices.get(name, -1)
            if index // houses != category:
                return malformed(f"the values of a line are, in this order, {', '.join(instance.categories)}")
            at[index] = int(match["house"]) - 1
    if seen != set(range(1, houses + 1)):
        return malformed(f"each house from 1 to {houses} needs one line")
    placed = [house for house in at if house is not None]
    if len(placed) < len(at):
        return wrong("a value stands in two houses and another in none")
    rules = rules_of(houses, len(instance.categories))
    fault = broken(rules, [_clue(told) for told in instance.clues], placed)
    if fault is not None:
        return wrong(f"clue {fault.clue + 1} does not hold")
    return correct()


def canonical(instance: Instance) -> bytes:
    """The clues up to renaming values and categories, the order of the clues, and reading the row of houses from
    right to left, which turns every puzzle into one of the same kind."""
    return min(_form(instance, mirrored) for mirrored in (False, True))


def features(instance: Instance) -> dict[str, float]:
    clues = [_clue(told) for told in instance.clues]
    needed = effort(rules_of(instance.houses, len(instance.categories)), clues)
    return {
        "houses": instance.houses,
        "categories": len(instance.categories),
        "cells": len(instance.solution),
        "clues": len(clues),
        "indirect_clues": sum(told.kind != "at" for told in instance.clues),
        "last_places": needed.hidden,
        "guesses": needed.guessed,
    }


def _lines(answer: str, categories: Sequence[str]) -> list[str]:
    """The lines of an answer, without bullets and without the head of a table."""
    lines = [line.strip().removeprefix("- ") for line in re.split(r"[\n;]", answer) if line.strip()]
    head = [cell.strip() for cell in lines[0].strip("|").split("|")][1:] if lines else []
    if len(lines) > 2 and head == list(categories) and not lines[1].strip("|-: "):
        return lines[2:]
    return lines


def _clue(told: Told) -> Clue:
    if told.kind == "at":
        return Fact(told.values[0], told.house - 1)
    return Related(f"not_at {told.house}" if told.kind == "not_at" else told.kind, told.values)


def _drawn_clue(kind: Kind, solution: Sequence[int], houses: int, rng: Random) -> Told | None:
    """A true clue of the kind about random values, or None where none was found."""
    if len(kind.ends) > len(solution):
        return None
    for _ in range(TRIES):
        values = rng.sample(range(len(solution)), len(kind.ends))
        if kind.across and values[0] // houses == values[1] // houses:
            continue
        named = [rng.randrange(houses)] if kind.names_house else []
        if kind.allows(*(solution[value] for value in values), *named):
            ordered = [value for _, value in sorted(zip(kind.ends, values, strict=True))]
            return Told(kind.name, tuple(ordered), named[0] + 1 if named else 0)
    return None


def _form(instance: Instance, mirrored: bool) -> bytes:
    """Values and categories are nameless vertices, houses have colours of their own."""
    houses, count, categories = instance.houses, len(instance.solution), len(instance.categories)
    colours = [0] * count + [1] * categories + [2 + house for house in range(houses)]
    edges: list[Edge] = [((0, value), (1, count + value // houses)) for value in range(count)]
    for told in instance.clues:
        kind = _KIND[told.kind]
        role = 2 + 3 * KINDS.index(kind)
        values = told.values[::-1] if mirrored and kind.turns else told.values
        ends = [(role + end, value) for end, value in zip(kind.ends, values, strict=True)]
        if told.house:
            house = houses - told.house if mirrored else told.house - 1
            ends.append((role + 2, count + categories + house))
        edges.append(tuple(ends))
    return canonical_form(colours, edges)


def draw(instance: Instance) -> tuple[Board, ...]:
    """The houses with what is to be found out; the clues are words."""
    heads = (Cell("house", "head"), *(Cell(str(house), "head") for house in range(1, instance.houses + 1)))
    rows = tuple((Cell(name, "head"), *(Cell("?"),) * instance.houses) for name in instance.categories)
    return (Board(rows=(heads, *rows), wide=True),)


FAMILY = Family(
    name="logic.zebra",
    version=1,
    title="Zebra puzzles",
    domain="logic",
    params=Params,
    instance=Instance,
    levels=(
        Params(houses=3, categories=1, kinds=5, spare=2),
        Params(houses=3, categories=2, kinds=3, spare=3),
        Params(houses=3, categories=3, kinds=4, spare=3),
        Params(houses=4, categories=3, kinds=5, spare=2),
        Params(houses=4, categories=4, kinds=7, spare=1),
        Params(houses=5, categories=4, kinds=8, spare=0),
        Params(houses=5, categories=5, kinds=9, spare=0),
        Params(houses=6, categories=5, kinds=9, spare=0),
        Params(houses=6, categories=6, kinds=9, spare=0),
        Params(houses=7, categories=7, kinds=9, spare=0),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("story", "symbols"),
    draw=draw,
)
