"""The flows that can be served by name, each with its parameters for a config, and the words that ask for it."""

import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

from prefect import Flow

from flows.config import RunConfig
from flows.loop.config import RoundsConfig
from flows.serve.scheduled import scheduled_flow
from flows.serve.server import PORT
from pipeline.config import ConfigError, load_config

_RUN = "run"
_OF_A_CONFIG = (_RUN, "generate")
"""These make a run of their own each time."""

_ROUNDS = "rounds"
"""This goes on with the loop that the config names, until that has its rounds."""

_OF_A_RUN = {
    "dedup": "dedup.dedup_flow",
    "rollout": "rollout.rollout_flow",
    "compare": "compare.compare_flow",
    "select": "selection.select_flow",
    "curriculum": "curriculum.curriculum_flow",
    "pairs": "pairs.pairs_flow",
    "steps": "steps.steps_flow",
    "rubrics": "rubrics.rubrics_flow",
    "train": "train.train_run_flow",
}
"""These go on in the folder that the config names, or in another that is given when they are run by hand."""


class Asked(NamedTuple):
    """What stands on the command line of `taskmill serve`, to begin with it and to steer it later."""

    path: Path
    overrides: Sequence[str]
    flow: str = _RUN
    name: str = ""
    port: int = PORT

    def command(self, *further: str) -> str:
        """The command that asks for the same."""
        words = ["taskmill", "serve", str(self.path)]
        for override in self.overrides:
            words += ["--set", override]
        words += ["--flow", self.flow] if self.flow != _RUN else []
        words += ["--name", self.name] if self.name else []
        words += ["--port", str(self.port)] if self.port != PORT else []
        return shlex.join([*words, *further])


class Served(NamedTuple):
    """A flow, its parameters, and the name of its deployment."""

    flow: Flow[Any, Any]
    parameters: dict[str, Any]
    name: str

    @property
    def full_name(self) -> str:
        """As Prefect's commands want it."""
        return f"{self.flow.name}/{self.name}"


def served(asked: Asked) -> Served:
    """The flow that is asked for. Raises ConfigError for a mistake in the config, and for a flow that there is not."""
    if asked.flow not in (names := (*_OF_A_CONFIG, _ROUNDS, *_OF_A_RUN)):
        raise ConfigError(f"--flow {asked.flow!r}: no such flow; choose {', '.join(names)}")
    config = load_config(asked.path, RoundsConfig if asked.flow == _ROUNDS else RunConfig, asked.overrides)
    name = asked.name or (config.name if asked.flow == _RUN else f"{config.name}-{asked.flow}")
    given = config.model_dump(mode="json", exclude_unset=True)  # what is left out may mean another section's value
    if asked.flow in _OF_A_CONFIG:
        return Served(scheduled_flow, {"config": given, "work": asked.flow}, name)
    if asked.flow == _ROUNDS:
        return Served(_flow("rounds.rounds_flow"), {"config": given}, name)
    return Served(_flow(_OF_A_RUN[asked.flow]), {"run": config.url}, name)


def _flow(place: str) -> Flow[Any, Any]:
    """Read when it is asked for: most need a model's libraries."""
    module, _, function = place.partition(".")
    return cast(Flow[Any, Any], getattr(import_module(f"flows.{module}"), function))
