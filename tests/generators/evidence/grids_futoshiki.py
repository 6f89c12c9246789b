"""Second opinions on futoshiki: a SAT encoding by order ("at least k"), solved afresh, finds and counts solutions."""

from collections.abc import Iterator
from itertools import combinations
from random import Random

import msgspec
from pysat.solvers import Cadical153

from generators.evidence import Evidence
from generators.grids.futoshiki import FAMILY, Instance


def judge(instance: Instance, answer: str) -> bool:
    size = instance.size
    numerals = [str(number) for number in range(1, size + 1)]
    rows = [line.split(" ") for line in answer.split("\n")]
    if len(rows) != size or any(sorted(line) != numerals for line in [*rows, *columns(rows)]):
        return False
    if any(
        given and row[c] != str(given)
        for row, givens in zip(rows, instance.puzzle, strict=True)
        for c, given in enumerate(givens)
    ):
        return False
    return all(rows[a // size][a % size] < rows[b // size][b % size] for a, b in instance.less)


def columns(rows: list[list[str]]) -> list[list[str]]:
    """The columns; a ragged square has none that could be right."""
    return [[*column] for column in zip(*rows, strict=True)] if len({len(row) for row in rows}) == 1 else [[]]


def recompute(instance: Instance) -> str:
    found = next(solutions(instance))
    size = instance.size
    return "\n".join(" ".join(map(str, found[start : start + size])) for start in range(0, size**2, size))


def count(instance: Instance) -> int:
    return sum(1 for _ in zip(range(2), solutions(instance), strict=False))


def solutions(instance: Instance) -> Iterator[list[int]]:
    """Literal (cell, k) says that the cell's number is at least k, for k from 2 to size."""
    size = instance.size

    def at_least(cell: int, k: int) -> int:
        return cell * (size - 1) + k - 1

    def is_not(cell: int, number: int) -> list[int]:
        below = [-at_least(cell, number)] if number > 1 else []
        return below + ([at_least(cell, number + 1)] if number < size else [])

    cells = range(size**2)
    with Cadical153() as solver:
        for cell in cells:
            for k in range(2, size):
                solver.add_clause([at_least(cell, k), -at_least(cell, k + 1)])
        for a, b in combinations(cells, 2):
            if a // size == b // size or a % size == b % size:
                for number in range(1, size + 1):
                    solver.add_clause(is_not(a, number) + is_not(b, number))
        for cell in cells:
            given = instance.puzzle[cell // size][cell % size]
            for number in range(1, size + 1) if given else ():
                if number != given:
                    solver.add_clause(is_not(cell, number))
        for a, b in instance.less:
            solver.add_clause([at_least(b, 2)])
            solver.add_clause([-at_least(a, size)])
            for k in range(2, size):
                solver.add_clause([-at_least(a, k), at_least(b, k + 1)])
        while solver.solve():
            true = {literal for literal in solver.get_model() if literal > 0}
            numbers = [1 + sum(at_least(cell, k) in true for k in range(2, size + 1)) for cell in cells]
            yield numbers
            solver.add_clause([literal for cell in cells for literal in is_not(cell, numbers[cell])])


def alternatives(instance: Instance) -> Iterator[str]:
    rows = recompute(instance).split("\n")
    yield "\n".join(row.replace(" ", ", ") for row in rows)
    yield "\n".join(row.replace(" ", "") for row in rows)
    yield "[" + ", ".join(f"[{row.replace(' ', ', ')}]" for row in rows) + "]"
    yield "\n".join(f"| {row.replace(' ', ' | ')} |" for row in rows)
    yield "; ".join(rows)


def near_misses(instance: Instance) -> Iterator[str]:
    size = instance.size
    rows = [row.split(" ") for row in recompute(instance).split("\n")]
    yield "\n".join(" ".join(str(number or "_") for number in row) for row in instance.puzzle)
    yield "\n".join(" ".join(row) for row in rows[::-1])
    yield "\n".join(" ".join(row[::-1]) for row in rows)
    if [*zip(*rows, strict=True)] != [*map(tuple, rows)]:
        yield "\n".join(" ".join(column) for column in zip(*rows, strict=True))
    yield "\n".join(" ".join(str(size + 1 - int(number)) for number in row) for row in rows)
    for number in range(1, size):
        names = {str(number): str(number + 1), str(number + 1): str(number)}
        yield "\n".join(" ".join(names.get(word, word) for word in row) for row in rows)
    for r in range(1, size):
        yield "\n".join(" ".join(row) for row in [*rows[: r - 1], rows[r], rows[r - 1], *rows[r + 1 :]])


def disguise(instance: Instance, rng: Random) -> Instance:
    """Quarter turns, a mirror image and the complement of the numbers, each or not."""
    for _ in range(rng.randrange(4)):
        instance = quarter_turn(instance)
    if rng.random() < 0.5:
        instance = mirrored(instance)
    return complement(instance) if rng.random() < 0.5 else instance


def quarter_turn(instance: Instance) -> Instance:
    """Clockwise: what stood in row r, column c stands in row c, column size - 1 - r."""
    size = instance.size

    def turned(grid: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(zip(*grid[::-1], strict=True))

    less = tuple(
        sorted(
            (a % size * size + size - 1 - a // size, b % size * size + size - 1 - b // size) for a, b in instance.less
        )
    )
    return Instance(puzzle=turned(instance.puzzle), less=less, solution=turned(instance.solution))


def mirrored(instance: Instance) -> Instance:
    size = instance.size

    def swapped(cell: int) -> int:
        return cell // size * size + size - 1 - cell % size

    return Instance(
        puzzle=tuple(row[::-1] for row in instance.puzzle),
        less=tuple(sorted((swapped(a), swapped(b)) for a, b in instance.less)),
        solution=tuple(row[::-1] for row in instance.solution),
    )


def complement(instance: Instance) -> Instance:
    size = instance.size
    return Instance(
        puzzle=tuple(tuple(n and size + 1 - n for n in row) for row in instance.puzzle),
        less=tuple(sorted((b, a) for a, b in instance.less)),
        solution=tuple(tuple(size + 1 - n for n in row) for row in instance.solution),
    )


def change(instance: Instance, rng: Random) -> Instance:
    """One more number given, or one more sign."""
    size = instance.size
    signed = {frozenset(pair) for pair in instance.less}
    free = [
        (a, b)
        for a, b in combinations(range(size**2), 2)
        if (b == a + size or (b == a + 1 and b % size)) and {a, b} not in signed
    ]
    if free and rng.random() < 0.5:
        a, b = rng.choice(free)
        rises = instance.solution[a // size][a % size] < instance.solution[b // size][b % size]
        return msgspec.structs.replace(instance, less=tuple(sorted([*instance.less, (a, b) if rises else (b, a)])))
    r, c = rng.choice([(r, c) for r in range(size) for c in range(size) if not instance.puzzle[r][c]])
    puzzle = [[*row] for row in instance.puzzle]
    puzzle[r][c] = instance.solution[r][c]
    return msgspec.structs.replace(instance, puzzle=tuple(map(tuple, puzzle)))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    solutions=count,
    rising=("size", "blanks", "guesses", "hidden_singles"),
)
