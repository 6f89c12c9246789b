"""The orders in which a curriculum can be trained on."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Literal

from pipeline.seeding import derived_seed
from schemas import CurriculumRow

OrderName = Literal["easy_to_hard", "interleaved", "shuffled"]
Ordering = Callable[[Iterable[CurriculumRow], int], list[CurriculumRow]]


def easy_to_hard(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """The highest pass rate first; equals in an order of their own."""
    return sorted(rows, key=lambda row: (-row.pass_rate, row.id))


def shuffled(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """An order drawn from the seed, whatever order the rows come in."""
    return sorted(rows, key=lambda row: (derived_seed(seed, "order", row.id), row.id))


def interleaved(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """Shuffled, each family spread evenly, so that every stretch holds the families in the shares of the whole."""
    families: dict[str, list[CurriculumRow]] = defaultdict(list)
    for row in shuffled(rows, seed):
        families[row.family].append(row)
    placed = [
        ((rank + 0.5) / len(members), family, row)
        for family, members in families.items()
        for rank, row in enumerate(members)
    ]
    return [row for *_, row in sorted(placed, key=lambda place: place[:2])]


ORDERINGS: dict[OrderName, Ordering] = {
    "easy_to_hard": easy_to_hard,
    "interleaved": interleaved,
    "shuffled": shuffled,
}
