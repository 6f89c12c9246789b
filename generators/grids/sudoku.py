"""Sudoku of any box shape, from 4x4 to 16x16: exactly one solution, proved."""

from functools import cache
from random import Random
from typing import Annotated

import msgspec

from dedup.canonical import Edge, canonical_form
from generators.cores.constraint import Fact, Rules, effort, random_solution, reduced
from generators.cores.constraint.number_grid import (
    Grid,
    givens,
    grid_of,
    grid_text,
    is_grid,
    judged,
    lines,
    row_format,
    row_text,
    steps_by_hand,
)
from generators.family import Family
from pipeline.report.drawing import Board, board
from schemas import Verdict


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes of `box_rows` x `box_columns` cells in a grid as wide as a box has cells, with `blanks` empty cells, or
    as many as can be emptied in a random order while one solution is left."""

    box_rows: Annotated[int, msgspec.Meta(ge=2, le=4)]
    box_columns: Annotated[int, msgspec.Meta(ge=2, le=4)]
    blanks: Annotated[int, msgspec.Meta(ge=1, le=255)]

    def __post_init__(self) -> None:
        cells = (self.box_rows * self.box_columns) ** 2
        if self.blanks >= cells:
            raise ValueError(f"blanks must be less than the {cells} cells of the grid, not {self.blanks}")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """`puzzle` and `solution` are rows of numbers from 1, 0 for an empty cell."""

    box_rows: int
    box_columns: int
    puzzle: Grid
    solution: Grid

    @property
    def size(self) -> int:
        return len(self.puzzle)


@cache
def rules_of(box_rows: int, box_columns: int) -> Rules:
    size = box_rows * box_columns
    boxes = [
        tuple((top + r) * size + left + c for r in range(box_rows) for c in range(box_columns))
        for top in range(0, size, box_rows)
        for left in range(0, size, box_columns)
    ]
    return Rules(sizes=(size,) * size**2, different=(*lines(size), *boxes))


def make(params: Params, rng: Random) -> Instance:
    rules = rules_of(params.box_rows, params.box_columns)
    solution = random_solution(rules, rng)
    facts = [Fact(cell, value) for cell, value in enumerate(solution)]
    rng.shuffle(facts)
    size = params.box_rows * params.box_columns
    return Instance(
        box_rows=params.box_rows,
        box_columns=params.box_columns,
        puzzle=grid_of(reduced(rules, solution, facts, most=params.blanks), size),
        solution=grid_of(facts, size),
    )


def statement(instance: Instance, style: str) -> str:
    size = instance.size
    rows = [row_text(row) for row in instance.puzzle]
    if style == "rows":
        rows = [f"Row {place}: {row}" for place, row in enumerate(rows, start=1)]
    return (
        f"Solve this sudoku. The grid has {size} rows and {size} columns and is cut into boxes of {instance.box_rows} "
        f"rows and {instance.box_columns} columns. Fill the empty cells, marked _, so that every row, every column and "
        f"every box contains each number from 1 to {size} exactly once. There is exactly one solution.\n\n"
        + "\n".join(rows)
    )


def answer_format(instance: Instance) -> str:
    return row_format(instance.size)


def gold(instance: Instance) -> str:
    return grid_text(instance.solution)


def check(instance: Instance, answer: str) -> Verdict:
    return judged(answer, instance.size, rules_of(instance.box_rows, instance.box_columns), givens(instance.puzzle))


def steps(instance: Instance) -> tuple[str, ...]:
    rules = rules_of(instance.box_rows, instance.box_columns)
    return steps_by_hand(rules, givens(instance.puzzle), instance.solution)


def canonical(instance: Instance) -> bytes:
    """The given numbers up to renaming numbers, permuting rows within bands, bands, columns within stacks and stacks,
    and transposing, which turns boxes on their side: they are taken to lie."""
    if instance.box_rows > instance.box_columns:
        instance = _transposed(instance)
    size, box_rows, box_columns = instance.size, instance.box_rows, instance.box_columns
    square = box_rows == box_columns
    row_role, column_role, number_role = 0, 0 if square else 1, 2
    edges: list[Edge] = [
        ((row_role, cell // size), (column_role, size + cell % size), (number_role, 2 * size + value))
        for cell, value in givens(instance.puzzle)
    ]
    edges += [tuple((3, top + r) for r in range(box_rows)) for top in range(0, size, box_rows)]
    edges += [tuple((3, size + left + c) for c in range(box_columns)) for left in range(0, size, box_columns)]
    edges += [tuple((4, start + line) for line in range(size)) for start in (0, size)]
    colours = [0] * size + [0 if square else 1] * size + [2] * size
    return b"%d %d " % (box_rows, box_columns) + canonical_form(colours, edges)


def _transposed(instance: Instance) -> Instance:
    return Instance(
        box_rows=instance.box_columns,
        box_columns=instance.box_rows,
        puzzle=tuple(zip(*instance.puzzle, strict=True)),
        solution=tuple(zip(*instance.solution, strict=True)),
    )


def features(instance: Instance) -> dict[str, float]:
    size = instance.size
    given = givens(instance.puzzle)
    needed = effort(rules_of(instance.box_rows, instance.box_columns), given)
    return {
        "size": size,
        "blanks": size**2 - len(given),
        "given_share": len(given) / size**2,
        "hidden_singles": needed.hidden,
        "guesses": needed.guessed,
    }


def draw(instance: Instance) -> tuple[Board, ...]:
    return (board(instance.puzzle, box_rows=instance.box_rows, box_columns=instance.box_columns),)


FAMILY = Family(
    name="grids.sudoku",
    version=1,
    title="Sudoku",
    domain="grids",
    params=Params,
    instance=Instance,
    levels=(
        Params(box_rows=2, box_columns=2, blanks=4),
        Params(box_rows=2, box_columns=2, blanks=7),
        Params(box_rows=2, box_columns=2, blanks=10),
        Params(box_rows=2, box_columns=3, blanks=12),
        Params(box_rows=2, box_columns=3, blanks=22),
        Params(box_rows=3, box_columns=3, blanks=25),
        Params(box_rows=3, box_columns=3, blanks=40),
        Params(box_rows=3, box_columns=3, blanks=50),
        Params(box_rows=3, box_columns=3, blanks=60),
        Params(box_rows=3, box_columns=4, blanks=85),
        Params(box_rows=4, box_columns=4, blanks=120),
        Params(box_rows=4, box_columns=4, blanks=150),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("grid", "rows"),
    second_check=lambda instance, answer: is_grid(answer, instance.solution),
    steps=steps,
    draw=draw,
)
