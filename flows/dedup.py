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
    key = {"tasks": tasks.key, "method": METHOD}
    unique = run.stage("unique", Task, count=tasks.count, key=key)
    dropped = run.stage("duplicates", Duplicate, count=tasks.count, key=key)
    say_ignored(unique)
    with progress("deduplicate", tasks.count, "shards") as advance:
        if unique.missing() or dropped.missing():
            write_unique.submit(tasks, unique, dropped, advance).result()
        else:
            advance(tasks.count, "already there")
    unique.seal()
    dropped.seal()
    return unique


@task(name="deduplicate", cache_policy=NO_CACHE)
def write_unique(tasks: Stage[Task], unique: Stage[Task], dropped: Stage[Duplicate], advance: Advance) -> None:
    shards = tasks.shards()
    paths = [tasks.path(info.shard) for info in shards]
    partitions = 1 + sum(info.rows for info in shards) // KEYS_IN_MEMORY
    _refuse_contradictions(contradictions(paths, partitions))
    found = duplicates(paths, partitions)
    by_shard = found.partition_by("shard", as_dict=True)
    for place, info in enumerate(shards):
        own = by_shard.get((place,), found.clear())
        rows = own.select("id", "kept_id").with_columns(method=pl.lit(METHOD))
        unique.write(info.shard, without(tasks.read(info.shard), own["row"].to_list()), inputs=[info.sha256])
        dropped.write(info.shard, [Duplicate(**row) for row in rows.iter_rows(named=True)], inputs=[info.sha256])
        advance(1, "")


def _refuse_contradictions(found: pl.DataFrame) -> None:
    if found.height:
        one = found.row(0, named=True)
        raise ContradictionError(
            f"{found.height} tasks have the prompt of another task and another canonical key; the first is task "
            f"{one['id']}, with the prompt of {one['first_id']}: mend the canonical function of their families"
        )
