"""Futoshiki: a Latin square with signs between neighbouring cells, exactly one solution, proved."""

from functools import cache
from itertools import product
from random import Random
from typing import Annotated

import msgspec

from generators.cores.constraint import Clue, Fact, Related, Rules, effort, random_solution, reduced
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
from pipeline.report.drawing import Board, Cell
from schemas import Verdict


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """A square of `size`, with `sign_share` percent of its neighbour pairs marked. Given numbers are taken away in a
    random order down to `givens`, or as far as one solution is left."""

    size: Annotated[int, msgspec.Meta(ge=3, le=9)]
    sign_share: Annotated[int, msgspec.Meta(ge=0, le=100)]
    givens: Annotated[int, msgspec.Meta(ge=0, le=80)]

    def __post_init__(self) -> None:
        if self.givens >= self.size**2:
            raise ValueError(f"givens must be less than the {self.size**2} cells of the square, not {self.givens}")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """`puzzle` and `solution` are rows of numbers from 1, 0 for an empty cell. Each pair of cells (row * size +
    column) in `less` is a sign: the first cell's number is less than the second's. Sorted."""

    puzzle: Grid
    less: tuple[tuple[int, int], ...]
    solution: Grid

    @property
    def size(self) -> int:
        return len(self.puzzle)


@cache
def rules_of(size: int) -> Rules:
    less = frozenset((a, b) for a, b in product(range(size), repeat=2) if a < b)
    return Rules(sizes=(size,) * size**2, different=lines(size), relations={"less": less})


def make(params: Params, rng: Random) -> Instance:
    size = params.size
    rules = rules_of(size)
    solution = random_solution(rules, rng)
    pairs = [(cell, other) for cell in range(size**2) for other in _next_cells(cell, size)]
    marked = rng.sample(pairs, round(len(pairs) * params.sign_share / 100))
    less = sorted((a, b) if solution[a] < solution[b] else (b, a) for a, b in marked)
    facts = [Fact(cell, value) for cell, value in enumerate(solution)]
    rng.shuffle(facts)
    signs = [Related("less", pair) for pair in less]
    left = reduced(rules, solution, facts, kept=signs, most=size**2 - params.givens)
    return Instance(puzzle=grid_of(left, size), less=tuple(less), solution=grid_of(facts, size))


def statement(instance: Instance, style: str) -> str:
    size = instance.size
    rules = (
        f"Solve this futoshiki. Fill the empty cells, marked _, of the {size} by {size} grid so that every row and "
        f"every column contains each number from 1 to {size} exactly once"
    )
    if style == "list":
        signs = [f"{_short_name(a, size)} < {_short_name(b, size)}" for a, b in instance.less]
        facts = "These must hold (r1c2 is the cell in row 1, column 2):\n" + "\n".join(signs) if signs else ""
        return f"{rules}. There is exactly one solution.\n\n{grid_text(instance.puzzle)}\n\n{facts}".rstrip()
    return (
        f"{rules}, and every sign between two neighbouring cells holds: < and > compare left with right, ^ says that "
        "the upper number is less than the lower one, v that it is greater. There is exactly one solution.\n\n"
        + "\n".join(_drawn(instance))
    )


def answer_format(instance: Instance) -> str:
    return f"{row_format(instance.size)} Leave the signs out."


def gold(instance: Instance) -> str:
    return grid_text(instance.solution)


def check(instance: Instance, answer: str) -> Verdict:
    return judged(answer, instance.size, rules_of(instance.size), _clues(instance))


def canonical(instance: Instance) -> bytes:
    """The least of the 16 images under the symmetries of the genre: turning and reflecting the square, and replacing
    each number v by size + 1 - v with every sign turned round. Signs bind neighbours to each other, so permuting rows
    or columns is no symmetry, and the order of numbers matters, so renaming them is none either."""
    size = instance.size
    given = givens(instance.puzzle)
    images = []
    for place in _placements(size):
        numbers = sorted([(place[cell], value) for cell, value in given])
        signs = sorted([(place[a], place[b]) for a, b in instance.less])
        images.append((numbers, signs))
        flipped = [(cell, size - 1 - value) for cell, value in numbers]
        images.append((flipped, sorted([(b, a) for a, b in signs])))
    return repr((size, min(images))).encode()


def features(instance: Instance) -> dict[str, float]:
    size = instance.size
    needed = effort(rules_of(size), _clues(instance))
    return {
        "size": size,
        "blanks": size**2 - len(givens(instance.puzzle)),
        "signs": len(instance.less),
        "hidden_singles": needed.hidden,
        "guesses": needed.guessed,
    }


def draw(instance: Instance) -> tuple[Board, ...]:
    """The signs stand in rows and columns of their own between the cells."""
    size = instance.size
    cells = [[Cell(look="none")] * (2 * size - 1) for _ in range(2 * size - 1)]
    for cell, number in enumerate(number for row in instance.puzzle for number in row):
        cells[2 * (cell // size)][2 * (cell % size)] = Cell(str(number), "given") if number else Cell()
    for a, b in instance.less:
        rising = ("∧" if a < b else "∨") if a // size != b // size else ("<" if a < b else ">")
        cells[a // size + b // size][a % size + b % size] = Cell(rising, "sign")
    return (Board(rows=tuple(map(tuple, cells))),)


def _clues(instance: Instance) -> list[Clue]:
    return [*givens(instance.puzzle), *(Related("less", pair) for pair in instance.less)]


def _next_cells(cell: int, size: int) -> list[int]:
    """The cells to the right and below."""
    right = [cell + 1] if cell % size < size - 1 else []
    return right + ([cell + size] if cell + size < size**2 else [])


def _short_name(cell: int, size: int) -> str:
    return f"r{cell // size + 1}c{cell % size + 1}"


def _drawn(instance: Instance) -> list[str]:
    """The grid with < and > between cells and, on lines between, ^ and v."""
    size, less = instance.size, set(instance.less)

    def sign(a: int, b: int, rising: str, falling: str) -> str:
        return rising if (a, b) in less else falling if (b, a) in less else " "

    drawn = []
    for r, row in enumerate(instance.puzzle):
        line = row_text(row[:1])
        for c in range(1, size):
            cell = r * size + c
            line += f" {sign(cell - 1, cell, '<', '>')} {row_text(row[c : c + 1])}"
        drawn.append(line)
        if r < size - 1:
            below = [sign(r * size + c, (r + 1) * size + c, "^", "v") for c in range(size)]
            drawn.append("   ".join(below).rstrip())
    return drawn


@cache
def _placements(size: int) -> tuple[tuple[int, ...], ...]:
    """Where each cell goes under the eight symmetries of the square."""
    found = []
    for transposed, down, right in product((False, True), repeat=3):
        place = []
        for r, c in product(range(size), repeat=2):
            row, column = (c, r) if transposed else (r, c)
            place.append((size - 1 - row if down else row) * size + (size - 1 - column if right else column))
        found.append(tuple(place))
    return tuple(found)


FAMILY = Family(
    name="grids.futoshiki",
    version=1,
    title="Futoshiki",
    domain="grids",
    params=Params,
    instance=Instance,
    levels=(
        Params(size=3, sign_share=30, givens=7),
        Params(size=3, sign_share=40, givens=3),
        Params(size=4, sign_share=30, givens=8),
        Params(size=4, sign_share=50, givens=2),
        Params(size=5, sign_share=40, givens=8),
        Params(size=5, sign_share=50, givens=0),
        Params(size=6, sign_share=40, givens=4),
        Params(size=7, sign_share=40, givens=4),
        Params(size=8, sign_share=35, givens=4),
        Params(size=9, sign_share=30, givens=4),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("grid", "list"),
    second_check=lambda instance, answer: is_grid(answer, instance.solution),
    steps=lambda instance: steps_by_hand(rules_of(instance.size), _clues(instance), instance.solution),
    draw=draw,
)
