"""The tasks of a run that were rolled out, with their rollouts and difficulties: made, or found finished."""

from typing import NamedTuple

from flows.aim import run_rounds, stages_of
from flows.config import RunConfig, model_of
from flows.dedup import deduplicate, unique_tasks
from flows.generate import generate
from flows.rollout import roll_out_tasks, rollout_stages
from flows.taken_up import finished
from flows.workers import opened_workers
from pipeline.engines.config import ModelConfig
from pipeline.store import Run, Stage
from schemas import Difficulty, Rollout, Task


class Graded(NamedTuple):
    """The stages of all tasks that were rolled out, shard by shard."""

    tasks: Stage[Task]
    rollouts: Stage[Rollout]
    graded: Stage[Difficulty]


def graded_tasks(run: Run, config: RunConfig, model: ModelConfig) -> Graded:
    """Generates, deduplicates and rolls out what is missing, all at once or in rounds that aim at the band."""
    if config.aim is not None:
        aimed = run_rounds(run, config, config.aim, model)
        return Graded(aimed.chosen, aimed.rollouts, aimed.graded)
    with opened_workers(config.runner, config.workers, run.url) as workers:
        unique = deduplicate(run, config, generate(run, config, workers), workers)
        return Graded(unique, *roll_out_tasks(run, config, model, unique, there=workers))


def finished_tasks(run: Run, config: RunConfig) -> Graded:
    """The same stages, which are there. Raises StoreError where they are not, ConfigError for a run without a model."""
    model = model_of(config)
    if config.aim is not None:
        aimed = stages_of(run, config, config.aim, model)
        found, command = Graded(aimed.chosen, aimed.rollouts, aimed.graded), "taskmill run"
    else:
        unique = unique_tasks(run, config)
        found, command = Graded(unique, *rollout_stages(run, config, model, unique)), f"taskmill rollout {run.url}"
    return Graded(finished(found.tasks, command), finished(found.rollouts, command), finished(found.graded, command))
