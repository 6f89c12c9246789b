"""Tasks to unique tasks: what is the same problem, by canonical key, stays once; what was left out is written down."""

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from dedup.exact import contradictions, duplicates, without
from flows.shards import say_ignored
from pipeline.progress import Advance, progress
from pipeline.store import Run, Stage
from schemas import Duplicate, Failure, Task

KEYS_IN_MEMORY = 5_000_000
METHOD = "canonical"


class ContradictionError(Failure):
    """Two tasks have one prompt and two canonical keys: a family is wrong about what a problem is."""


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
        unique.write(info.shard, without(tasks.read(info.shard), repeated["row"].to_list()), inputs=[info.sha256])
        dropped.write(info.shard, [Duplicate(**row) for row in rows.iter_rows(named=True)], inputs=[info.sha256])
        advance(1, "")


def _refuse_contradictions(found: pl.DataFrame) -> None:
    if found.height:
        one = found.row(0, named=True)
        raise ContradictionError(
            f"{found.height} tasks have the prompt of another task and another canonical key; the first is task "
            f"{one['id']}, with the prompt of {one['first_id']}: mend the canonical function of their families"
        )
