"""The whole way of the data, in order: generate, deduplicate, roll out, make the curriculum, train, report."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flows.prefect_defaults  # noqa: F401 - before prefect is imported, which reads the environment then

# isort: split
from prefect import flow
from prefect.settings import PREFECT_API_URL
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.aim import run_rounds
from flows.compare import compare_models
from flows.config import RunConfig
from flows.curriculum import make_curriculum
from flows.dedup import deduplicate
from flows.generate import generate
from flows.report import print_report
from flows.rollout import roll_out_tasks
from flows.stopping import stopped_at_once
from flows.train import train_on
from pipeline.config import load_config
from pipeline.engines.config import ModelConfig
from pipeline.lock import only_one
from pipeline.store import Run, Stage, clear_run, open_run
from schemas import CurriculumRow, Difficulty, Failure, Rollout, Task


def run_config(path: Path, overrides: Sequence[str], *, fresh: bool) -> None:
    """Runs what a YAML file of `RunConfig` says, then writes and prints the report."""
    config = load_config(path, RunConfig, overrides)
    with only_one(config.url), stopped_at_once(f"taskmill: stopped; `taskmill run {path}` goes on from here"):
        if fresh:
            clear_run(config.url)
        if PREFECT_API_URL.value() is None:
            sys.stderr.write("starting Prefect's local server, a matter of seconds\n")
        start(config)


def start(config: RunConfig) -> None:
    """The flow of a run, with what its config says of workers; whoever calls holds the run's folder."""
    run_flow.with_options(task_runner=_threads(config.workers))(config)


class EmptyCurriculumError(Failure):
    """No task is worth training on, as far as the config says what that is."""


def _refuse_an_empty_split(run: Run, config: RunConfig, rows: Stage[CurriculumRow]) -> None:
    if not any(info.rows for info in rows.shards()):
        print_report(run)
        raise EmptyCurriculumError(
            f"no task was decided {' or '.join(config.curriculum.keep)} and stayed in the training split, so there is "
            "nothing to train on: the table shows where the tasks fell and which were left out. Choose easier or "
            "harder levels, another model, more tasks, or ask less of `curriculum`"
        )


def _threads(count: int) -> TaskRunner[Any]:
    return ThreadPoolTaskRunner(max_workers=count)


@flow(name="taskmill", flow_run_name="taskmill {config.name}", validate_parameters=False)
def run_flow(config: RunConfig) -> None:
    """One run; each stage picks up what is already there."""
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    if config.model is None:
        deduplicate(run, generate(run, config))
    else:
        unique, rollouts, graded = graded_tasks(run, config, config.model)
        if config.compare:
            compare_models(run, config, config.model, unique, rollouts, graded)
        curriculum = make_curriculum(run, config, unique, rollouts, graded)
        if config.train is not None:
            _refuse_an_empty_split(run, config, curriculum["train"])
            train_on.submit(run, config, config.train, config.model.name, curriculum["train"]).result()
    print_report(run)


def graded_tasks(
    run: Run, config: RunConfig, model: ModelConfig
) -> tuple[Stage[Task], Stage[Rollout], Stage[Difficulty]]:
    """The tasks rolled out, their rollouts and their difficulties, all at once or in rounds that aim at the band."""
    if config.aim is not None:
        aimed = run_rounds(run, config, config.aim, model)
        return aimed.chosen, aimed.rollouts, aimed.graded
    unique = deduplicate(run, generate(run, config))
    return unique, *roll_out_tasks(run, config, model, unique)
