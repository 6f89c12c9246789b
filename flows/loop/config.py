"""The config of a self-improvement loop: that of a run, how often, and what is held out from all of it."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from filters.exploring import ExploreConfig
from flows.config import RunConfig, SourceConfig, TrainSection
from pipeline.config import Section
from pipeline.engines.config import ModelConfig

OWN = ("rounds", "train_from", "held_out", "weakness", "explore", "patience", "prm")
"""The keys of a loop that a run has not."""


class HeldOutConfig(Section):
    """Tasks that are made before the first round, kept out of every round, and answered after each."""

    count: int = Field(20, ge=1, description="tasks of each family and level that is trained on")
    samples: int = Field(8, ge=2, le=1024, description="samples of each; from 2 on they tell of exploration too")
    sources: list[SourceConfig] = Field([], description="other families or levels instead, each with a count")


class WeaknessConfig(Section):
    """Each round after the first makes more of what failed in the one before."""

    explore: float = Field(0.2, ge=0, le=1, description="share of a round that is spread equally over all cells")


class RoundsConfig(RunConfig):
    """A run, over and over: the model that one round trains is the next one's model."""

    rounds: int = Field(3, ge=1, le=1000, description="rounds in all; more may be given later")
    train_from: Literal["last", "base"] = Field(
        "last",
        description="last: training goes on from the model of the round before; base: it begins anew from the first "
        "model, on the tasks of all rounds so far",
    )
    held_out: HeldOutConfig = Field(HeldOutConfig(), description="what no round is trained on, and each answers")
    weakness: WeaknessConfig | None = Field(None, description="null: each round makes what the sources say")
    explore: ExploreConfig | None = Field(None, description="null: each round samples as `sampling` says")
    patience: int | None = Field(
        None, ge=1, description="the loop ends after so many rounds in a row without a better held-out pass@1"
    )
    prm: str = Field("", description="folder of a process reward model that chooses among held-out samples, to be told")

    @model_validator(mode="after")
    def _can_go_round(self) -> Self:
        if self.model is None or self.train is None:
            raise ValueError("rounds: each rolls out a model and trains it: give model and train")
        if self.model.engine == "server":
            raise ValueError("model.engine: a server has its own weights, and a round rolls out what was trained")
        if self.aim is not None or self.compare:
            raise ValueError("aim, compare: these are for a run; leave them out, or take weakness for aim")
        for name in ("model", "shards", "output"):
            if getattr(self.train, name):
                raise ValueError(f"train.{name}: each round has its own; leave it out")
        if "://" in self.output:
            raise ValueError("output: checkpoints are on this machine's disk, and so are the rounds: name a folder")
        if any(source.start for source in self.tasks.sources):
            raise ValueError("start: the rounds go through each stream from the beginning; leave it out")
        return self

    @property
    def begun_from(self) -> ModelConfig:
        """The model of the first round."""
        assert self.model is not None  # as was checked
        return self.model

    @property
    def training(self) -> TrainSection:
        """The training of each round."""
        assert self.train is not None
        return self.train

    def as_run(self) -> dict[str, Any]:
        """The keys of a run that were given, as a config file has them."""
        return {key: value for key, value in self.model_dump(mode="json", exclude_unset=True).items() if key not in OWN}
