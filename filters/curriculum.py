"""Curriculum rows: the tasks worth training on, split by problem, balanced and put in order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, get_args

import msgspec

from filters.balance import balanced
from filters.config import CurriculumConfig, SplitShares
from filters.mix import mixed, share_name
from filters.order import ORDERINGS
from filters.selection import by_task, left_out_as
from pipeline.seeding import derived_seed
from schemas import CurriculumRow, Difficulty, LeftOut, Split, Task

SPLITS: tuple[Split, ...] = get_args(Split)


class Curriculum(NamedTuple):
    """The rows of each split, in training order, and the tasks that are in none of them."""

    splits: dict[Split, list[CurriculumRow]]
    left_out: list[LeftOut]


def curriculum(
    selected: Sequence[Task],
    difficulties: Iterable[Difficulty],
    config: CurriculumConfig,
    seed: int,
    held_out: AbstractSet[str] = frozenset(),
) -> Curriculum:
    """The curriculum of the tasks that are worth training on, each with its difficulty.

    `held_out` has the canonical keys of the problems that are out of distribution wherever they turn up. Raises
    ValueError when a task has several difficulties: a curriculum is for one model.
    """
    graded = by_task(difficulties)
    rows: dict[Split, list[CurriculumRow]] = {split: [] for split in SPLITS}
    for task in selected:
        split: Split = "ood" if task.canonical in held_out else split_of(task.canonical, config.shares)
        rows[split].append(row_of(task, graded[task.id], split))
    rows["train"], dropped = balanced_and_mixed(rows["train"], config, seed)
    return Curriculum({split: ORDERINGS[config.order](members, seed) for split, members in rows.items()}, dropped)


def balanced_and_mixed(
    rows: list[CurriculumRow], config: CurriculumConfig, seed: int
) -> tuple[list[CurriculumRow], list[LeftOut]]:
    """The rows that `most_common_answer` and `mix` leave, and the others.

    Either alone leaves the most rows it can. With both, rows go by turns until both hold.
    """
    dropped: list[LeftOut] = []
    before = None
    while before != len(rows):
        before = len(rows)
        if config.most_common_answer is not None:
            kept = balanced(rows, config.most_common_answer, seed)
            dropped += _too_common(rows, kept)
            rows = kept
        if config.mix:
            kept = mixed(rows, config.mix, seed)
            dropped += _over_their_share(rows, kept, config.mix)
            rows = kept
    return rows, dropped


def is_held_out(task: Task, held_out: Mapping[str, Sequence[int]]) -> bool:
    """Whether the task's family is named with its level, or with none."""
    levels = held_out.get(task.family)
    return levels is not None and (not levels or task.level in levels)


def split_of(canonical: str, shares: SplitShares) -> Split:
    """The split of a problem: a function of the problem alone, whatever the run, the seed or the prompt's style.

    A problem never changes sides between runs with equal shares and nothing held out, so shards of different runs
    can be joined.
    """
    place = (derived_seed(0, "split", canonical) >> 10) / 2**53  # 53 bits, so that it stays below 1
    if place < shares.train:
        return "train"
    return "validation" if place < shares.train + shares.validation else "test"


def row_of(task: Task, difficulty: Difficulty, split: Split) -> CurriculumRow:
    """The task with its difficulty beside it."""
    return CurriculumRow(
        **msgspec.structs.asdict(task),
        pass_rate=difficulty.mean,
        pass_low=difficulty.low,
        pass_high=difficulty.high,
        successes=difficulty.successes,
        samples=difficulty.samples,
        model=difficulty.model,
        revision=difficulty.revision,
        decision=difficulty.decision,
        split=split,
    )


def _too_common(rows: Sequence[CurriculumRow], kept: Sequence[CurriculumRow]) -> list[LeftOut]:
    cells = Counter((row.family, row.level) for row in rows)
    answers = Counter((row.family, row.level, row.answer) for row in rows)
    return [
        left_out_as(
            row,
            "common_answer",
            f"its answer is that of {answers[row.family, row.level, row.answer]:,} of the "
            f"{cells[row.family, row.level]:,} tasks of its family and level",
        )
        for row in _without(rows, kept)
    ]


def _over_their_share(
    rows: Sequence[CurriculumRow], kept: Sequence[CurriculumRow], shares: Mapping[str, float]
) -> list[LeftOut]:
    there, stay = (Counter(share_name(row, shares) for row in some) for some in (rows, kept))
    details = {
        name: f"{stay[name]:,} of {there[name]:,} make {name}'s share of {shares[name]:.0%}"
        if name is not None
        else "neither its family nor its domain has a share"
        for name in there
    }
    return [left_out_as(row, "mix", details[share_name(row, shares)]) for row in _without(rows, kept)]


def _without(rows: Sequence[CurriculumRow], kept: Sequence[CurriculumRow]) -> list[CurriculumRow]:
    stay = {row.id for row in kept}
    return [row for row in rows if row.id not in stay]
