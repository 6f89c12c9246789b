"""The orders in which a curriculum can be trained on: each holds every row once."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Literal

from pipeline.seeding import derived_seed
from schemas import CurriculumRow

OrderName = Literal["easy_to_hard", "interleaved", "shuffled", "staged", "cyclical", "learnability"]
Ordering = Callable[[Iterable[CurriculumRow], int], list[CurriculumRow]]

CYCLES = 4
"""How often `cyclical` goes back to the easy rows. Ours: the paper leaves it to the user."""


def lot(row: CurriculumRow, seed: int, purpose: str) -> tuple[int, str]:
    """The row's place in a shuffle, drawn for it and the purpose alone."""
    return derived_seed(seed, purpose, row.id), row.id


def easy_to_hard(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """The highest pass rate first; equals in an order of their own."""
    return sorted(rows, key=lambda row: (-row.pass_rate, row.id))


def learnability(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """The highest p(1 - p) first, p the pass rate: the variance of a right-or-wrong reward.

    Sampling for learnability (Rutherford et al., "No Regrets", arXiv 2408.15099).
    """
    return sorted(rows, key=lambda row: (-row.pass_rate * (1 - row.pass_rate), row.id))


def shuffled(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """An order drawn from the seed, whatever order the rows come in."""
    return sorted(rows, key=lambda row: lot(row, seed, "order"))


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


def staged(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """A broad stage over the whole range of difficulty, interleaved; then a hard stage, the hardest last.

    After DRIVE (arXiv 2511.06307), which trains on a large uniform set first and then goes on with the hardest
    problems alone. It meets those twice; here every row stands once, so the harder half is dealt out in turn, its
    hardest row to the hard stage, the next to the broad one: the hard stage holds a quarter of all rows.
    """
    easiest_first = easy_to_hard(rows, seed)
    harder = easiest_first[ceil(len(easiest_first) / 2) :]
    hard_stage = harder[::-1][::2][::-1]
    kept_back = {row.id for row in hard_stage}
    return interleaved((row for row in easiest_first if row.id not in kept_back), seed) + hard_stage


def cyclical(rows: Iterable[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """CYCLES times over: rows drawn from the easiest quarter, then from a range that widens to all difficulties.

    After cyclical curriculum learning (Kesgin and Amasyali, arXiv 2202.05531), where training goes back and forth
    between an easy subset and all the data; there rows come back in each cycle, here each cycle has its own rows,
    every CYCLES-th by difficulty.
    """
    easiest_first = easy_to_hard(rows, seed)
    return [row for start in range(CYCLES) for row in _widening(easiest_first[start::CYCLES], seed)]


def _widening(easiest_first: Sequence[CurriculumRow], seed: int) -> list[CurriculumRow]:
    """Each row drawn from those open by then: a quarter at first, all from the middle on."""
    size = len(easiest_first)
    lots: list[tuple[tuple[int, str], int]] = []
    opened = 0
    ordered: list[CurriculumRow] = []
    for step in range(size):
        wanted = min(size, ceil(size / 4 + 1.5 * step))
        for place in range(opened, wanted):
            heapq.heappush(lots, (lot(easiest_first[place], seed, "order"), place))
        opened = wanted
        ordered.append(easiest_first[heapq.heappop(lots)[1]])
    return ordered


ORDERINGS: dict[OrderName, Ordering] = {
    "easy_to_hard": easy_to_hard,
    "interleaved": interleaved,
    "shuffled": shuffled,
    "staged": staged,
    "cyclical": cyclical,
    "learnability": learnability,
}
