"""What a user may set about difficulty and curricula."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from filters.order import OrderName
from pipeline.config import Section
from schemas import Decision

Share = Annotated[float, Field(ge=0, le=1)]


class DifficultyConfig(Section):
    """When a task's pass rate is known well enough.

    The question is whether the rate lies in [band_low, band_high]; a decision is taken once its posterior
    probability of being false is at most `error`, where being off by less than `zone` at an edge is no mistake.
    """

    band_low: Share = 0.2
    band_high: Share = 0.8
    error: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    zone: Annotated[float, Field(ge=0, lt=0.5)] = 0.05
    round_size: Annotated[int, Field(ge=1)] = 4
    cap: Annotated[int, Field(ge=1, le=1024)] = 128
    """The most rollouts with a verdict that one task may cost."""
    success_at: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The score from which a rollout is a success."""
    prior: Literal["fitted", "jeffreys"] = "fitted"
    """Fitted to the first round of each family and level, where enough tasks are there; or Jeffreys' for all."""
    failed_checks: Annotated[int, Field(ge=1)] = 8
    """A task stays undecided once its verifier has failed on this many rollouts."""
    max_rollouts: Annotated[int, Field(ge=0)] | None = None
    """The most rollouts that one pass may cost."""

    @model_validator(mode="after")
    def _band_is_wider_than_its_zones(self) -> Self:
        if self.band_low + self.zone >= self.band_high - self.zone:
            raise ValueError(
                f"the band {self.band_low}..{self.band_high} leaves nothing between its zones of {self.zone}: "
                "widen the band or shrink zone"
            )
        return self


class SplitShares(Section):
    """How much of the problems goes to each split; the three shares make 1."""

    train: Share = 0.9
    validation: Share = 0.05
    test: Share = 0.05

    @model_validator(mode="after")
    def _shares_make_one(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares train, validation and test make {total:g} and must make 1")
        return self


class CurriculumConfig(Section):
    """Which graded tasks become rows, in which split and in which order."""

    keep: tuple[Decision, ...] = ("in_band",)
    shares: SplitShares = SplitShares()
    order: OrderName = "easy_to_hard"
