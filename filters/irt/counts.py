"""How often each model solved each task: what a scale of abilities and difficulties is estimated from."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.failure import Failure

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST_TASKS = 50
"""Cells with fewer tried tasks share one population: a mean of their own would follow the noise."""


class CountsError(Failure, ValueError):
    """Counts that no results can be; the message says which."""


@dataclass(frozen=True, eq=False)
class Counts:
    """`successes` of `samples`, both (T, M) by [task, model]; no samples where a model has not tried a task.

    `cells` (T,) numbers each task's population, from 0 without gaps: tasks of one cell have a prior in common.
    """

    successes: Ints
    samples: Ints
    cells: Ints

    @property
    def models(self) -> int:
        return int(self.samples.shape[1])

    @property
    def anchors(self) -> Ints:
        """The models whose mean ability is the scale's zero: those with results, or all where there is none."""
        there = np.flatnonzero(self.samples.sum(axis=0))
        return there if there.size else np.arange(self.models)

    @property
    def populations(self) -> int:
        return int(self.cells.max(initial=-1)) + 1

    def rows(self, chosen: Ints) -> "Counts":
        """The chosen tasks, their cells numbered as before."""
        return Counts(self.successes[chosen], self.samples[chosen], self.cells[chosen])


def counts_of(successes: Ints, samples: Ints, groups: Sequence[Hashable]) -> Counts:
    """Counts with each task's cell by its group, such as (family, level); small groups share one cell.

    Raises CountsError for arrays that are not (T, M), or with fewer samples than successes.
    """
    if successes.shape != samples.shape or samples.ndim != 2 or len(groups) != len(samples) or not samples.size:
        raise CountsError(
            f"successes {successes.shape}, samples {samples.shape} and {len(groups)} groups are no results of tasks by "
            "models: give two arrays of [task, model] and a group for each task"
        )
    if (wrong := (successes < 0) | (successes > samples)).any():
        task, model = np.argwhere(wrong)[0]
        raise CountsError(
            f"task {task}, model {model}: {successes[task, model]} successes of {samples[task, model]} samples"
        )
    sizes = Counter(groups[task] for task in np.flatnonzero(samples.sum(axis=1)).tolist())
    own = [group if sizes[group] >= FEWEST_TASKS else None for group in groups]
    numbers = {group: number for number, group in enumerate(dict.fromkeys(own))}
    return Counts(successes, samples, np.array([numbers[group] for group in own], dtype=np.int64))
