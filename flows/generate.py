"""Rules to tasks: each shard is made by one Prefect task, on whichever worker is free."""

from collections.abc import Mapping, Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.config import RunConfig
from flows.shards import each_missing, say_ignored
from flows.workers import Workers, workers
from generators.registry import family_named
from generators.stream import Segment, cut, tasks_of
from pipeline.store import Run, Stage
from schemas import Task, jsontext


def generate(run: Run, config: RunConfig) -> Stage[Task]:
    """The stage `tasks`: the config's segments in order, cut into shards."""
    segments = config.segments()
    shards = cut(segments, config.tasks.shard_size)
    stage = run.stage("tasks", Task, count=len(shards), key=tasks_key(config))
    say_ignored(stage)
    with workers(config.workers) as place:
        make_shards(place, config.workers, stage, dict(enumerate(shards)))
    stage.seal()
    return stage


def tasks_key(config: RunConfig) -> dict[str, Any]:
    """What the tasks of the config's segments depend on."""
    segments = config.segments()
    versions = {segment.family: family_named(segment.family).version for segment in segments}
    return {"segments": segments, "shard_size": config.tasks.shard_size, "versions": versions}


def make_shards(place: Workers, at_once: int, stage: Stage[Task], shards: Mapping[int, Sequence[Segment]]) -> None:
    """Makes those of the shards that are missing; each is the tasks of its segments."""
    each_missing(
        stage,
        list(shards),
        "generate",
        lambda shard: generate_shard.submit(place, stage, shard, shards[shard]),
        at_once=at_once,
    )


@task(name="generate shard", task_run_name="generate shard {shard}", cache_policy=NO_CACHE)
def generate_shard(place: Workers, stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    place(write_tasks, stage, shard, segments)


def write_tasks(stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    """Makes and writes one shard; the bytes depend on the segments alone."""
    made = (made for segment in segments for made in tasks_of(segment))
    stage.write(shard, made, inputs=[jsontext.digest(segments)])
