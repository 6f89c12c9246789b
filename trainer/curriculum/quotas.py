"""Fixed shares of the domains in what is sampled, with a curriculum of its own for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas import Task
from trainer.curriculum.contract import Curriculum
from trainer.rollout import Group


class Quotas:
    """Every draw goes to the domain that is furthest behind its share: after n draws none is off by a whole task."""

    def __init__(self, curricula: Mapping[str, Curriculum], shares: Mapping[str, float]) -> None:
        self._curricula = dict(sorted(curricula.items()))
        self._shares = shares
        self._drawn = dict.fromkeys(self._curricula, 0)

    def next(self, count: int, step: int) -> list[Task]:
        wanted = dict.fromkeys(self._curricula, 0)
        for _ in range(count):
            total = 1 + sum(self._drawn.values())
            behind = max(self._curricula, key=lambda name: self._shares[name] * total - self._drawn[name])
            self._drawn[behind] += 1
            wanted[behind] += 1
        return [task for name, number in wanted.items() if number for task in self._curricula[name].next(number, step)]

    def observe(self, groups: Sequence[Group]) -> None:
        for name, curriculum in self._curricula.items():
            if own := [group for group in groups if group.task.domain == name]:
                curriculum.observe(own)

    def state(self) -> dict[str, Any]:
        return {
            "drawn": self._drawn,
            "curricula": {name: curriculum.state() for name, curriculum in self._curricula.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._drawn = dict(state["drawn"])
        for name, own in state["curricula"].items():
            self._curricula[name].restore(own)

    def metrics(self) -> dict[str, float]:
        return {
            f"{name}: {key}": value
            for name, curriculum in self._curricula.items()
            for key, value in curriculum.metrics().items()
        }
