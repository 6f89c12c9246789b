"""What is believed of every task's pass rate: the shards' measurement first, then what training itself sees."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas import Task
from trainer.rollout import Group

MEASURED_AT_MOST = 8.0
"""Rollouts that a measurement in the shards counts for: it was made with the weights of the beginning."""

KEPT = 0.5
"""Share of older evidence that stays when a task is seen again: the policy moves on."""


class PassRates:
    """A Beta belief for each task, in successes and failures; unmeasured ones begin with Jeffreys' halves."""

    def __init__(self, tasks: Sequence[Task], measured: Mapping[str, tuple[int, int]]) -> None:
        """`measured` has successes and samples by task id, as the shards tell."""
        self._first = {task.id: _prior(*measured.get(task.id, (0, 0))) for task in tasks}
        self._seen: dict[str, tuple[float, float]] = {}

    def mean(self, task: Task) -> float:
        successes, failures = self._belief(task)
        return successes / (successes + failures)

    def first_mean(self, task: Task) -> float:
        """As the shards told it: what an order that must not change is sorted by."""
        successes, failures = self._first[task.id]
        return successes / (successes + failures)

    def variance(self, task: Task) -> float:
        """E[p (1 - p)], what a right-or-wrong reward of this task varies by; in (0, 1/4]."""
        a, b = self._belief(task)
        return a * b / ((a + b) * (a + b + 1))

    def observe(self, groups: Iterable[Group]) -> None:
        for group in groups:
            scores = [score for score in group.scores if score is not None]
            successes, failures = self._belief(group.task)
            right = sum(scores)
            self._seen[group.task.id] = KEPT * successes + right, KEPT * failures + len(scores) - right

    def state(self) -> dict[str, Any]:
        return {"seen": {key: list(value) for key, value in self._seen.items()}}

    def restore(self, state: dict[str, Any]) -> None:
        self._seen = {key: (value[0], value[1]) for key, value in state["seen"].items()}

    def _belief(self, task: Task) -> tuple[float, float]:
        return self._seen.get(task.id) or self._first[task.id]


def _prior(successes: int, samples: int) -> tuple[float, float]:
    weight = min(1.0, MEASURED_AT_MOST / samples) if samples else 0.0
    return 0.5 + weight * successes, 0.5 + weight * (samples - successes)
