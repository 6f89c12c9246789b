"""Where a run's training writes."""

from pathlib import Path

from flows.config import TrainSection
from pipeline.config import ConfigError
from pipeline.store import Run, Stage
from schemas import CurriculumRow, jsontext
from trainer.config import FREE_ON_RESUME


def training_folder(run: Run, section: TrainSection, model: str, rows: Stage[CurriculumRow]) -> Path:
    """A folder of its own for each curriculum and settings, as stages have.

    Raises ConfigError when the run is not on this machine and the config names no folder.
    """
    if section.output:
        return Path(section.output)
    if "://" in run.url:
        raise ConfigError(f"train.output: {run.url} is not on this machine's disk; name a folder for the checkpoints")
    settings = section.model_dump(exclude=set(FREE_ON_RESUME))
    return Path(run.url) / "train" / jsontext.digest(model, settings, rows.key)[:16]
