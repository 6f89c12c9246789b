"""Curriculum rows: the graded tasks worth training on, split by problem and put in order."""

from collections.abc import Iterable, Mapping
from typing import get_args

import msgspec

from filters.config import CurriculumConfig, SplitShares
from filters.order import ORDERINGS
from pipeline.seeding import derived_seed
from schemas import CurriculumRow, Difficulty, Split, Task

SPLITS: tuple[Split, ...] = get_args(Split)


def curriculum(
    tasks: Iterable[Task], difficulties: Iterable[Difficulty], config: CurriculumConfig, seed: int
) -> dict[Split, list[CurriculumRow]]:
    """The rows of each split, in training order. Tasks without a difficulty, or not to be kept, are left out.

    Raises ValueError when a task has several difficulties: a curriculum is for one model.
    """
    graded = _by_task(difficulties)
    rows: dict[Split, list[CurriculumRow]] = {split: [] for split in SPLITS}
    for task in tasks:
        difficulty = graded.get(task.id)
        if difficulty is not None and difficulty.decision in config.keep:
            split = split_of(task.canonical, config.shares)
            rows[split].append(row_of(task, difficulty, split))
    return {split: ORDERINGS[config.order](members, seed) for split, members in rows.items()}


def split_of(canonical: str, shares: SplitShares) -> Split:
    """The split of a problem: a function of the problem alone, whatever the run, the seed or the prompt's style.

    A problem never changes sides between runs with equal shares, so shards of different runs can be joined.
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


def _by_task(difficulties: Iterable[Difficulty]) -> Mapping[str, Difficulty]:
    graded: dict[str, Difficulty] = {}
    for difficulty in difficulties:
        if (before := graded.get(difficulty.task_id)) is not None:
            raise ValueError(
                f"task {difficulty.task_id} is graded twice, for {before.model} and for {difficulty.model}: "
                "give the difficulties of one model, each once"
            )
        graded[difficulty.task_id] = difficulty
    return graded
