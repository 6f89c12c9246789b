"""What flows are asked with: a form in Prefect's pages, and mistakes answered in the config's own words."""

from typing import Annotated, TypeVar

from prefect.runtime import flow_run
from pydantic import BaseModel, BeforeValidator

from flows.config import RunConfig
from pipeline.config import checked
from trainer.config import TrainConfig

ConfigT = TypeVar("ConfigT", bound=BaseModel)


def run_name(url: str) -> str:
    """The last part of a run's folder, which is the name in its config."""
    return url.rstrip("/").rsplit("/", 1)[-1]


def of_run() -> str:
    """What a flow run on a run's folder is called."""
    return run_name(str(flow_run.parameters["run"]))


def in_own_words(model: type[ConfigT]) -> BeforeValidator:
    """Has a parameter's values checked as a config file's are, with the nearest right name where one is wrong."""
    return BeforeValidator(lambda given: checked(given, model) if isinstance(given, dict) else given)


RunGiven = Annotated[RunConfig, in_own_words(RunConfig)]
TrainGiven = Annotated[TrainConfig, in_own_words(TrainConfig)]
