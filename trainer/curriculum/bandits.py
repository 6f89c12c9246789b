"""Curricula that choose among kinds of tasks by how much each kind teaches now, measured by |advantage|."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from pipeline.seeding import generator
from schemas import Task
from trainer.advantage import advantages
from trainer.curriculum.epochs import Epochs
from trainer.passrates import PassRates
from trainer.rollout import Group

ArmOf = Callable[[Task], str]


class Arms:
    """The tasks by kind, each kind drawn from without replacement; which one is drawn follows given weights."""

    def __init__(self, tasks: Sequence[Task], arm_of: ArmOf, seed: int) -> None:
        kinds: dict[str, list[Task]] = {}
        for task in tasks:
            kinds.setdefault(arm_of(task), []).append(task)
        self.tasks = dict(sorted(kinds.items()))
        self._epochs = {name: Epochs(members, seed, "arm", name) for name, members in self.tasks.items()}
        self._seed, self._drawn = seed, 0

    def draw(self, weights: Mapping[str, float]) -> Task:
        names = list(self._epochs)
        (name,) = generator(self._seed, "which arm", self._drawn).choices(names, [weights[name] for name in names])
        self._drawn += 1
        return self._epochs[name].draw()

    def state(self) -> dict[str, int]:
        return {name: epochs.drawn for name, epochs in self._epochs.items()}

    def restore(self, state: Mapping[str, int]) -> None:
        for name, drawn in state.items():
            self._epochs[name].drawn = drawn
        self._drawn = sum(state.values())


class Sec:
    """Self-evolving curriculum: Q(c) <- rate * r(c) + (1 - rate) * Q(c), arms drawn by softmax(Q / temperature).

    r(c) is the mean |advantage|, divided by the group's deviation, of the arm's rollouts in this sampling (Chen et
    al., arXiv 2505.14970). Only arms that were sampled are updated: the paper's own code lets the others decay, as if
    they had taught nothing. Q begins with what the shards' pass rates foretell, E|A| = 2 sqrt(p (1 - p)).
    """

    def __init__(
        self, tasks: Sequence[Task], rates: PassRates, arm_of: ArmOf, seed: int, *, rate: float, temperature: float
    ) -> None:
        self._arms, self._arm_of, self._rate, self._temperature = Arms(tasks, arm_of, seed), arm_of, rate, temperature
        self.values = {
            name: fmean(2 * math.sqrt(rates.first_mean(task) * (1 - rates.first_mean(task))) for task in members)
            for name, members in self._arms.tasks.items()
        }

    def next(self, count: int, step: int) -> list[Task]:
        weights = softmax(self.values, self._temperature)
        return [self._arms.draw(weights) for _ in range(count)]

    def observe(self, groups: Sequence[Group]) -> None:
        for name, sizes in _by_arm(groups, self._arm_of).items():
            self.values[name] = self._rate * fmean(sizes) + (1 - self._rate) * self.values[name]

    def state(self) -> dict[str, Any]:
        return {"drawn": self._arms.state(), "values": dict(self.values)}

    def restore(self, state: dict[str, Any]) -> None:
        self._arms.restore(state["drawn"])
        self.values = dict(state["values"])

    def metrics(self) -> dict[str, float]:
        return {f"share of {name}": share for name, share in softmax(self.values, self._temperature).items()}


class Dump:
    """Distribution-level UCB: mean |A| of the last `window` rollouts + sqrt(2 ln(N + 1) / (n + 1)), softmaxed.

    n are the rollouts of the arm, N of all arms (Wang et al., arXiv 2504.09710). An arm that was never seen has the
    greatest bonus there is.
    """

    def __init__(self, tasks: Sequence[Task], arm_of: ArmOf, seed: int, *, window: int, temperature: float) -> None:
        self._arms, self._arm_of, self._window, self._temperature = (
            Arms(tasks, arm_of, seed),
            arm_of,
            window,
            temperature,
        )
        self._recent: dict[str, list[float]] = {name: [] for name in self._arms.tasks}
        self._counts = dict.fromkeys(self._arms.tasks, 0)

    @property
    def values(self) -> dict[str, float]:
        bonus = 2 * math.log(sum(self._counts.values()) + 1)
        return {
            name: (fmean(recent) if recent else 0.0) + math.sqrt(bonus / (self._counts[name] + 1))
            for name, recent in self._recent.items()
        }

    def next(self, count: int, step: int) -> list[Task]:
        weights = softmax(self.values, self._temperature)
        return [self._arms.draw(weights) for _ in range(count)]

    def observe(self, groups: Sequence[Group]) -> None:
        for name, sizes in _by_arm(groups, self._arm_of).items():
            self._recent[name] = [*self._recent[name], *sizes][-self._window :]
            self._counts[name] += len(sizes)

    def state(self) -> dict[str, Any]:
        return {"drawn": self._arms.state(), "recent": self._recent, "counts": self._counts}

    def restore(self, state: dict[str, Any]) -> None:
        self._arms.restore(state["drawn"])
        self._recent = {name: list(sizes) for name, sizes in state["recent"].items()}
        self._counts = dict(state["counts"])

    def metrics(self) -> dict[str, float]:
        return {f"share of {name}": share for name, share in softmax(self.values, self._temperature).items()}


def softmax(values: Mapping[str, float], temperature: float) -> dict[str, float]:
    top = max(values.values())
    raised = {name: math.exp((value - top) / temperature) for name, value in values.items()}
    total = sum(raised.values())
    return {name: value / total for name, value in raised.items()}


def _by_arm(groups: Sequence[Group], arm_of: ArmOf) -> dict[str, list[float]]:
    """|advantage| of every decided rollout, by arm."""
    found: dict[str, list[float]] = {}
    for group in groups:
        (made,) = advantages([group.scores], "group_std")
        sizes = [abs(value) for value, score in zip(made, group.scores, strict=True) if score is not None]
        if sizes:
            found.setdefault(arm_of(group.task), []).extend(sizes)
    return found
