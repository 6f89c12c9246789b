"""Rollouts and tokens that a difficulty filter needs on stored rollouts of real models, over all their orders.

A pool (benchmarks/rollouts_pool.py, benchmarks/tiny_pool.py) has 64 samples of each task. What is true of a task is
what all 64 say: a decision is false with its posterior probability after them (Jeffreys' prior, `ZONE` as in
difficulty_exact.py). So a fixed 64 would be judged by the very samples it saw, and is left out; the others saw a part.
The mean over all orders of a task's samples is exact: after w successes in n samples the next of s in 64 succeeds with
probability (s - w) / (64 - n). Priors are fitted to the first rounds that are to be expected of each (family, level).
A group of 8 is drawn from the samples that the rule has not seen, of which it therefore leaves at least 8.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.difficulty_exact import (
    ERRORS,
    GROUP,
    HIGH,
    IN_BAND,
    LOW,
    ROUND,
    SIZES,
    ZONE,
    Cost,
    Grid,
    rollouts_at,
    some_right_some_wrong,
)
from benchmarks.rollouts_pool import Rolled
from filters.beta import JEFFREYS, Beta, beta_cdf
from filters.config import DifficultyConfig
from filters.prior import Cell, priors_by_cell
from filters.sequential import GO_ON, UNDECIDED, DecisionTable, decision_errors, decision_table, fixed_table, outcomes

SAMPLES = 64
MOST = SAMPLES - GROUP
"""What a rule may see of a task."""


class Samples(NamedTuple):
    """A task's samples: how many succeeded, and the mean tokens of those that did and of those that didn't."""

    cell: Cell
    successes: int
    tokens_right: float
    tokens_wrong: float


@dataclass(frozen=True)
class StoredCost(Cost):
    """Means over the tasks and the orders of their samples; `tokens` are those sampled for a task."""

    tokens: float


def samples_of(pool: Sequence[Rolled]) -> list[Samples]:
    """The tasks that have a verdict on every sample."""
    found: list[Samples] = []
    for rolled in pool:
        if len(rolled.scores) != SAMPLES or None in rolled.scores:
            continue
        tokens: dict[bool, list[int]] = defaultdict(list)
        for score, count in zip(rolled.scores, rolled.completion_tokens, strict=True):
            tokens[score == 1.0].append(count)
        right, wrong = (mean(tokens[each]) if tokens[each] else 0.0 for each in (True, False))
        found.append(Samples((rolled.task.family, rolled.task.level, ""), len(tokens[True]), right, wrong))
    return found


def alive_and_ended(table: DecisionTable, successes: int) -> tuple[Grid, Grid]:
    """The probability that a task of so many successes in 64 goes on, or ends, at each [successes, failures]."""
    alive, ended = np.zeros(table.numbers.shape), np.zeros(table.numbers.shape)
    reached = np.ones(1)
    for samples in range(table.cap + 1):
        wins, losses = outcomes(samples)
        stops = table.numbers[wins, losses] != GO_ON
        ended[wins, losses], alive[wins, losses] = reached * stops, reached * ~stops
        if samples < table.cap:
            right = alive[wins, losses] * (successes - wins) / (SAMPLES - samples)
            reached = np.append(alive[wins, losses] - right, 0.0)
            reached[1:] += right
    return alive, ended


def cost(table: DecisionTable, tasks: Sequence[Samples]) -> StoredCost:
    """The means of a rule that keeps the tasks it finds in band."""
    walks = {successes: alive_and_ended(table, successes) for successes in {task.successes for task in tasks}}
    wins, samples = np.arange(table.cap + 1)[:, None], np.add.outer(*(np.arange(table.cap + 1),) * 2)
    rollouts = tokens = error = kept = flat = 0.0
    for task in tasks:
        alive, ended = walks[task.successes]
        right = float((alive * (task.successes - wins) / np.maximum(SAMPLES - samples, 1)).sum())
        rollouts += float(alive.sum())
        tokens += right * task.tokens_right + (float(alive.sum()) - right) * task.tokens_wrong
        keeps = float(ended[table.numbers == IN_BAND].sum())
        keeping_is_false, dropping_is_false = false_of(task.successes)
        error += keeps * keeping_is_false + (1 - keeps) * dropping_is_false
        kept += keeps
        flat += sum(
            float(ended[right, wrong]) * flat_group(task.successes - right, SAMPLES - task.successes - wrong)
            for right, wrong in zip(*(axis.tolist() for axis in np.nonzero(kept_at(ended, table))), strict=True)
        )
    count = len(tasks)
    return StoredCost(
        rollouts=rollouts / count,
        tokens=tokens / count,
        error=error / count,
        kept=kept / count,
        zero_variance=flat / kept if kept else 0.0,
    )


def by_cell(error: float, tasks: Sequence[Samples], priors: Mapping[Cell, Beta], forced: bool = True) -> StoredCost:
    """Ours, where each cell has its prior, or Jeffreys'."""
    own: dict[Beta, list[Samples]] = defaultdict(list)
    for task in tasks:
        own[priors.get(task.cell, JEFFREYS)].append(task)
    parts = [(len(some), cost(sequential(error, prior, forced), some)) for prior, some in own.items()]

    def mean_of(values: Callable[[StoredCost], float]) -> float:
        return sum(count * values(each) for count, each in parts) / len(tasks)

    kept = mean_of(lambda each: each.kept)
    return StoredCost(
        rollouts=mean_of(lambda each: each.rollouts),
        tokens=mean_of(lambda each: each.tokens),
        error=mean_of(lambda each: each.error),
        kept=kept,
        zero_variance=mean_of(lambda each: each.kept * each.zero_variance) / kept if kept else 0.0,
    )


def fitted(tasks: Sequence[Samples]) -> dict[Cell, Beta]:
    """The prior of each cell, from how many of each first round are to be expected."""
    first = fixed_table(ROUND, LOW, HIGH)
    wins, losses = outcomes(ROUND)
    seen: dict[Cell, dict[tuple[int, int], float]] = {}
    for cell in {task.cell for task in tasks}:
        ended = sum(alive_and_ended(first, task.successes)[1] for task in tasks if task.cell == cell)
        counts = np.asarray(ended)[wins, losses]
        seen[cell] = {(int(win), ROUND - int(win)): float(counts[win]) for win in wins}
    return priors_by_cell(seen)


def false_of(successes: int) -> tuple[float, float]:
    """The probability that keeping the task is false, and that dropping it is, after all samples."""
    belief = JEFFREYS.after(successes, SAMPLES - successes)
    keeping = beta_cdf(belief, LOW - ZONE) + 1 - beta_cdf(belief, HIGH + ZONE)
    return keeping, beta_cdf(belief, HIGH - ZONE) - beta_cdf(belief, LOW + ZONE)


def kept_at(ended: Grid, table: DecisionTable) -> NDArray[np.bool_]:
    """Where a task is kept: `ended` there is more than a rounding error."""
    return np.asarray((table.numbers == IN_BAND) & (ended > 1e-12))


def flat_group(right: int, wrong: int, size: int = GROUP) -> float:
    """The probability that `size` of so many right and wrong samples, drawn without replacement, are all alike."""
    return (math.comb(right, size) + math.comb(wrong, size)) / math.comb(right + wrong, size)


def sequential(error: float, prior: Beta, forced: bool = True) -> DecisionTable:
    """Ours; where it is forced, a task that is undecided at the cap goes to the side with the smaller posterior error,
    and where it is not, such a task is not kept."""
    table = decision_table(
        DifficultyConfig(band_low=LOW, band_high=HIGH, zone=ZONE, cap=MOST, round_size=ROUND, error=error), prior
    )
    if not forced:
        return table
    best = decision_errors(LOW, HIGH, ZONE, MOST, prior).argmin(axis=0)
    return DecisionTable(np.where(table.numbers == UNDECIDED, best, table.numbers).astype(np.int8))


def at_equal_error(pool: str, tasks: Sequence[Samples]) -> Iterator[dict[str, Any]]:
    """One row for each fixed size: what each rule costs at the fixed size's error, and at that of 0 < mean < 1."""
    priors = fitted(tasks)
    jeffreys = [by_cell(error, tasks, {}) for error in ERRORS]
    ours = [by_cell(error, tasks, priors) for error in ERRORS]
    for size in (size for size in SIZES if size < SAMPLES):
        field, naive = cost(fixed_table(size, LOW, HIGH), tasks), cost(some_right_some_wrong(size), tasks)
        rollouts, tokens = rollouts_at(ours, field.error), tokens_at(ours, field.error)
        yield {
            "pool": pool,
            "fixed": size,
            "error": field.error,
            "jeffreys": rollouts_at(jeffreys, field.error),
            "ours": rollouts,
            "times_fewer": size / rollouts,
            "tokens": field.tokens,
            "tokens_ours": tokens,
            "times_fewer_tokens": field.tokens / tokens,
            "zero_variance": field.zero_variance,
            "error_of_0_mean_1": naive.error,
            "times_fewer_than_0_mean_1": size / rollouts_at(ours, naive.error),
            "zero_variance_of_0_mean_1": naive.zero_variance,
        }


def tokens_at(costs: Sequence[StoredCost], error: float) -> float:
    """The fewest mean tokens at an error, as `rollouts_at`."""
    return rollouts_at([Cost(each.tokens, each.error, each.kept, each.zero_variance) for each in costs], error)


def by_default(pool: str, tasks: Sequence[Samples]) -> dict[str, Any]:
    """What the default error costs and gives, what it did with Jeffreys' prior, and what the tasks are like."""
    rates = np.array([task.successes / SAMPLES for task in tasks])
    unfiltered = [flat_group(task.successes, SAMPLES - task.successes) for task in tasks]
    return {
        "pool": pool,
        "tasks": len(tasks),
        "below": float((rates < LOW).mean()),
        "inside": float(((rates >= LOW) & (rates <= HIGH)).mean()),
        "above": float((rates > HIGH).mean()),
        **vars(by_cell(DifficultyConfig().error, tasks, fitted(tasks), forced=False)),
        "jeffreys": vars(by_cell(DifficultyConfig().error, tasks, {}, forced=False)),
        "zero_variance_unfiltered": mean(unfiltered),
    }
