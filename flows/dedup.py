"""`taskmill dedup RUN`, tasks to unique tasks: what is the same problem, by canonical key, stays once.

What was left out is written down, with the task that stayed in its place.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import polars as pl
from prefect import flow, task

from dedup.exact import contradictions, duplicates, without
from flows.artifacts import progress, show_stages
from flows.config import RunConfig
from flows.generate import tasks_stage
from flows.retries import TRIED
from flows.shards import say_ignored
from flows.taken_up import finished, taken_up
from pipeline.costs.meter import Meter, all_cpu_seconds, metered
from pipeline.progress import Advance
from pipeline.store import Run, Stage, read_columns, shard_urls
from pipeline.store.files import read_whole
from schemas import Duplicate, Failure, Task

KEYS_IN_MEMORY = 5_000_000
METHOD = "canonical"


class ContradictionError(Failure):
    """Two tasks have one prompt and two canonical keys: a family is wrong about what a problem is."""


@flow(name="taskmill-dedup", flow_run_name="{run}")
def dedup_flow(run: str) -> None:
    """Leaves out the tasks of a run that are the same problem as an earlier one.

    Args:
        run: The folder or URL of a run whose tasks are made.
    """
    with taken_up(run) as (opened, config):
        tasks = tasks_stage(opened, config)
        show_stages(config.name, [deduplicate(opened, config, finished(tasks, "taskmill generate CONFIG"))])


def deduplicate(run: Run, config: RunConfig, tasks: Stage[Task]) -> Stage[Task]:
    """The stages `unique` and `duplicates`, a shard of each for every shard of tasks. Raises ContradictionError."""
    unique, dropped = unique_stages(run, config, tasks)
    deduplicate_shards(tasks, unique, dropped, range(tasks.count), shard_urls(config.tasks.apart_from))
    unique.seal()
    dropped.seal()
    return unique


def unique_stages(run: Run, config: RunConfig, tasks: Stage[Task]) -> tuple[Stage[Task], Stage[Duplicate]]:
    """The same stages, with what is already there."""
    key: dict[str, Any] = {"tasks": tasks.key, "method": METHOD}
    if config.tasks.apart_from:
        apart = shard_urls(config.tasks.apart_from)
        key["apart_from"] = [sha256(read_whole(url)).hexdigest() for url in apart]
    unique = run.stage("unique", Task, count=tasks.count, key=key)
    dropped = run.stage("duplicates", Duplicate, count=tasks.count, key=key)
    say_ignored(unique)
    return unique, dropped


def unique_tasks(run: Run, config: RunConfig) -> Stage[Task]:
    """The unique tasks that the config asks for, with what is already there."""
    return unique_stages(run, config, tasks_stage(run, config))[0]


def deduplicate_shards(
    tasks: Stage[Task], unique: Stage[Task], dropped: Stage[Duplicate], shards: range, apart: Sequence[str] = ()
) -> None:
    """Writes these shards of both stages, where one is missing. What is unique in the shards before them stays, and
    what is a problem of the files `apart` does not."""
    with progress("deduplicate", len(shards), "shards") as advance:
        if any(set(shards).intersection(stage.missing()) for stage in (unique, dropped)):
            write_unique.submit(tasks, unique, dropped, shards, advance, apart).result()
        else:
            advance(len(shards), "already there")


@task(name="deduplicate", **TRIED)
def write_unique(
    tasks: Stage[Task],
    unique: Stage[Task],
    dropped: Stage[Duplicate],
    shards: range,
    advance: Advance,
    apart: Sequence[str] = (),
) -> None:
    with metered(unique.run_url, unique.name, unique.key, shards.start, all_cpu_seconds) as meter:
        _write_unique(tasks, unique, dropped, shards, advance, apart, meter)


def _write_unique(
    tasks: Stage[Task],
    unique: Stage[Task],
    dropped: Stage[Duplicate],
    shards: range,
    advance: Advance,
    apart: Sequence[str],
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
    for place, info in enumerate(own, start=len(before)):
        repeated = by_shard.get((place,), found.clear())
        rows = repeated.select("id", "kept_id").with_columns(method=pl.lit(METHOD))
        kept = without(tasks.read(info.shard), repeated["row"].to_list())
        written = [
            unique.write(info.shard, kept, inputs=[info.sha256]),
            dropped.write(info.shard, [Duplicate(**row) for row in rows.iter_rows(named=True)], inputs=[info.sha256]),
        ]
        meter.rows_in += info.rows
        meter.rows_out += kept.num_rows
        meter.bytes += sum(each.bytes for each in written)
        advance(1, "")


def _refuse_contradictions(found: pl.DataFrame) -> None:
    if found.height:
        one = found.row(0, named=True)
        raise ContradictionError(
            f"{found.height} tasks have the prompt of another task and another canonical key; the first is task "
            f"{one['id']}, with the prompt of {one['first_id']}: mend the canonical function of their families"
        )
