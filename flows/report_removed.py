"""What the report says of tasks that were left out as the same problem: from the stages `unique` and `removed`."""

from collections.abc import Mapping

import polars as pl

from flows.report_frames import frame_of, stratified, tasks_of
from pipeline.report.removed import RemovedTasks, Twin
from pipeline.store import Stage
from schemas import Removed, Task
from trainer.samples import asked

EXAMPLES = 5
"""Tasks of each method that are shown beside the one that stays."""


def removed_of(unique: Stage[Task], tasks: pl.DataFrame, removed: Stage[Removed], seed: int) -> RemovedTasks | None:
    """Of a run with these unique `tasks`, one row each; None where nothing was left out."""
    rows = frame_of(removed, ["id", "kept_id", "method", "family"])
    if not rows.height:
        return None
    copies = rows.group_by("kept_id").agg(copies=pl.len() + 1).group_by("copies").len().sort("copies")
    chosen = stratified(rows, ["method", "family"], rows.height, seed, "removed")
    chosen = chosen.group_by("method", maintain_order=True).head(EXAMPLES)
    left_out = tasks_of(removed, chosen)
    kept = tasks_of(unique, tasks.filter(pl.col("id").is_in(chosen["kept_id"].to_list())))
    examples: dict[str, tuple[Twin, ...]] = {}
    for name in chosen["id"]:
        own = left_out[name]
        examples[own.method] = (*examples.get(own.method, ()), _twin(own, kept))
    counts = rows["method"].value_counts(sort=True)
    return RemovedTasks(
        of=tasks.height + rows.height,
        counts=dict(counts.iter_rows()),
        copies=dict(copies.iter_rows()),
        examples=examples,
    )


def _twin(own: Removed, kept: Mapping[str, Task]) -> Twin:
    return Twin(
        family=own.family,
        level=own.level,
        score=own.score,
        reason=own.reason,
        left_out=asked(own),
        kept_id=own.kept_id,
        kept=asked(kept[own.kept_id]) if own.kept_id in kept else "",
    )
