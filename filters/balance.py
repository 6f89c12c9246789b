"""No gold answer too common: so that giving one answer to all tasks of a family and level scores at chance."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from filters.order import lot
from schemas import CurriculumRow

Cell = tuple[str, int]
"""Family and level."""


def balanced(rows: Sequence[CurriculumRow], most_common: float, seed: int) -> list[CurriculumRow]:
    """The most rows in which no gold answer has more than a share of `most_common` of its family and level.

    Every answer stays: where a cell has only k answers and 1/k is more than `most_common`, 1/k is the bound. Of a
    common answer's rows it is drawn which ones stay.
    """
    cells: dict[Cell, dict[str, list[CurriculumRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        cells[row.family, row.level][row.answer].append(row)
    kept: set[str] = set()
    for answers in cells.values():
        most = most_each(map(len, answers.values()), most_common)
        for members in answers.values():
            kept |= {row.id for row in sorted(members, key=lambda row: lot(row, seed, "balance"))[:most]}
    return [row for row in rows if row.id in kept]


def most_each(counts: Iterable[int], most_common: float) -> int:
    """How many rows each answer may keep, for the counts of a cell's answers.

    With at most t of each, n(t) = sum of min(count, t) rows stay and the commonest has t / n(t) of them, which
    grows with t: so the largest t that is allowed is found by bisection, and 1 always is.

    >>> most_each([50, 3, 3, 3, 3], 0.25)
    4
    """
    sizes = list(counts)
    bound = max(Fraction(most_common).limit_denominator(10**6), Fraction(1, len(sizes)))
    allowed, refused = 1, max(sizes) + 1
    while refused - allowed > 1:
        middle = (allowed + refused) // 2
        if middle <= bound * sum(min(size, middle) for size in sizes):
            allowed = middle
        else:
            refused = middle
    return allowed
