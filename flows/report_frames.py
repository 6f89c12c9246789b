"""The tasks of a run as the report looks at them: slim columns of all, and whole records of a bounded sample."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.seeding import derived_seed
from pipeline.store import Stage, read_columns
from schemas import Difficulty, Rollout, Task, from_table

RecordT = TypeVar("RecordT", bound=msgspec.Struct)
TaskT = TypeVar("TaskT", bound=Task)

SHARDS = 24
"""Whole records are read of so many shards, evenly spread, and of the first with each family."""


def frame_of(stage: Stage[Any], columns: Sequence[str], shards: Sequence[int] | None = None) -> pl.DataFrame:
    """Those columns, and the `shard` of each row; of all shards if none are named."""
    numbers = [info.shard for info in stage.shards()] if shards is None else shards
    tables = [(shard, read_columns(stage.path(shard), stage.record, columns)) for shard in numbers]
    frames = [pl.DataFrame(pl.from_arrow(table)).with_columns(shard=pl.lit(shard)) for shard, table in tables]
    return pl.concat(frames) if frames else pl.DataFrame(schema=[*columns, "shard"])


def task_frame(unique: Stage[Task], graded: Stage[Difficulty] | None) -> pl.DataFrame:
    """One row a unique task: id, family, level, shard; mean, decision and samples are null where it is not graded."""
    tasks = frame_of(unique, ["id", "family", "level"])
    if graded is None:
        return tasks.with_columns(
            mean=pl.lit(None, pl.Float64), decision=pl.lit(None, pl.String), samples=pl.lit(0, pl.Int64)
        )
    measured = frame_of(graded, ["task_id", "mean", "decision", "samples"]).drop("shard")
    joined = tasks.join(measured, left_on="id", right_on="task_id", how="left", maintain_order="left")
    reached = pl.col("samples") > 0
    return joined.with_columns(
        mean=pl.when(reached).then("mean"), decision=pl.when(reached).then("decision"), samples=pl.col("samples")
    )


def looked_at(tasks: pl.DataFrame) -> list[int]:
    """The shards of which whole records are read."""
    shards = tasks["shard"].unique().sort().to_list()
    step = max(1, -(-len(shards) // SHARDS))
    first = tasks.group_by("family").agg(pl.col("shard").min())["shard"].to_list()
    return sorted({*shards[::step], *first})


def stratified(rows: pl.DataFrame, strata: Sequence[str], most: int, seed: int, purpose: str) -> pl.DataFrame:
    """At most so many rows, drawn by turns from each stratum, so that small ones are whole before large ones are."""
    drawn = np.random.Generator(np.random.PCG64(derived_seed(seed, "report", purpose))).random(rows.height)
    ranked = rows.with_columns(drawn=pl.Series(drawn)).with_columns(turn=pl.col("drawn").rank("ordinal").over(strata))
    return ranked.sort("turn", *strata, "drawn").head(most).drop("drawn", "turn")


def tasks_of(stage: Stage[TaskT], wanted: pl.DataFrame) -> dict[str, TaskT]:
    """The tasks whose `id` and `shard` are wanted, by id."""
    return {task.id: task for rows in _by_shard(wanted) for task in _rows(stage, rows[0], "id", rows[1]["id"])}


def rollouts_of(rollouts: Stage[Rollout], wanted: pl.DataFrame) -> dict[tuple[str, int], Rollout]:
    """The rollouts whose `task_id`, `sample` and `shard` are wanted, by task and sample."""
    asked = set(wanted.select("task_id", "sample").iter_rows())
    found = {}
    for shard, rows in _by_shard(wanted):
        for rollout in _rows(rollouts, shard, "task_id", rows["task_id"]):
            if (rollout.task_id, rollout.sample) in asked:
                found[rollout.task_id, rollout.sample] = rollout
    return found


def _by_shard(wanted: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    parts = wanted.partition_by("shard", as_dict=True)
    return [(int(shard), parts[shard,]) for shard in sorted(wanted["shard"].unique())]


def _rows(stage: Stage[RecordT], shard: int, key: str, ids: pl.Series) -> list[RecordT]:
    table = stage.read(shard)
    return from_table(table.filter(pc.is_in(table[key], value_set=pa.array(ids.to_list(), pa.string()))), stage.record)
