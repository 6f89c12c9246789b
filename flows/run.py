"""The whole way of the data, in order: generate, deduplicate, roll out, make the curriculum, train, report."""

from collections.abc import Sequence
from pathlib import Path

from prefect import flow

from flows.artifacts import show_report
from flows.compare import compare_models
from flows.config import RunConfig
from flows.curriculum import make_curriculum
from flows.dedup import deduplicate
from flows.generate import generate
from flows.graded import graded_tasks
from flows.parameters import RunGiven
from flows.report import print_report
from flows.selection import select
from flows.started import at_prefect
from flows.stopping import stopped_at_once
from flows.train import EmptyCurriculumError, train_on
from flows.workers import opened_workers
from pipeline.config import load_config
from pipeline.costs.ledger import ledger_of, next_part
from pipeline.costs.meter import all_cpu_seconds, metered
from pipeline.costs.plan import PLAN, plan_bytes, plan_in
from pipeline.lock import only_one
from pipeline.store import Run, clear_run, open_run
from pipeline.store.files import write_whole


def run_config(path: Path, overrides: Sequence[str], *, fresh: bool) -> None:
    """Runs what a YAML file of `RunConfig` says, then writes and prints the report."""
    config = load_config(path, RunConfig, overrides)
    with stopped_at_once(f"taskmill: stopped; `taskmill run {path}` goes on from here"):
        at_prefect(run_flow)(config, fresh)


@flow(name="taskmill-run", flow_run_name="{config.name}")
def run_flow(config: RunGiven, fresh: bool = False) -> None:
    """Does all that a config asks for and that is missing: from generating tasks to training on them and the report.

    Args:
        config: What a config file says.
        fresh: Throw away what an earlier run of that name left, but for its plan.
    """
    with only_one(config.url):
        if fresh:
            throw_away(config)
        whole_run(config)


def throw_away(config: RunConfig) -> None:
    """Throws a run away, but for the plan that it is to be set against."""
    plan = plan_in(config.url)
    clear_run(config.url)
    if plan is not None:
        run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
        write_whole(f"{run.url}/{PLAN}", plan_bytes(plan))


def whole_run(config: RunConfig) -> None:
    """What `run_flow` does; whoever calls holds the run's folder."""
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    starts = ledger_of(run.url, "run", "starts")
    with metered(run.url, "run", "starts", next_part(starts), all_cpu_seconds):
        _do(run, config)
    show_report(print_report(run), run.url)


def _do(run: Run, config: RunConfig) -> None:
    if config.model is None:
        with opened_workers(config.runner, config.workers, run.url) as workers:
            deduplicate(run, config, generate(run, config, workers), workers)
    else:
        graded = graded_tasks(run, config, config.model)
        if config.compare:
            compare_models(run, config, config.model, *graded)
        splits = make_curriculum(run, config, graded, select(run, config, graded))
        if config.train is not None:
            try:
                train_on(run, config, config.train, config.model.name, splits)
            except EmptyCurriculumError:
                show_report(print_report(run), run.url)
                raise
