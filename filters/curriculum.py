"""Curriculum rows: the graded tasks worth training on, split by problem, balanced and put in order."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, get_args

import msgspec

from filters.agreement import disagreement
from filters.balance import balanced
from filters.config import CurriculumConfig, SplitShares
from filters.mix import mixed, share_name
from filters.order import ORDERINGS
from filters.quality import RolloutQuality, fault
from filters.sanity import sanity
from pipeline.seeding import derived_seed
from schemas import Agreement, Cause, CurriculumRow, Difficulty, LeftOut, Split, Task

SPLITS: tuple[Split, ...] = get_args(Split)


class Curriculum(NamedTuple):
    """The rows of each split, in training order, and the tasks with a wanted decision that are in none of them."""

    splits: dict[Split, list[CurriculumRow]]
    left_out: list[LeftOut]


def curriculum(
    tasks: Sequence[Task],
    difficulties: Iterable[Difficulty],
    config: CurriculumConfig,
    seed: int,
    qualities: Mapping[str, RolloutQuality] | None = None,
    agreements: Mapping[str, Agreement] | None = None,
) -> Curriculum:
    """The curriculum of the tasks that have a difficulty whose decision is to be kept.

    `qualities` and `agreements`, by task id, are what `config.quality` and `config.agreement` are asked of; tasks
    without one pass. A problem that a held-out level makes is out of distribution wherever it turns up. Raises
    ValueError when a task has several difficulties: a curriculum is for one model.
    """
    graded = _by_task(difficulties)
    held_out = {task.canonical for task in tasks if is_held_out(task, config.held_out)}
    rows: dict[Split, list[CurriculumRow]] = {split: [] for split in SPLITS}
    left_out: list[LeftOut] = []
    for task in tasks:
        difficulty = graded.get(task.id)
        if difficulty is None or difficulty.decision not in config.keep:
            continue
        found = _unfit(task, config, (qualities or {}).get(task.id), (agreements or {}).get(task.id))
        if found is not None:
            left_out.append(_left_out(task, *found))
            continue
        split: Split = "ood" if task.canonical in held_out else split_of(task.canonical, config.shares)
        rows[split].append(row_of(task, difficulty, split))
    rows["train"], dropped = balanced_and_mixed(rows["train"], config, seed)
    ordered = {split: ORDERINGS[config.order](members, seed) for split, members in rows.items()}
    return Curriculum(ordered, left_out + dropped)


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


def _unfit(
    task: Task, config: CurriculumConfig, quality: RolloutQuality | None, agreement: Agreement | None
) -> tuple[Cause, str] | None:
    """The first thing about a task itself that the config forbids: its question, its rollouts, their verdicts."""
    if config.sanity is not None and (faults := sanity(task, config.sanity)):
        return "malformed_prompt", "; ".join(map(": ".join, faults))
    if quality is not None and (found := fault(quality, config.quality)) is not None:
        return found
    if agreement is not None and config.agreement is not None:
        return disagreement(agreement, config.agreement)
    return None


def _too_common(rows: Sequence[CurriculumRow], kept: Sequence[CurriculumRow]) -> list[LeftOut]:
    cells = Counter((row.family, row.level) for row in rows)
    answers = Counter((row.family, row.level, row.answer) for row in rows)
    return [
        _left_out(
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
    return [_left_out(row, "mix", details[share_name(row, shares)]) for row in _without(rows, kept)]


def _without(rows: Sequence[CurriculumRow], kept: Sequence[CurriculumRow]) -> list[CurriculumRow]:
    stay = {row.id for row in kept}
    return [row for row in rows if row.id not in stay]


def _left_out(task: Task, cause: Cause, detail: str) -> LeftOut:
    return LeftOut(id=task.id, family=task.family, level=task.level, cause=cause, detail=detail)


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
