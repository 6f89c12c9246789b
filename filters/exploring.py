"""The sampling of a round: of a small grid the setting with the highest balance score on a pilot.

After B-STaR (arXiv 2412.17256), which also chooses a threshold of the reward, from which a response is trained on. Here
training takes every response with the verifier's score, so there is no threshold to choose.
"""

from collections.abc import Sequence
from typing import Self

import msgspec
from pydantic import Field, model_validator

from filters.monitors import WANTED, Selection, balance, monitors
from pipeline.config import Section
from schemas import Rollout


class ExploreConfig(Section):
    """What is tried before each round, on how many of its tasks."""

    tasks: int = Field(16, ge=1, description="tasks of the pilot, of all families and levels alike")
    temperatures: list[float] = Field([0.7, 1.0, 1.3], min_length=1, description="each is tried on all pilot tasks")
    samples: list[int] = Field([8], min_length=1, description="completions of a task: the group_size of the training")
    wanted: int = Field(WANTED, ge=1, description="right responses to a task that are enough; less than samples")
    select: Selection = Field("verifier", description="whose choice the balance score judges")

    @model_validator(mode="after")
    def _can_be_tried(self) -> Self:
        if min(self.temperatures) <= 0:
            raise ValueError("temperatures: each must be above 0; a greedy sample is the same each time")
        if min(self.samples) < 2:
            raise ValueError("samples: each must be at least 2, for a group to have something to compare")
        return self


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, and what the pilot's samples came to under it."""

    temperature: float
    samples: int
    balance: float
    pass_at_1: float
    variety: float | None


def tried(temperature: float, groups: Sequence[Sequence[Rollout]], config: ExploreConfig) -> list[Tried]:
    """The settings of one temperature, from the responses to each pilot task; fewer samples are the first of them."""
    found = []
    for samples in sorted(set(config.samples)):
        own = [[one for one in group if one.sample < samples] for group in groups]
        seen = monitors(own)
        found.append(
            Tried(
                temperature=temperature,
                samples=samples,
                balance=balance(own, config.select, config.wanted) or 0.0,
                pass_at_1=seen.pass_at.get(1, 0.0),
                variety=seen.variety,
            )
        )
    return found


def best(grid: Sequence[Tried]) -> Tried:
    """The highest score; of equals the fewest samples, then the first one."""
    return max(grid, key=lambda each: (each.balance, -each.samples))
