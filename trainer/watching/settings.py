"""Which trackers are told what a run does, and under what name."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.config import Section

TrackerName = Literal["tensorboard", "wandb", "trackio"]


def _each_once(names: list[TrackerName]) -> list[TrackerName]:
    if len(set(names)) < len(names):
        raise ValueError("name each tracker once")
    return names


class WatchConfig(Section):
    """Trackers beside the run's own metrics.jsonl. Whether one works on line, and its key, is its own environment."""

    trackers: Annotated[list[TrackerName], AfterValidator(_each_once)] = Field(
        [], description="tensorboard writes into the output folder; wandb and trackio go where they are set up to"
    )
    project: str = Field("taskmill", min_length=1, description="the project that wandb and trackio put the run in")
    name: str = Field("", description="the run's name there; when left out, the last part of the output folder")


def _by_names(value: Any) -> Any:
    return {"trackers": value} if isinstance(value, list) else value


Watch = Annotated[WatchConfig, BeforeValidator(_by_names)]
"""Trackers with their settings, or the list of their names alone."""
