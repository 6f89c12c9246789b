"""Sliding tiles: slide numbered tiles into the empty cell until the board equals the goal.

Moves are named by the direction in which the tile slides. Boards of up to nine cells start at a known distance from
the goal; larger ones are scrambled by a walk from the goal, and solved by A* where the fewest moves are asked for.
"""

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Annotated

import msgspec

from generators.cores.planning.plans import OPPOSITE, Plan, Refused, directions, judge_plan, may_begin
from generators.cores.planning.search import SearchLimitError, astar
from generators.family import Family
from generators.planning.sliding_boards import TABLE_CELLS, Board, distance_table, lower_bound, slides, successors
from pipeline.report import drawing
from schemas import Verdict
from schemas.verdict import malformed

_DEEPEST = {4: 6, 6: 20, 8: 35, 9: 30}
"""A distance that some board of that many cells has, wherever the goal's empty cell is."""

_SEARCHED_STATES = 30_000
_TRIES = 1000


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """`min_moves` to `max_moves` is the length of a shortest plan; on boards above nine cells without `shortest`
    it is the length of the scramble, which a shortest plan may undercut."""

    rows: Annotated[int, msgspec.Meta(ge=2, le=5)] = 3
    cols: Annotated[int, msgspec.Meta(ge=2, le=5)] = 3
    min_moves: Annotated[int, msgspec.Meta(ge=1, le=400)] = 8
    max_moves: Annotated[int, msgspec.Meta(ge=1, le=400)] = 12
    shortest: bool = False

    def __post_init__(self) -> None:
        cells = self.rows * self.cols
        if self.max_moves < self.min_moves:
            raise ValueError(f"max_moves {self.max_moves} is below min_moves {self.min_moves}")
        if self.min_moves > _DEEPEST.get(cells, 400):
            raise ValueError(f"min_moves: a board of {self.rows} by {self.cols} has at most {_DEEPEST[cells]} moves")
        if self.shortest and cells > TABLE_CELLS and self.max_moves > 24:
            raise ValueError("max_moves above 24 with shortest needs a board of at most nine cells")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """`start` and `goal` are boards in row order, 0 for the empty cell; `plan` is one right plan, a shortest one
    where `shortest` plans are asked for."""

    rows: int
    cols: int
    start: tuple[int, ...]
    goal: tuple[int, ...]
    plan: str
    shortest: bool


def make(params: Params, rng: Random) -> Instance:
    """A board at a drawn distance from a goal in row order with the empty cell at a drawn place."""
    rows, cols = params.rows, params.cols
    blank = rng.randrange(rows * cols)
    goal = (*range(1, blank + 1), 0, *range(blank + 1, rows * cols))
    if rows * cols <= TABLE_CELLS:
        table = distance_table(rows, cols, goal)
        distance = rng.randint(params.min_moves, min(params.max_moves, len(table.layers) - 1))
        start = table.state(distance, rng.randrange(len(table.layers[distance])), rows * cols)
        plan = table.plan(start, rows, cols)
    else:
        start, plan = _scrambled(params, goal, rng)
    return Instance(rows=rows, cols=cols, start=start, goal=goal, plan=plan, shortest=params.shortest)


def _scrambled(params: Params, goal: Board, rng: Random) -> tuple[Board, str]:
    """A board some moves from the goal, and a plan; moves are never taken back at once."""
    for _ in range(_TRIES):
        length = rng.randint(params.min_moves, params.max_moves)
        board, walk = list(goal), ""
        blank = goal.index(0)
        for _ in range(length):
            sources = slides(params.rows, params.cols)[blank]
            move = rng.choice([move for move in sources if not walk or move != OPPOSITE[walk[-1]]])
            source = sources[move]
            board[blank], board[source] = board[source], 0
            blank, walk = source, walk + move
        start = tuple(board)
        if start == goal:
            continue
        if not params.shortest:
            return start, "".join(OPPOSITE[move] for move in reversed(walk))
        estimate = lower_bound(params.rows, params.cols, goal)
        try:
            plan = astar(start, successors(params.rows, params.cols), goal.__eq__, estimate, _SEARCHED_STATES)
        except SearchLimitError:
            continue
        if plan is not None and len(plan) >= params.min_moves:
            return start, "".join(plan)
    raise ValueError(f"min_moves {params.min_moves} was not reached in {_TRIES} scrambles")


def statement(instance: Instance, style: str) -> str:
    opening, empty, tile = {
        "grid": ("Here is a sliding-tile puzzle. `_` is the empty cell.", "_", "tile"),
        "rows": ("Here is a sliding-tile puzzle, row by row from the top. 0 is the empty cell.", "0", "tile"),
        "story": (
            "A warehouse has numbered crates on a floor of square bays, one crate a bay, and one bay (`_`) is free. "
            "Seen from above, with the top of the page up, the floor is:",
            "_",
            "crate",
        ),
    }[style]
    draw = _as_lists if style == "rows" else _as_grid
    place = {"tile": "empty cell", "crate": "free bay"}[tile]
    wish = "in as few moves as possible" if instance.shortest else "in any number of moves"
    return (
        f"{opening}\n\n{draw(instance, instance.start, empty)}\n\n"
        f"A move slides one {tile} that is directly above, below, left or right of the {place} into the {place}. "
        f"Name a move by the direction in which the {tile} slides: U (up), D (down), L (left) or R (right). "
        f"So L slides the {tile} on the right of the {place} to the left. A direction in which no {tile} can slide "
        f"is not allowed.\n\nReach exactly this arrangement, {wish}:\n\n{draw(instance, instance.goal, empty)}"
    )


def answer_format(instance: Instance) -> str:
    # Sliding a tile there and back leaves the start, so the example never solves anything.
    return "Write the moves in order, separated by spaces; for example, `U D` slides a tile up and down again."


def gold(instance: Instance) -> str:
    return " ".join(instance.plan)


def steps(instance: Instance) -> tuple[str, ...]:
    """Every move of the plan and the tile that it slides."""
    board, told = list(instance.start), list[str]()
    for move in instance.plan:
        blank = board.index(0)
        source = slides(instance.rows, instance.cols)[blank][move]
        told.append(f"{move}: {board[source]} slides into the empty place.")
        board[blank], board[source] = board[source], 0
    return (*told[:-1], f"{told[-1]} All moves: {gold(instance)}")


def check(instance: Instance, answer: str) -> Verdict:
    return judge_plan(_plan(instance, answer))


def legal(instance: Instance, beginning: str) -> bool | None:
    return may_begin(_plan(instance, beginning))


def _plan(instance: Instance, answer: str) -> Plan[Board, str] | Verdict:
    plan = directions(answer)
    if plan is None:
        return malformed("a plan is a list of moves U, D, L and R and nothing else")
    sources = slides(instance.rows, instance.cols)

    def step(board: Board, move: str) -> Board | Refused:
        blank = board.index(0)
        source = sources[blank].get(move)
        if source is None:
            return Refused(f"no tile can slide {move} into the empty cell")
        cells = list(board)
        cells[blank], cells[source] = cells[source], 0
        return tuple(cells)

    def shortfall(board: Board) -> str:
        wrong_cells = sum(tile != wanted for tile, wanted in zip(board, instance.goal, strict=True))
        return f"{wrong_cells} cells differ from the goal" if wrong_cells else ""

    optimum = len(instance.plan) if instance.shortest else None
    return Plan(instance.start, plan, step, shortfall, optimum)


def canonical(instance: Instance) -> bytes:
    """The least of the board's rotations and reflections, each with the tiles renamed by their goal places.

    Tile names are free because the goal is shown; what remains is which goal place the tile of each cell has.
    """
    home = {tile: cell for cell, tile in enumerate(instance.goal)}
    homes = [home[tile] for tile in instance.start]
    forms = []
    for rows, cols, cells, place in _symmetries(instance.rows, instance.cols):
        forms.append((rows, cols, place[home[0]], [place[homes[cell]] for cell in cells]))
    return repr((min(forms), instance.shortest)).encode()


@cache
def _symmetries(rows: int, cols: int) -> tuple[tuple[int, int, tuple[int, ...], tuple[int, ...]], ...]:
    """Each symmetry's new rows and columns, the old cell at each new place, and the new place of each old cell."""
    found = []
    grid = [[row * cols + col for col in range(cols)] for row in range(rows)]
    for _ in range(2):
        for _ in range(4):
            grid = [list(line) for line in zip(*grid[::-1], strict=True)]
            cells = tuple(cell for line in grid for cell in line)
            place = tuple(cells.index(cell) for cell in range(len(cells)))
            found.append((len(grid), len(grid[0]), cells, place))
        grid = grid[::-1]
    return tuple(found)


def features(instance: Instance) -> Mapping[str, float]:
    """`plan_moves` is the length of the plan kept with the instance: a shortest one up to nine cells."""
    return {
        "cells": instance.rows * instance.cols,
        "lower_bound": lower_bound(instance.rows, instance.cols, instance.goal)(instance.start),
        "plan_moves": len(instance.plan),
    }


def _as_grid(instance: Instance, board: Board, empty: str) -> str:
    width = len(str(len(board) - 1))
    names = [(str(tile) if tile else empty).rjust(width) for tile in board]
    return "\n".join(" ".join(names[row : row + instance.cols]) for row in range(0, len(board), instance.cols))


def _as_lists(instance: Instance, board: Board, empty: str) -> str:
    lines = [board[row : row + instance.cols] for row in range(0, len(board), instance.cols)]
    return str([list(line) for line in lines])


def draw(instance: Instance) -> tuple[drawing.Board, ...]:
    cols = instance.cols
    return tuple(
        drawing.board([tiles[at : at + cols] for at in range(0, len(tiles), cols)], below=below)
        for tiles, below in ((instance.start, "start"), (instance.goal, "goal"))
    )


FAMILY = Family(
    name="planning.sliding_tiles",
    version=1,
    title="Sliding tiles",
    domain="planning",
    params=Params,
    instance=Instance,
    levels=(
        Params(rows=2, cols=3, min_moves=2, max_moves=3),
        Params(rows=2, cols=3, min_moves=3, max_moves=6),
        Params(rows=3, cols=3, min_moves=4, max_moves=8),
        Params(rows=3, cols=3, min_moves=8, max_moves=12),
        Params(rows=3, cols=3, min_moves=10, max_moves=15, shortest=True),
        Params(rows=3, cols=4, min_moves=14, max_moves=17, shortest=True),
        Params(rows=3, cols=3, min_moves=18, max_moves=22),
        Params(rows=3, cols=3, min_moves=21, max_moves=27, shortest=True),
        Params(rows=3, cols=4, min_moves=36, max_moves=50),
        Params(rows=4, cols=4, min_moves=60, max_moves=80),
        Params(rows=5, cols=5, min_moves=150, max_moves=200),
    ),
    make=make,
    statement=statement,
    answer_format=answer_format,
    gold=gold,
    check=check,
    canonical=canonical,
    features=features,
    styles=("grid", "rows", "story"),
    longest_answer=8192,
    steps=steps,
    legal=legal,
    draw=draw,
)
