"""`taskmill dedup RUN`, tasks to unique tasks: what is the same problem, by canonical key, stays once.

What was left out is written down, with the task that stayed in its place.
"""

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from dedup.exact import contradictions, duplicates, without
from flows.config import RunConfig
from flows.generate import tasks_stage
from flows.shards import say_ignored
from flows.taken_up import finished, taken_up
from pipeline.costs.meter import Meter, all_cpu_seconds, metered
from pipeline.progress import Advance, progress
from pipeline.store import Run, Stage
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
        deduplicate(opened, finished(tasks, "taskmill generate CONFIG"))


def deduplicate(run: Run, tasks: Stage[Task]) -> Stage[Task]:
    """The stages `unique` and `duplicates`, a shard of each for every shard of tasks. Raises ContradictionError."""
    unique, dropped = unique_stages(run, tasks)
    deduplicate_shards(tasks, unique, dropped, range(tasks.count))
    unique.seal()
    dropped.seal()
    return unique


def unique_stages(run: Run, tasks: Stage[Task]) -> tuple[Stage[Task], Stage[Duplicate]]:
    """The same stages, with what is already there."""
    key = {"tasks": tasks.key, "method": METHOD}
    unique = run.stage("unique", Task, count=tasks.count, key=key)
    dropped = run.stage("duplicates", Duplicate, count=tasks.count, key=key)
    say_ignored(unique)
    return unique, dropped


def unique_tasks(run: Run, config: RunConfig) -> Stage[Task]:
    """The unique tasks that the config asks for, with what is already there."""
    return unique_stages(run, tasks_stage(run, config))[0]


def deduplicate_shards(tasks: Stage[Task], unique: Stage[Task], dropped: Stage[Duplicate], shards: range) -> None:
    """Writes these shards of both stages, where one is missing. What is unique in the shards before them stays."""
    with progress("deduplicate", len(shards), "shards") as advance:
        if any(set(shards).intersection(stage.missing()) for stage in (unique, dropped)):
            write_unique.submit(tasks, unique, dropped, shards, advance).result()
        else:
            advance(len(shards), "already there")


@task(name="deduplicate", cache_policy=NO_CACHE)
def write_unique(
    tasks: Stage[Task], unique: Stage[Task], dropped: Stage[Duplicate], shards: range, advance: Advance
) -> None:
    with metered(unique.run_url, unique.name, unique.key, shards.start, all_cpu_seconds) as meter:
        _write_unique(tasks, unique, dropped, shards, advance, meter)


def _write_unique(
    tasks: Stage[Task],
    unique: Stage[Task],
    dropped: Stage[Duplicate],
    shards: range,
    advance: Advance,
    meter: Meter,
) -> None:
    settled = [info for info in unique.shards() if info.shard < shards.start]
    own = [info for info in tasks.shards() if info.shard in shards]
    paths = [*(unique.path(info.shard) for info in settled), *(tasks.path(info.shard) for info in own)]
    partitions = 1 + sum(info.rows for info in (*settled, *own)) // KEYS_IN_MEMORY
    _refuse_contradictions(contradictions(paths, partitions))
    found = duplicates(paths, partitions, settled=len(settled))
    by_shard = found.partition_by("shard", as_dict=True)
    for place, info in enumerate(own, start=len(settled)):
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
