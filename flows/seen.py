"""The problems of former runs, from the index that a config names (`dedup.index`), and this run's own put into it.

A run asks the index as it was when it first asked for these tasks, whatever has been added since: which tasks stay
does not depend on when a run was stopped and gone on with.
"""

from collections.abc import Iterator

import pyarrow as pa

from dedup.index import FormerRuns, Index, noted, open_index
from flows.config import RunConfig
from flows.retries import as_task
from pipeline.store import Run, Stage, read_columns
from pipeline.store.files import absolute
from schemas import Task, jsontext

FOLDER = "seen"


def former_runs(run: Run, config: RunConfig, tasks: Stage[Task]) -> FormerRuns | None:
    """What the index had when it was first asked for these tasks, without what this run itself put there; None without
    an index. Raises IndexFailure, StoreError.
    """
    if not config.dedup.index:
        return None
    return noted(open_index(config.dedup.index), f"{run.url}/{FOLDER}/{tasks.key}.json", _source(run))


def put_into_index(run: Run, config: RunConfig, unique: Stage[Task]) -> None:
    """Adds the run's unique tasks to the index that its config names."""
    if config.dedup.index:
        as_task("add to the index", add_run, open_index(config.dedup.index), run, config.url, unique)


def add_run(index: Index, run: Run, title: str, unique: Stage[Task]) -> None:
    """Adds a run's unique tasks to an index, in place of those that it had there before. Raises IndexFailure,
    StoreError."""
    shards = unique.shards()
    rows = sum(info.rows for info in shards)
    index.add(_source(run), f"run {title}", [info.sha256 for info in shards], _keys(unique), rows)


def _keys(unique: Stage[Task]) -> Iterator[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
    for info in unique.shards():
        table = read_columns(unique.path(info.shard), Task, ["canonical", "id"])
        yield table["canonical"], table["id"]


def _source(run: Run) -> str:
    """The same for a run of more tasks in the same folder, which has those of before; not for one of another seed."""
    return jsontext.digest("run", absolute(run.url), run.seed)
