"""`taskmill dedup RUN`, tasks to unique tasks: what is the same problem, by canonical key, stays once.

What was left out is written down, with the task that stayed in its place.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import polars as pl
from prefect import flow, task

from dedup.exact import contradictions, duplicates
from dedup.removal import Removal
from flows.artifacts import progress, show_stages
from flows.config import RunConfig
from flows.generate import tasks_stage
from flows.parameters import of_run
from flows.retries import TRIED
from flows.shards import say_ignored
from flows.taken_up import finished, taken_up
from flows.work import UniqueShard, write_unique_shard
from flows.workers import HERE, Place, Workers, opened_workers
from pipeline.costs.meter import Meter, all_cpu_seconds, metered
from pipeline.progress import Advance
from pipeline.store import Run, ShardInfo, Stage, read_columns, shard_urls
from pipeline.store.files import read_whole
from schemas import Failure, Removed, Task

KEYS_IN_MEMORY = 5_000_000


class ContradictionError(Failure):
    """Two tasks have one prompt and two canonical keys: a family is wrong about what a problem is."""


@flow(name="taskmill-dedup", flow_run_name=of_run)
def dedup_flow(run: str) -> None:
    """Leaves out the tasks of a run that are the same problem as an earlier one.

    Args:
        run: The folder or URL of a run whose tasks are made.
    """
    with taken_up(run) as (opened, config):
        tasks = tasks_stage(opened, config)
        show_stages(config.name, [deduplicate(opened, config, finished(tasks, "taskmill generate CONFIG"))])


def deduplicate(run: Run, config: RunConfig, tasks: Stage[Task], there: Workers | None = None) -> Stage[Task]:
    """The stages `unique` and `removed`, a shard of each for every shard of tasks; written by the workers that are
    `there`, or by some that are opened for it. Raises ContradictionError."""
    unique, removed = unique_stages(run, config, tasks)
    with opened_workers(config.runner, config.workers, run.url, there) as workers:
        apart = shard_urls(config.tasks.apart_from)
        deduplicate_shards(tasks, unique, removed, range(tasks.count), apart, workers.rows)
    unique.seal()
    removed.seal()
    return unique


def unique_stages(run: Run, config: RunConfig, tasks: Stage[Task]) -> tuple[Stage[Task], Stage[Removed]]:
    """The same stages, with what is already there."""
    key: dict[str, Any] = {"tasks": tasks.key, "method": "canonical"}
    if config.tasks.apart_from:
        apart = shard_urls(config.tasks.apart_from)
        key["apart_from"] = [sha256(read_whole(url)).hexdigest() for url in apart]
    unique = run.stage("unique", Task, count=tasks.count, key=key)
    removed = run.stage("removed", Removed, count=tasks.count, key=key)
    say_ignored(unique)
    return unique, removed


def unique_tasks(run: Run, config: RunConfig) -> Stage[Task]:
    """The unique tasks that the config asks for, with what is already there."""
    return unique_stages(run, config, tasks_stage(run, config))[0]


def deduplicate_shards(
    tasks: Stage[Task],
    unique: Stage[Task],
    removed: Stage[Removed],
    shards: range,
    apart: Sequence[str] = (),
    place: Place = HERE,
) -> None:
    """Writes these shards of both stages, where one is missing. What is unique in the shards before them stays, and
    what is a problem of the files `apart` does not."""
    with progress("deduplicate", len(shards), "shards") as advance:
        if any(set(shards).intersection(stage.missing()) for stage in (unique, removed)):
            write_unique.submit(tasks, unique, removed, shards, advance, apart, place).result()
        else:
            advance(len(shards), "already there")


@task(name="deduplicate", **TRIED)
def write_unique(
    tasks: Stage[Task],
    unique: Stage[Task],
    removed: Stage[Removed],
    shards: range,
    advance: Advance,
    apart: Sequence[str] = (),
    place: Place = HERE,
) -> None:
    """Compares keys in this process, and has the shards written side by side, which takes as long."""
    with metered(unique.run_url, unique.name, unique.key, shards.start, all_cpu_seconds) as meter:
        _write_unique(tasks, unique, removed, shards, advance, apart, place, meter)


def _write_unique(
    tasks: Stage[Task],
    unique: Stage[Task],
    removed: Stage[Removed],
    shards: range,
    advance: Advance,
    apart: Sequence[str],
    place: Place,
    meter: Meter,
) -> None:
    settled = [info for info in unique.shards() if info.shard < shards.start]
    own = [info for info in tasks.shards() if info.shard in shards]
    before = [*apart, *(unique.path(info.shard) for info in settled)]
    paths = [*before, *(tasks.path(info.shard) for info in own)]
    keys = sum(read_columns(url, Task, ["index"]).num_rows for url in apart)
    partitions = 1 + (keys + sum(info.rows for info in (*settled, *own))) // KEYS_IN_MEMORY
    _refuse_contradictions(contradictions(paths, partitions))
    found = duplicates(paths, partitions, settled=len(before))
    by_shard = found.partition_by("shard", as_dict=True)
    of_shard = {
        info.shard: by_shard.get((number,), found.clear()) for number, info in enumerate(own, start=len(before))
    }

    def written(info: ShardInfo) -> UniqueShard:
        repeated = of_shard[info.shard]
        reason = "its canonical key is that of a task that comes before it"
        removals = [
            Removal(row, kept_id, "canonical", 1.0, reason)
            for row, kept_id in repeated.select("row", "kept_id").iter_rows()
        ]
        return place(f"deduplicate shard {info.shard}", write_unique_shard, tasks, unique, removed, info, removals)

    with ThreadPoolExecutor(place.at_once) as threads:
        for info, made in zip(own, threads.map(written, own), strict=True):
            meter.rows_in += info.rows
            meter.rows_out += made.rows
            meter.bytes += made.bytes
            advance(1, "")


def _refuse_contradictions(found: pl.DataFrame) -> None:
    if found.height:
        one = found.row(0, named=True)
        raise ContradictionError(
            f"{found.height} tasks have the prompt of another task and another canonical key; the first is task "
            f"{one['id']}, with the prompt of {one['first_id']}: mend the canonical function of their families"
        )
