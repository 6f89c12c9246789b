"""The tasks to train on, read from shards by path, and what the shards tell of their difficulty."""

from collections.abc import Mapping, Sequence

from pipeline.store import read_shards
from pipeline.store.shard import read_row_groups, shard_urls
from schemas import Task
from schemas.failure import Failure
from trainer.config import EvaluationConfig


class TaskError(Failure, ValueError):
    """The shards do not hold what training needs; the message says which and what to do."""


def read_tasks(sources: Sequence[str]) -> list[Task]:
    """Every task of the shards, in their order, further columns left aside.

    Raises TaskError where there is none, StoreError and SchemaError for a file that can't be read.
    """
    tasks = list(read_shards(sources, Task))
    if not tasks:
        raise TaskError(f"{', '.join(sources)}: no tasks in there; give the shards of a stage that has some")
    return tasks


def read_splits(evaluation: EvaluationConfig | None) -> dict[str, list[Task]]:
    """The held-out tasks of each split by its name, at most as many as the config says. Raises as read_tasks does."""
    if evaluation is None:
        return {}
    return {split: read_tasks(shards)[: evaluation.tasks] for split, shards in evaluation.by_split().items()}


def refuse_shared_problems(training: Sequence[Task], held_out: Sequence[Task]) -> None:
    """Raises TaskError when a held-out problem is trained on, in whatever words."""
    shared = {task.canonical for task in training} & {task.canonical for task in held_out}
    if shared:
        raise TaskError(
            f"{len(shared)} held-out problems are also in the training shards (the first: {min(shared)}): "
            "split by `canonical`, so that no problem is on both sides"
        )


def measured_in(sources: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Successes and samples by task id, of shards that tell them, as curriculum shards do."""
    measured: dict[str, tuple[int, int]] = {}
    for url in shard_urls(sources):
        for table in read_row_groups(url, Task):
            if {"successes", "samples"} <= set(table.column_names):
                columns = (table[name].to_pylist() for name in ("id", "successes", "samples"))
                measured |= {task: (right, made) for task, right, made in zip(*columns, strict=True)}
    return measured


def refuse_unknown_domains(tasks: Sequence[Task], quotas: Mapping[str, float]) -> None:
    """Raises TaskError when a domain has a share and no task, or tasks and no share."""
    there = {task.domain for task in tasks}
    if quotas and there != quotas.keys():
        raise TaskError(
            f"quotas names {', '.join(sorted(quotas))} and the shards hold {', '.join(sorted(there))}: every domain "
            "there needs a share, and no other"
        )
