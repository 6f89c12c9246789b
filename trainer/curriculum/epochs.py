"""Drawing without replacement, epoch after epoch; and the two curricula that do no more than that."""

from collections.abc import Sequence
from typing import Any

from pipeline.seeding import generator
from schemas import Task
from trainer.rollout import Group


class Epochs:
    """Draws from a pool without end, each epoch shuffled by (seed, purpose, epoch) alone; `drawn` is all its state."""

    def __init__(self, pool: Sequence[Task], seed: int, *purpose: object, shuffle: bool = True) -> None:
        self._pool, self._seed, self._purpose, self._shuffle = pool, seed, purpose, shuffle
        self._epoch = -1
        self._places = list(range(len(pool)))
        self.drawn = 0

    def __len__(self) -> int:
        return len(self._pool)

    def draw(self) -> Task:
        epoch, place = divmod(self.drawn, len(self._pool))
        if epoch != self._epoch and self._shuffle:
            self._places = list(range(len(self._pool)))
            generator(self._seed, *self._purpose, epoch).shuffle(self._places)
        self._epoch = epoch
        self.drawn += 1
        return self._pool[self._places[place]]


class Uniform:
    """Every task as often as any other: shuffled anew each epoch, or as the shards stand."""

    def __init__(self, tasks: Sequence[Task], seed: int, *, shuffle: bool) -> None:
        self._epochs = Epochs(tasks, seed, "task order", shuffle=shuffle)

    def next(self, count: int, step: int) -> list[Task]:
        return [self._epochs.draw() for _ in range(count)]

    def observe(self, groups: Sequence[Group]) -> None:
        """Nothing changes the order."""

    def state(self) -> dict[str, Any]:
        return {"drawn": self._epochs.drawn}

    def restore(self, state: dict[str, Any]) -> None:
        self._epochs.drawn = state["drawn"]

    def metrics(self) -> dict[str, float]:
        return {"epochs": self._epochs.drawn / len(self._epochs)}
