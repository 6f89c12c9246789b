"""Sliding-tile boards: moves, distances of every state of a small board, and a lower bound for large ones.

A board is a tuple of rows * cols numbers in row order, 0 for the empty cell. A move is named by the direction in
which a tile slides, so U slides the tile below the empty cell.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

Board = tuple[int, ...]

TABLE_CELLS = 9
"""Boards of up to so many cells have a table (181,440 states in 0.05 s); the next, 2 by 5, has ten times as many."""


class Table(NamedTuple):
    """Every state that can reach one goal: by distance, and the first move of a shortest plan from each.

    `layers[d]` are the packed states (4 bits a cell) at distance d, ascending; `states` all of them, ascending,
    and `first[i]` the code of the move from `states[i]`.
    """

    layers: list[np.ndarray]
    states: "array[int]"
    first: bytes

    def state(self, distance: int, index: int, cells: int) -> Board:
        packed = int(self.layers[distance][index])
        return tuple(packed >> 4 * cell & 15 for cell in range(cells))

    def plan(self, board: Board, rows: int, cols: int) -> str:
        """A shortest plan from a board that can reach the goal."""
        packed = sum(tile << 4 * cell for cell, tile in enumerate(board))
        blank = board.index(0)
        goal = int(self.layers[0][0])
        moves = []
        while packed != goal:
            move = "UDLR"[self.first[bisect_left(self.states, packed)]]
            source = slides(rows, cols)[blank][move]
            tile = packed >> 4 * source & 15
            packed += (tile << 4 * blank) - (tile << 4 * source)
            blank = source
            moves.append(move)
        return "".join(moves)


@cache
def slides(rows: int, cols: int) -> tuple[dict[str, int], ...]:
    """For each place of the empty cell: the moves there, and from which cell each one slides a tile."""
    table = []
    for cell in range(rows * cols):
        row, col = divmod(cell, cols)
        sources = {
            "U": cell + cols if row + 1 < rows else -1,
            "D": cell - cols if row else -1,
            "L": cell + 1 if col + 1 < cols else -1,
            "R": cell - 1 if col else -1,
        }
        table.append({move: source for move, source in sources.items() if source >= 0})
    return tuple(table)


def successors(rows: int, cols: int) -> Callable[[Board], Iterator[tuple[str, Board]]]:
    """The moves of a board of that size, and the boards after them."""
    sources = slides(rows, cols)

    def steps(board: Board) -> Iterator[tuple[str, Board]]:
        blank = board.index(0)
        for move, source in sources[blank].items():
            cells = list(board)
            cells[blank], cells[source] = cells[source], 0
            yield move, tuple(cells)

    return steps


@cache
def distance_table(rows: int, cols: int, goal: Board) -> Table:
    """The table of a goal board of at most TABLE_CELLS cells, by breadth-first search over whole layers."""
    cells = rows * cols
    sources = slides(rows, cols)
    layers = [np.array([sum(tile << 4 * cell for cell, tile in enumerate(goal))], dtype=np.int64)]
    firsts = [np.zeros(1, dtype=np.uint8)]
    before = np.array([], dtype=np.int64)
    while len(layers[-1]):
        layer = layers[-1]
        blanks = sum((cell * ((layer >> 4 * cell & 15) == 0) for cell in range(cells)), start=np.zeros_like(layer))
        found, codes = [], []
        for blank in range(cells):
            here = layer[blanks == blank]
            for move, source in sources[blank].items():
                tiles = here >> 4 * source & 15
                found.append(here + (tiles << 4 * blank) - (tiles << 4 * source))
                codes.append(np.full(len(here), "DURL".index(move), dtype=np.uint8))  # the move that undoes it
        states, index = np.unique(np.concatenate(found), return_index=True)
        fresh = ~np.isin(states, before, assume_unique=True)
        before = layer
        layers.append(states[fresh])
        firsts.append(np.concatenate(codes)[index[fresh]])
    layers.pop()
    everything = np.concatenate(layers)
    order = np.argsort(everything)
    return Table(layers, array("q", everything[order].tobytes()), np.concatenate(firsts)[order].tobytes())


def lower_bound(rows: int, cols: int, goal: Board) -> Callable[[Board], int]:
    """A number of moves never above the shortest plan's: Manhattan distance and linear conflicts.

    Tiles in their goal row whose goal places are in another order must leave the row, two moves each; all but a
    longest run in order must (Hansson, Mayer and Yung, 1992). Columns likewise.
    """
    homes = {tile: divmod(cell, cols) for cell, tile in enumerate(goal)}
    places = [divmod(cell, cols) for cell in range(rows * cols)]
    far = [
        [abs(row - homes[tile][0]) + abs(col - homes[tile][1]) if tile else 0 for row, col in places]
        for tile in range(rows * cols)
    ]

    def bound(board: Board) -> int:
        total = sum(far[tile][cell] for cell, tile in enumerate(board))
        for row in range(rows):
            line = board[row * cols : (row + 1) * cols]
            wanted = [homes[tile][1] for tile in line if tile and homes[tile][0] == row]
            total += 2 * _out_of_order(wanted)
        for col in range(cols):
            wanted = [homes[tile][0] for tile in board[col::cols] if tile and homes[tile][1] == col]
            total += 2 * _out_of_order(wanted)
        return total

    return bound


def _out_of_order(values: Sequence[int]) -> int:
    """How many values must go so that the others ascend."""
    if len(values) < 2:
        return 0
    longest: list[int] = []  # longest[k] is the least end of an ascending run of k + 1 values
    for value in values:
        place = bisect_left(longest, value)
        longest[place : place + 1] = [value]
    return len(values) - len(longest)
