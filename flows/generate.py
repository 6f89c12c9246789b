"""`taskmill generate CONFIG`, rules to tasks: each shard is one Prefect task, on whichever worker is free."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import flow, task

from flows.artifacts import show_stages
from flows.config import RunConfig
from flows.parameters import RunGiven
from flows.retries import TRIED
from flows.shards import each_missing, say_ignored
from flows.started import at_prefect
from flows.stopping import stopped_at_once
from flows.work import write_tasks
from flows.workers import Place, Workers, opened_workers
from generators.registry import family_named
from generators.stream import Segment, cut
from pipeline.config import ConfigError, load_config
from pipeline.lock import only_one
from pipeline.store import Run, Stage, open_run
from schemas import Task


def generate_config(path: Path, overrides: Sequence[str]) -> None:
    """Runs `generate_flow` with what a YAML file of `RunConfig` says."""
    config = load_config(path, RunConfig, overrides)
    with stopped_at_once(f"taskmill: stopped; `taskmill generate {path}` goes on from here"):
        at_prefect(generate_flow)(config)


@flow(name="taskmill-generate", flow_run_name="{config.name}")
def generate_flow(config: RunGiven) -> None:
    """Begins a run, and makes its tasks.

    Args:
        config: What a config file says, all of it: the flows that come after read it in the run's folder.
    """
    with only_one(config.url):
        run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
        show_stages(config.name, [generate(run, config)])


def generate(run: Run, config: RunConfig, there: Workers | None = None) -> Stage[Task]:
    """The stage `tasks`: the config's segments in order, cut into shards; made by the workers that are `there`, or by
    some that are opened for it."""
    stage = tasks_stage(run, config)
    say_ignored(stage)
    with opened_workers(config.runner, config.workers, run.url, there) as workers:
        make_shards(workers.rules, stage, dict(enumerate(_shards(config))))
        workers.rules.rest()
    stage.seal()
    return stage


def tasks_stage(run: Run, config: RunConfig) -> Stage[Task]:
    """The same stage, with what is already there. Raises ConfigError for a run of rounds, which make tasks by turns."""
    if config.aim is not None:
        raise ConfigError(
            "aim: its rounds are generated, deduplicated and rolled out by turns, so none of that is done alone: "
            "use `taskmill run`, or leave out aim"
        )
    return run.stage("tasks", Task, count=len(_shards(config)), key=tasks_key(config))


def _shards(config: RunConfig) -> list[list[Segment]]:
    return cut(config.segments(), config.tasks.shard_size)


def tasks_key(config: RunConfig) -> dict[str, Any]:
    """What the tasks of the config's segments depend on."""
    segments = config.segments()
    versions = {segment.family: family_named(segment.family).version for segment in segments}
    return {"segments": segments, "shard_size": config.tasks.shard_size, "versions": versions}


def make_shards(place: Place, stage: Stage[Task], shards: Mapping[int, Sequence[Segment]]) -> None:
    """Makes those of the shards that are missing; each is the tasks of its segments."""
    each_missing(
        stage,
        list(shards),
        "generate",
        lambda shard: generate_shard.submit(place, stage, shard, shards[shard]),
        place,
    )


@task(name="generate shard", task_run_name="generate shard {shard}", **TRIED)
def generate_shard(place: Place, stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    place(f"generate shard {shard}", write_tasks, stage, shard, segments)
