"""Curricula that draw from a pool, and say for each step which tasks are in it."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from schemas import Task
from trainer.curriculum.epochs import Epochs
from trainer.passrates import PassRates
from trainer.rollout import Group

Pool = Callable[[int, Sequence[Task], PassRates], Sequence[Task]]
"""The number of a stage, the tasks easiest first by the shards, and today's beliefs, to the stage's pool."""


class Pools:
    """Stages of some steps each, every one with a pool that is fixed when it begins."""

    def __init__(
        self, tasks: Sequence[Task], rates: PassRates, seed: int, stage_of: Callable[[int], int], pool: Pool
    ) -> None:
        self._tasks = sorted(tasks, key=lambda task: (-rates.first_mean(task), task.id))
        self._rates, self._seed, self._stage_of, self._pool = rates, seed, stage_of, pool
        self._stage = -1
        self._members: list[Task] = []
        self._epochs = Epochs([], seed)

    def next(self, count: int, step: int) -> list[Task]:
        if (stage := self._stage_of(step)) != self._stage:
            self._begin(stage, self._pool(stage, self._tasks, self._rates))
        return [self._epochs.draw() for _ in range(count)]

    def observe(self, groups: Sequence[Group]) -> None:
        """The beliefs are kept by the loop; the pool looks at them when a stage begins."""

    def state(self) -> dict[str, Any]:
        members = [task.id for task in self._members]
        return {"stage": self._stage, "members": members, "drawn": self._epochs.drawn}

    def restore(self, state: dict[str, Any]) -> None:
        by_id = {task.id: task for task in self._tasks}
        self._begin(state["stage"], [by_id[key] for key in state["members"]])
        self._epochs.drawn = state["drawn"]

    def metrics(self) -> dict[str, float]:
        return {"stage": float(self._stage), "pool": float(len(self._members))}

    def _begin(self, stage: int, members: Sequence[Task]) -> None:
        self._stage, self._members = stage, list(members)
        self._epochs = Epochs(self._members, self._seed, "pool", stage)


def staged(tasks: Sequence[Task], rates: PassRates, seed: int, *, stages: int, steps: int) -> Pools:
    """Easy to hard: each stage of `steps` opens the next harder share of the tasks; the last has all of them."""

    def pool(stage: int, easiest_first: Sequence[Task], _: PassRates) -> Sequence[Task]:
        return easiest_first[: max(1, ceil(len(easiest_first) * (stage + 1) / stages))]

    return Pools(tasks, rates, seed, lambda step: min(stages - 1, (step - 1) // steps), pool)


def retained(
    tasks: Sequence[Task], rates: PassRates, seed: int, *, broad_steps: int, share: float, refresh: int
) -> Pools:
    """`broad_steps` on all tasks, then on the hardest `share` alone, chosen anew each `refresh` steps.

    DRIVE's two stages (arXiv 2511.06307): the second keeps the tasks that today's policy fails most, by what training
    has seen of them.
    """

    def stage_of(step: int) -> int:
        return 0 if step <= broad_steps else 1 + (step - broad_steps - 1) // refresh

    def pool(stage: int, easiest_first: Sequence[Task], today: PassRates) -> Sequence[Task]:
        if stage == 0:
            return easiest_first
        hardest_first = sorted(easiest_first, key=lambda task: (today.mean(task), task.id))
        return hardest_first[: max(1, ceil(len(hardest_first) * share))]

    return Pools(tasks, rates, seed, stage_of, pool)


def cyclical(tasks: Sequence[Task], rates: PassRates, seed: int, *, steps: int, start: float) -> Pools:
    """Over and over in `steps` steps from the easiest share `start` to all tasks, a step wider each time.

    Cyclical curriculum learning (Kesgin and Amasyali, arXiv 2202.05531).
    """

    def pool(stage: int, easiest_first: Sequence[Task], _: PassRates) -> Sequence[Task]:
        way = stage % steps / max(1, steps - 1)
        return easiest_first[: max(1, round(len(easiest_first) * (start + (1 - start) * way)))]

    return Pools(tasks, rates, seed, lambda step: step - 1, pool)
