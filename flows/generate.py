"""Rules to tasks: each shard is made by one Prefect task, on whichever worker is free."""

from collections.abc import Sequence

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
    versions = {segment.family: family_named(segment.family).version for segment in segments}
    key = {"segments": segments, "shard_size": config.tasks.shard_size, "versions": versions}
    stage = run.stage("tasks", Task, count=len(shards), key=key)
    say_ignored(stage)
    with workers(config.workers) as place:
        each_missing(
            stage,
            "generate",
            lambda shard: generate_shard.submit(place, stage, shard, shards[shard]),
            at_once=config.workers,
        )
    stage.seal()
    return stage


@task(name="generate shard", task_run_name="generate shard {shard}", cache_policy=NO_CACHE)
def generate_shard(place: Workers, stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    place(write_tasks, stage, shard, segments)


def write_tasks(stage: Stage[Task], shard: int, segments: Sequence[Segment]) -> None:
    """Makes and writes one shard; the bytes depend on the segments alone."""
    made = (made for segment in segments for made in tasks_of(segment))
    stage.write(shard, made, inputs=[jsontext.digest(segments)])
