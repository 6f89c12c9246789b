"""What of a run is finished, for its report."""

import msgspec

from filters.curriculum import SPLITS
from flows.config import RunConfig, config_of
from flows.report_models import models_of
from flows.report_predictor import predicted_of
from flows.report_rounds import rounds_of
from flows.report_training import is_training, training_of
from flows.training_folder import training_folder
from pipeline.report.models import Models
from pipeline.report.reliability import Predicted
from pipeline.report.rounds import Rounds
from pipeline.report.training import Training
from pipeline.store import Run, Stage, StoreError
from schemas import Agreement, CurriculumRow, Difficulty, Hit, LeftOut, Removed, Rollout, Task
from trainer.metrics import StepMetrics
from trainer.record import read_metrics


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The finished stages of a run; those it has not come to are None."""

    url: str
    config: RunConfig
    tasks: Stage[Task]
    unique: Stage[Task]
    removed: Stage[Removed] | None
    hits: Stage[Hit] | None
    rollouts: Stage[Rollout] | None
    graded: Stage[Difficulty] | None
    curriculum: dict[str, Stage[CurriculumRow]]
    left_out: Stage[LeftOut] | None
    not_chosen: Stage[LeftOut] | None
    agreement: Stage[Agreement] | None
    models: Models | None
    rounds: Rounds | None
    predicted: Predicted | None
    steps: list[StepMetrics]
    training: Training | None


def found_in(run: Run) -> Found:
    """What of a run is finished. Raises StoreError where not even its tasks are."""
    config = config_of(run)
    tasks, unique = run.sealed("tasks", Task), run.sealed("unique", Task)
    if tasks is None or unique is None:
        raise StoreError(f"{run.url} has no finished tasks yet: go on with `taskmill run`, then ask again")
    splits = {split: run.sealed(f"curriculum_{split}", CurriculumRow) for split in SPLITS}
    output = None
    if config.train is not None and config.model is not None and (rows := splits["train"]) is not None:
        output = training_folder(run, config.train, config.model.name, rows)
    graded = run.sealed("difficulty", Difficulty)
    chooses = config.aim is not None and config.aim.candidates > 1
    return Found(
        url=run.url,
        config=config,
        tasks=tasks,
        unique=unique,
        removed=run.sealed("removed", Removed),
        hits=run.sealed("hits", Hit) if config.contamination.benchmarks else None,
        rollouts=run.sealed("rollouts", Rollout),
        graded=graded,
        curriculum={split: stage for split, stage in splits.items() if stage is not None},
        left_out=run.sealed("left_out", LeftOut),
        not_chosen=run.sealed("not_chosen", LeftOut) if chooses else None,
        agreement=run.sealed("agreement", Agreement) if config.curriculum.agreement is not None else None,
        models=models_of(run) if config.compare else None,
        rounds=rounds_of(run) if config.aim is not None else None,
        predicted=predicted_of(config, unique, graded) if chooses and graded is not None else None,
        steps=read_metrics(output) if output is not None else [],
        training=training_of(output) if output is not None and is_training(str(output)) else None,
    )
