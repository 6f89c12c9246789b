"""Curricula that draw more candidates than are sampled and keep those that promise most."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from pipeline.seeding import derived_seed
from schemas import Task
from trainer.curriculum.epochs import Epochs
from trainer.passrates import PassRates
from trainer.rollout import Group

PromptStates = Callable[[Sequence[Task]], Tensor]
"""Tasks to what the learner holds of their prompts, (n, H): its last hidden state at the prompt's last token."""


class Variance:
    """Of `candidates` times as many, the tasks whose reward should vary most: the greatest E[p (1 - p)].

    Variance as the measure of use after VCRL (arXiv 2509.19803); there it is taken from rollouts already paid for,
    here from what the shards and training tell of each task before it is sampled.
    """

    def __init__(self, tasks: Sequence[Task], rates: PassRates, seed: int, *, candidates: int) -> None:
        self._epochs, self._rates, self._candidates = Epochs(tasks, seed, "candidates"), rates, candidates

    def next(self, count: int, step: int) -> list[Task]:
        drawn = _distinct(self._epochs, count, self._candidates)
        return sorted(drawn, key=lambda task: (-self._rates.variance(task), task.id))[:count]

    def observe(self, groups: Sequence[Group]) -> None:
        """The beliefs are kept by the loop."""

    def state(self) -> dict[str, Any]:
        return {"drawn": self._epochs.drawn}

    def restore(self, state: dict[str, Any]) -> None:
        self._epochs.drawn = state["drawn"]

    def metrics(self) -> dict[str, float]:
        return {"epochs": self._epochs.drawn / len(self._epochs)}


class Value:
    """Of `candidates` times as many, the tasks whose predicted mean reward is nearest to `target`.

    Prompt curriculum learning (arXiv 2510.01135): a value of each prompt, read from the learner's own state of it and
    fitted by squared error to the mean rewards that training sees, one sampling behind. The head is linear, on
    `WIDTH` fixed random directions of the state and an offset: so the best fit to all that was seen, `KEPT` of it from
    one sampling to the next, is exact, needs no learning rate, and has a small state.
    """

    WIDTH, KEPT, RIDGE = 64, 0.9, 0.3

    def __init__(
        self, tasks: Sequence[Task], states: PromptStates, seed: int, *, candidates: int, target: float
    ) -> None:
        self._epochs, self._states, self._seed = Epochs(tasks, seed, "candidates"), states, seed
        self._candidates, self._target = candidates, target
        size = self.WIDTH + 1
        self._squares = torch.zeros(size, size, dtype=torch.float64)
        self._products = torch.zeros(size, dtype=torch.float64)

    def next(self, count: int, step: int) -> list[Task]:
        drawn = _distinct(self._epochs, count, self._candidates)
        values = self.values(drawn)
        order = sorted(range(len(drawn)), key=lambda place: (abs(values[place] - self._target), place))
        return [drawn[place] for place in order[:count]]

    def values(self, tasks: Sequence[Task]) -> list[float]:
        """The predicted mean reward of each in [0, 1]; one half before anything was seen."""
        ridge = self.RIDGE * torch.eye(self.WIDTH + 1, dtype=torch.float64)
        head = torch.linalg.solve(self._squares + ridge, self._products)
        told: list[float] = (0.5 + self._read(tasks) @ head).clamp(0, 1).tolist()
        return told

    def observe(self, groups: Sequence[Group]) -> None:
        seen = [(group.task, [score for score in group.scores if score is not None]) for group in groups]
        judged = [(task, sum(scores) / len(scores)) for task, scores in seen if scores]
        if not judged:
            return
        read = self._read([task for task, _ in judged])
        rewards = torch.tensor([reward for _, reward in judged], dtype=torch.float64)
        self._squares = self.KEPT * self._squares + read.T @ read
        self._products = self.KEPT * self._products + read.T @ (rewards - 0.5)

    def _read(self, tasks: Sequence[Task]) -> Tensor:
        """(n, WIDTH + 1): the states in fixed random directions, of variance 1, and a one for the offset."""
        states = self._states(tasks).double()
        scaled = states / states.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-9)
        draw = torch.Generator().manual_seed(derived_seed(self._seed, "value head"))
        directions = torch.randn(states.shape[-1], self.WIDTH, generator=draw, dtype=torch.float64)
        turned = scaled @ directions / states.shape[-1] ** 0.5
        return torch.cat([turned, torch.ones(len(tasks), 1, dtype=torch.float64)], -1)

    def state(self) -> dict[str, Any]:
        return {
            "drawn": self._epochs.drawn,
            "squares": self._squares.tolist(),
            "products": self._products.tolist(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._epochs.drawn = state["drawn"]
        self._squares = torch.tensor(state["squares"], dtype=torch.float64)
        self._products = torch.tensor(state["products"], dtype=torch.float64)

    def metrics(self) -> dict[str, float]:
        return {"epochs": self._epochs.drawn / len(self._epochs)}


def _distinct(epochs: Epochs, count: int, times: int) -> list[Task]:
    """`times * count` draws, each task once; where there are fewer tasks than `count`, some come again."""
    wanted = max(count, min(times * count, len(epochs)))
    drawn = [epochs.draw() for _ in range(wanted)]
    once = list({task.id: task for task in drawn}.values())
    return once if len(once) >= count else drawn
