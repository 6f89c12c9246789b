"""How well values tell right steps from wrong ones, on tasks that were not learnt from."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.seeding import derived_seed
from pipeline.statistics import auroc, bootstrap
from trainer.prm.examples import Example

RESAMPLES = 400


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What held-out steps say; None where there is but one kind of steps.

    `auroc` is the chance that a right step's value is above a wrong one's, `auroc_low` to `auroc_high` its 95 %
    interval. Much of it can come of where a step stands and how hard its task is, which helps no choice: `within` is
    the same chance for steps of the same number in responses to the same task. `brier` is against the labels' values,
    `brier_of_mean` that of always saying their mean.
    """

    steps: int
    held_out_steps: int
    right: float
    auroc: float | None
    auroc_low: float | None
    auroc_high: float | None
    within: float | None
    brier: float
    brier_of_mean: float


def measured(learnt: Sequence[Example], held_out: Sequence[Example], told: Sequence[Sequence[float]]) -> Fitted:
    """What the values `told` of the steps held out are worth."""
    scores = [score for own in told for score in own]
    wanted = [value for each in held_out for value in each.values]
    right = [label for each in held_out for label in each.labels]
    tasks = [each.task_id for each in held_out for _ in each.labels]
    places = [(each.task_id, number) for each in held_out for number in each.numbers]
    low, high = auroc_interval(scores, right, tasks)
    mean = sum(value for each in learnt for value in each.values) / sum(len(each.values) for each in learnt)
    return Fitted(
        steps=sum(len(each.values) for each in learnt),
        held_out_steps=len(wanted),
        right=sum(right) / len(right),
        auroc=auroc(scores, right),
        auroc_low=low,
        auroc_high=high,
        within=auroc_within(scores, right, places),
        brier=sum((score - value) ** 2 for score, value in zip(scores, wanted, strict=True)) / len(wanted),
        brier_of_mean=sum((mean - value) ** 2 for value in wanted) / len(wanted),
    )


def auroc_interval(
    scores: Sequence[float], right: Sequence[bool], tasks: Sequence[str]
) -> tuple[float | None, float | None]:
    """The 95 % interval of the AUROC: tasks are drawn anew with all their steps, which depend on each other."""
    names, of_step = np.unique(np.asarray(tasks), return_inverse=True)
    steps = [np.flatnonzero(of_step == task) for task in range(len(names))]
    all_scores, all_right = np.asarray(scores), np.asarray(right)

    def redrawn(chosen: NDArray[np.int64]) -> float | None:
        own = np.concatenate([steps[task] for task in chosen])
        return auroc(all_scores[own].tolist(), all_right[own].tolist())

    return bootstrap(redrawn, len(names), derived_seed(0, "tasks of the AUROC"), RESAMPLES)


def auroc_within(scores: Sequence[float], right: Sequence[bool], groups: Sequence[Hashable]) -> float | None:
    """The share of pairs of a right and a wrong one of the same group that are in the right order, ties as halves.

    >>> auroc_within([0.9, 0.8, 0.3, 0.4], [True, False, True, False], ["a", "a", "b", "b"])
    0.5
    """
    members: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[group].append(number)
    won = pairs = 0.0
    for own in members.values():
        good = sum(right[number] for number in own)
        share = auroc([scores[number] for number in own], [right[number] for number in own])
        if share is not None:
            pairs += good * (len(own) - good)
            won += share * good * (len(own) - good)
    return won / pairs if pairs else None
