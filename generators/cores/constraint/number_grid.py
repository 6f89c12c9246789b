"""Square grids of the numbers 1 to size, 0 for an empty cell: cells as variables, reading, showing, judging.

Cell (r, c) is variable r * size + c, number v is value v - 1.
"""

import re
from collections.abc import Iterable, Sequence

from generators import answers
from generators.cores.constraint.by_hand import filled_in
from generators.cores.constraint.rules import Clue, Fact, Rules, broken
from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

Grid = tuple[tuple[int, ...], ...]

_WRITTEN = re.compile(r"[1-9][0-9]?(?:[ \n][1-9][0-9]?)*", re.ASCII)
_ROW = re.compile(r"\s*row ([0-9]{1,2}) ?:", re.ASCII | re.IGNORECASE)


def lines(size: int) -> tuple[tuple[int, ...], ...]:
    """The cells of every row, then of every column."""
    across = range(size)
    rows = [tuple(r * size + c for c in across) for r in across]
    columns = [tuple(r * size + c for r in across) for c in across]
    return (*rows, *columns)


def givens(puzzle: Grid) -> list[Fact]:
    """The numbers that stand in a grid."""
    size = len(puzzle)
    return [Fact(r * size + c, number - 1) for r, row in enumerate(puzzle) for c, number in enumerate(row) if number]


def grid_of(facts: Iterable[Fact], size: int) -> Grid:
    """The grid in which these numbers stand."""
    cells = [0] * size**2
    for cell, value in facts:
        cells[cell] = value + 1
    return tuple(tuple(cells[start : start + size]) for start in range(0, size**2, size))


def row_text(row: Sequence[int]) -> str:
    """Numbers separated by spaces, an underscore for an empty cell."""
    return " ".join(str(number) if number else "_" for number in row)


def grid_text(grid: Grid) -> str:
    return "\n".join(row_text(row) for row in grid)


def row_format(size: int) -> str:
    """How a filled grid is to be written, for prompts."""
    row = row_text(range(1, size + 1))
    return f"Give the whole filled grid, one row on each line, its numbers separated by spaces, like `{row}`."


def judged(answer: str, size: int, rules: Rules, clues: Sequence[Clue]) -> Verdict:
    """Whether an answer is a full grid that keeps the rules and the clues: given numbers, and signs between cells."""
    rows = answers.grid(_bare(answer), width=size)
    if rows is None or len(rows) != size:
        return malformed(f"expected {size} rows of {size} numbers")
    values = {str(number): number - 1 for number in range(1, size + 1)}
    filled = [values.get(token, -1) for row in rows for token in row]
    if -1 in filled:
        return malformed(f"a cell is not a number from 1 to {size}")
    fault = broken(rules, clues, filled)
    if fault is None:
        return correct()
    if fault.group:
        first, last = (cell_name(cell, size) for cell in (fault.group[0], fault.group[-1]))
        return wrong(f"a number is repeated in the group from {first} to {last}")
    clue = clues[fault.clue]
    if isinstance(clue, Fact):
        return wrong(f"{cell_name(clue.variable, size)} was given as {clue.value + 1}")
    return wrong(f"the sign between {' and '.join(cell_name(cell, size) for cell in clue.variables)} does not hold")


def steps_by_hand(rules: Rules, clues: Sequence[Clue], solution: Grid) -> tuple[str, ...]:
    """The grid filled in cell by cell, with the reason for each."""
    size = len(solution)
    told = []
    for cell, value, group in filled_in(rules, clues, [number - 1 for row in solution for number in row]):
        reason = "nothing else is left there"
        if group is None:
            reason = "whatever else is tried there leads to a contradiction"
        elif group >= 0:
            reason = f"it has no other place in that {('row', 'column', 'box')[group // size]}"
        told.append(f"{cell_name(cell, size)} is {value + 1}: {reason}.")
    return (*told[:-1], f"{told[-1]}\nThe whole grid:\n{grid_text(solution)}")


def is_grid(answer: str, grid: Grid) -> bool | None:
    """Whether an answer is the one grid that fits; None for a grid that `grid_text` would write otherwise."""
    if _WRITTEN.fullmatch(answer) is None:
        return None
    return answer == grid_text(grid)


def _bare(answer: str) -> str:
    """The answer without lines that only rule off, and without `Row 1:`, `Row 2:`, … before all its lines."""
    lines = [line for line in answer.split("\n") if line.strip() and not _rules_off(line)]
    named = [_ROW.match(line) for line in lines]
    if all(match and int(match[1]) == place for place, match in enumerate(named, start=1)):
        lines = [line[match.end() :] for line, match in zip(lines, named, strict=True) if match]
    return "\n".join(lines)


def _rules_off(line: str) -> bool:
    """Whether a line is like `|---|---|` or `----+----`."""
    return not line.strip("-+|=: \t\r") and ("--" in line or "==" in line)


def cell_name(cell: int, size: int) -> str:
    return f"row {cell // size + 1}, column {cell % size + 1}"
