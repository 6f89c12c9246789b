"""The contract of a curriculum: a small state machine that says what is trained on next."""

from collections.abc import Sequence
from typing import Any, Protocol

from schemas import Task
from trainer.rollout import Group


class Curriculum(Protocol):
    """Every draw is keyed by (seed, purpose, number of the draw): `state` and `restore` make it go on exactly."""

    def next(self, count: int, step: int) -> list[Task]:
        """The tasks to sample now; `step` counts updates from 1."""

    def observe(self, groups: Sequence[Group]) -> None:
        """What came of tasks that were sampled, whether they are learnt from or not."""

    def state(self) -> dict[str, Any]:
        """All that has changed since the beginning, as JSON values."""

    def restore(self, state: dict[str, Any]) -> None: ...

    def metrics(self) -> dict[str, float]:
        """What is worth watching, by name."""
