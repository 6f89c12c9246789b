"""Second opinions on sudoku: an exact cover search finds and counts solutions, and digit counts judge an answer."""

from collections.abc import Iterator
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.grids.sudoku import FAMILY, Instance

Choice = tuple[int, int, int]
Need = tuple[str, int, int]


def judge(instance: Instance, answer: str) -> bool:
    """Each need of the rules is met exactly once: as many different needs as cells, four times over."""
    words = [line.split(" ") for line in answer.split("\n")]
    if any(not (word.isascii() and word.isdecimal() and str(int(word)) == word) for row in words for word in row):
        return False
    rows = [[int(word) for word in row] for row in words]
    size = instance.size
    if len(rows) != size or any(len(row) != size or not all(0 < n <= size for n in row) for row in rows):
        return False
    choices = [(r, c, rows[r][c]) for r in range(size) for c in range(size)]
    met = {need for choice in choices for need in needs(instance, choice)}
    return len(met) == 4 * size**2 and all(instance.puzzle[r][c] in (0, n) for r, c, n in choices)


def recompute(instance: Instance) -> str:
    found = next(solutions(instance))
    size = instance.size
    return "\n".join(" ".join(str(found[r, c]) for c in range(size)) for r in range(size))


def count(instance: Instance) -> int:
    return sum(1 for _ in zip(range(2), solutions(instance), strict=False))


def needs(instance: Instance, choice: Choice) -> tuple[Need, ...]:
    r, c, n = choice
    box = r // instance.box_rows * instance.box_rows + c // instance.box_columns
    return ("cell", r, c), ("row", r, n), ("column", c, n), ("box", box, n)


def solutions(instance: Instance) -> Iterator[dict[tuple[int, int], int]]:
    """Knuth's algorithm X over cells, row numbers, column numbers and box numbers."""
    size = instance.size
    choices = [
        (r, c, n)
        for r, row in enumerate(instance.puzzle)
        for c, given in enumerate(row)
        for n in ([given] if given else range(1, size + 1))
    ]
    open_needs: dict[Need, set[Choice]] = {}
    for choice in choices:
        for need in needs(instance, choice):
            open_needs.setdefault(need, set()).add(choice)
    if len(open_needs) == 4 * size**2:
        for chosen in covers(instance, open_needs, []):
            yield {(r, c): n for r, c, n in chosen}


def covers(instance: Instance, open_needs: dict[Need, set[Choice]], chosen: list[Choice]) -> Iterator[list[Choice]]:
    if not open_needs:
        yield chosen[:]
        return
    need = min(open_needs, key=lambda need: len(open_needs[need]))
    for choice in sorted(open_needs[need]):
        removed = {met: open_needs.pop(met) for met in needs(instance, choice)}
        struck = [
            (other_need, other)
            for others in removed.values()
            for other in others
            for other_need in needs(instance, other)
            if other_need in open_needs and other in open_needs[other_need]
        ]
        struck = list(dict.fromkeys(struck))
        for other_need, other in struck:
            open_needs[other_need].discard(other)
        yield from covers(instance, open_needs, [*chosen, choice])
        for other_need, other in struck:
            open_needs[other_need].add(other)
        open_needs.update(removed)


def alternatives(instance: Instance) -> Iterator[str]:
    rows = recompute(instance).split("\n")
    yield "\n".join(row.replace(" ", ", ") for row in rows)
    yield "\n".join(f"[{row.replace(' ', ', ')}]" for row in rows)
    yield "[" + ", ".join(f"[{row.replace(' ', ', ')}]" for row in rows) + "]"
    yield "\n".join(f"| {row.replace(' ', ' | ')} |" for row in rows)
    yield "; ".join(rows)
    if instance.size < 10:
        yield "\n".join(row.replace(" ", "") for row in rows)


def near_misses(instance: Instance) -> Iterator[str]:
    size = instance.size
    rows = [row.split(" ") for row in recompute(instance).split("\n")]
    yield "\n".join(" ".join(str(number) for number in row) for row in instance.puzzle)
    yield "\n".join(" ".join(str(number or "_") for number in row) for row in instance.puzzle)
    yield "\n".join(" ".join(row) for row in rows[1:] + rows[:1])
    if [*zip(*rows, strict=True)] != [*map(tuple, rows)]:
        yield "\n".join(" ".join(column) for column in zip(*rows, strict=True))
    yield "\n".join(" ".join(str(int(number) % size + 1) for number in row) for row in rows)
    yield " ".join(number for row in rows for number in row)
    for r in range(size):
        for c in range(size):
            if not instance.puzzle[r][c]:
                other = [[*row] for row in rows]
                other[r][c], other[r][c - 1] = other[r][c - 1], other[r][c]
                yield "\n".join(" ".join(row) for row in other)


def disguise(instance: Instance, rng: Random) -> Instance:
    """Numbers renamed, rows and columns moved as far as the boxes allow, square boxes transposed half the time."""
    size = instance.size
    names = [0, *rng.sample(range(1, size + 1), size)]
    rows = shuffled(size, instance.box_rows, rng)
    columns = shuffled(size, instance.box_columns, rng)
    turn = instance.box_rows == instance.box_columns and rng.random() < 0.5

    def moved(grid: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        image = tuple(tuple(names[grid[r][c]] for c in columns) for r in rows)
        return tuple(zip(*image, strict=True)) if turn else image

    return msgspec.structs.replace(instance, puzzle=moved(instance.puzzle), solution=moved(instance.solution))


def shuffled(size: int, bundle: int, rng: Random) -> list[int]:
    bundles = [rng.sample(range(start, start + bundle), bundle) for start in range(0, size, bundle)]
    return [line for lines in rng.sample(bundles, len(bundles)) for line in lines]


def change(instance: Instance, rng: Random) -> Instance:
    """One more cell given."""
    size = instance.size
    blanks = [(r, c) for r in range(size) for c in range(size) if not instance.puzzle[r][c]]
    r, c = rng.choice(blanks)
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
    rising=("size", "blanks"),
)
