"""What flows are asked with: a form in Prefect's pages, and mistakes answered in the config's own words."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator

from flows.config import RunConfig
from pipeline.config import checked
from trainer.config import TrainConfig

ConfigT = TypeVar("ConfigT", bound=BaseModel)


def in_own_words(model: type[ConfigT]) -> BeforeValidator:
    """Has a parameter's values checked as a config file's are, with the nearest right name where one is wrong."""
    return BeforeValidator(lambda given: checked(given, model) if isinstance(given, dict) else given)


RunGiven = Annotated[RunConfig, in_own_words(RunConfig)]
TrainGiven = Annotated[TrainConfig, in_own_words(TrainConfig)]
