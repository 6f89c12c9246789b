"""The tasks to train on: read from shards by path, drawn in an order that can be had again."""

from collections.abc import Sequence
from typing import Any, Literal

from pipeline.seeding import generator
from pipeline.store import read_shards
from schemas import Task
from schemas.failure import Failure


class TaskError(Failure, ValueError):
    """The shards do not hold what training needs; the message says which and what to do."""


def read_tasks(sources: Sequence[str]) -> list[Task]:
    """Every task of the shards, in their order, further columns left aside.

    Raises TaskError where there is none, StoreError and SchemaError for a file that can't be read.
    """
    tasks = list(read_shards(sources, Task))
    if not tasks:
        raise TaskError(f"{', '.join(sources)}: no tasks in there; give the shards of a stage that has some")
    return tasks


def refuse_shared_problems(training: Sequence[Task], held_out: Sequence[Task]) -> None:
    """Raises TaskError when a held-out problem is trained on, in whatever words."""
    shared = {task.canonical for task in training} & {task.canonical for task in held_out}
    if shared:
        raise TaskError(
            f"{len(shared)} held-out problems are also in the training shards (the first: {min(shared)}): "
            "split by `canonical`, so that no problem is on both sides"
        )


class TaskOrder:
    """Draws tasks without end, epoch after epoch; `drawn` is all its state.

    "given" keeps the order of the shards, "shuffled" makes a new one for each epoch, by (seed, epoch) alone.
    """

    def __init__(self, tasks: Sequence[Task], order: Literal["shuffled", "given"], seed: int) -> None:
        self._tasks = tasks
        self._order = order
        self._seed = seed
        self._epoch = -1
        self._places = list(range(len(tasks)))
        self.drawn = 0

    def next(self, count: int) -> list[Task]:
        return [self._draw() for _ in range(count)]

    def state(self) -> dict[str, Any]:
        return {"drawn": self.drawn}

    def restore(self, state: dict[str, Any]) -> None:
        self.drawn = state["drawn"]

    def _draw(self) -> Task:
        epoch, place = divmod(self.drawn, len(self._tasks))
        if epoch != self._epoch and self._order == "shuffled":
            self._places = list(range(len(self._tasks)))
            generator(self._seed, "task order", epoch).shuffle(self._places)
        self._epoch = epoch
        self.drawn += 1
        return self._tasks[self._places[place]]
