"""What a model can do, from several samples a task: pass@1, pass@k, majority votes, and what a right answer costs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

import msgspec

from filters.monitors import majority
from pipeline.statistics import pass_at, wilson
from schemas import Rollout, Task
from trainer.config import HELD_OUT

TOTAL = "all"


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """One family and level, or all of them together, over the samples that the verifier could judge.

    `pass_at_1` is the mean over tasks of the share of right samples, with a 95 % interval over tasks; `pass_at` the
    chance that one of k samples is right, by k; `majority` the share of tasks whose commonest answer is right (none at
    all is wrong).
    `tokens_per_right` counts the tokens of all samples. None where there is nothing to count.
    """

    split: str = HELD_OUT
    family: str
    level: int
    tasks: int
    samples: int
    undecided: int
    truncated: float
    pass_at_1: float | None
    low: float | None
    high: float | None
    pass_at: dict[int, float]
    majority: float | None
    tokens_per_right: float | None


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks that were solved at least once in one of two evaluations only, by id."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


def scores_of(tasks: Sequence[Task], rollouts: Iterable[Rollout], split: str = HELD_OUT) -> list[Scores]:
    """Of one split: all together first, then every family and level."""
    by_task: dict[str, list[Rollout]] = defaultdict(list)
    for rollout in rollouts:
        by_task[rollout.task_id].append(rollout)
    cells: dict[tuple[str, int], list[list[Rollout]]] = defaultdict(list)
    for task in tasks:
        cells[task.family, task.level].append(by_task[task.id])
    everything = [own for members in cells.values() for own in members]
    return [_scores(split, TOTAL, 0, everything), *(_scores(split, *cell, cells[cell]) for cell in sorted(cells))]


def support(before: Iterable[Rollout], after: Iterable[Rollout]) -> Support:
    """What was gained and lost, of the tasks that are in both."""
    earlier, later = _solved(before), _solved(after)
    both = earlier.keys() & later.keys()
    return Support(
        gained=tuple(sorted(key for key in both if later[key] and not earlier[key])),
        lost=tuple(sorted(key for key in both if earlier[key] and not later[key])),
    )


def _scores(split: str, family: str, level: int, members: Sequence[Sequence[Rollout]]) -> Scores:
    samples = [rollout for own in members for rollout in own]
    judged = [[rollout for rollout in own if rollout.score is not None] for own in members]
    judged = [own for own in judged if own]
    right = [sum(rollout.score == 1.0 for rollout in own) for own in judged]
    rates = [count / len(own) for count, own in zip(right, judged, strict=True)]
    low, high = _interval(rates, sum(map(len, judged)))
    return Scores(
        split=split,
        family=family,
        level=level,
        tasks=len(members),
        samples=len(samples),
        undecided=len(samples) - sum(map(len, judged)),
        truncated=fmean(rollout.finish == "length" for rollout in samples) if samples else 0.0,
        pass_at_1=fmean(rates) if rates else None,
        low=low,
        high=high,
        pass_at={
            k: fmean(pass_at(len(own), count, k) for count, own in zip(right, judged, strict=True))
            for k in _powers(min(map(len, judged), default=0))
        },
        majority=fmean(map(majority, judged)) if judged else None,
        tokens_per_right=sum(rollout.completion_tokens for rollout in samples) / sum(right) if sum(right) else None,
    )


def _powers(most: int) -> list[int]:
    return [k for k in (1 << power for power in range(1, 12)) if k <= most]


def _interval(rates: Sequence[float], samples: int) -> tuple[float | None, float | None]:
    """Wilson's interval with as many trials as the spread of the tasks' rates says: samples of one task are alike."""
    if not rates:
        return None, None
    mean = fmean(rates)
    error = sum((rate - mean) ** 2 for rate in rates) / (len(rates) * max(1, len(rates) - 1))
    trials = min(max(mean * (1 - mean) / error, len(rates)), samples) if error else len(rates)
    return wilson(mean * trials, trials)


def _solved(rollouts: Iterable[Rollout]) -> dict[str, bool]:
    solved: dict[str, bool] = {}
    for rollout in rollouts:
        solved[rollout.task_id] = solved.get(rollout.task_id, False) or rollout.score == 1.0
    return solved
