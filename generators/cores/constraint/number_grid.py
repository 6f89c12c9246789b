"""Square grids of the numbers 1 to size, row by row in one list, 0 for an empty cell: groups, reading, checking."""

from collections.abc import Sequence

from generators import answers
from schemas import Verdict
from schemas.verdict import malformed, wrong

Grid = tuple[tuple[int, ...], ...]


def lines(size: int) -> tuple[tuple[int, ...], ...]:
    """The cells of every row, then of every column."""
    across = range(size)
    rows = [tuple(r * size + c for c in across) for r in across]
    columns = [tuple(r * size + c for r in across) for c in across]
    return (*rows, *columns)


def as_rows(cells: Sequence[int], size: int) -> Grid:
    return tuple(tuple(cells[start : start + size]) for start in range(0, len(cells), size))


def row_text(row: Sequence[int]) -> str:
    """Numbers separated by spaces, an underscore for an empty cell."""
    return " ".join(str(number) if number else "_" for number in row)


def grid_text(grid: Grid) -> str:
    return "\n".join(row_text(row) for row in grid)


def row_format(size: int) -> str:
    """How a filled grid is to be written, for prompts."""
    row = row_text(range(1, size + 1))
    return f"Give the whole filled grid, one row on each line, its numbers separated by spaces, like `{row}`."


def filled_cells(puzzle: Grid, groups: Sequence[Sequence[int]], answer: str) -> list[int] | Verdict:
    """The numbers of an answer that keeps the given ones and repeats none in a group, or why it is not one."""
    size = len(puzzle)
    rows = answers.grid(answer, width=size)
    if rows is None or len(rows) != size:
        return malformed(f"expected {size} rows of {size} numbers")
    numbers = {str(number): number for number in range(1, size + 1)}
    filled = [numbers.get(token, 0) for row in rows for token in row]
    if 0 in filled:
        return malformed(f"a cell is not a number from 1 to {size}")
    given = [number for row in puzzle for number in row]
    for cell, number in enumerate(given):
        if number and filled[cell] != number:
            return wrong(f"{cell_name(cell, size)} was given as {number}")
    for group in groups:
        if len({filled[cell] for cell in group}) < len(group):
            return wrong(f"a number is repeated among {cell_name(group[0], size)} to {cell_name(group[-1], size)}")
    return filled


def cell_name(cell: int, size: int) -> str:
    return f"row {cell // size + 1}, column {cell % size + 1}"
