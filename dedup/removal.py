"""What is taken out of a shard of tasks, and the shard in two: what stays, and what was removed, with why."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from schemas import RemovedMethod


class Removal(NamedTuple):
    """Row `row` of a shard is removed; the other fields are those of `schemas.Removed`."""

    row: int
    kept_id: str
    method: RemovedMethod
    score: float
    reason: str


class Screen(Protocol):
    """Says which tasks of a shard are removed whatever they are compared with, such as those of a benchmark.

    Picklable: workers call it. `key` is a JSON value of all that its answer depends on but the tasks.
    """

    @property
    def key(self) -> object: ...

    def __call__(self, shard: int, tasks: pa.Table) -> Sequence[Removal]:
        """The removals of the shard with this number, given its tasks; each row once."""


def joined(*kinds: Iterable[Removal]) -> list[Removal]:
    """Removals by row; where several kinds remove a row, the first kind says why."""
    by_row: dict[int, Removal] = {}
    for kind in kinds:
        for each in kind:
            by_row.setdefault(each.row, each)
    return [by_row[row] for row in sorted(by_row)]


def parted(table: pa.Table, removals: Sequence[Removal]) -> tuple[pa.Table, pa.Table]:
    """The rows that stay, and the others as rows of `Removed`: each row of the table is in one of them, in order.

    `removals` are by row, no row twice.
    """
    rows = np.array([each.row for each in removals], dtype=np.int64)
    stays = np.ones(table.num_rows, dtype=bool)
    stays[rows] = False
    gone = table.take(pa.array(rows)).replace_schema_metadata(None)
    gone = gone.append_column("kept_id", pa.array([each.kept_id for each in removals], pa.string()))
    gone = gone.append_column("method", pa.array([each.method for each in removals], pa.string()))
    gone = gone.append_column("score", pa.array([each.score for each in removals], pa.float64()))
    gone = gone.append_column("reason", pa.array([each.reason for each in removals], pa.string()))
    return table.filter(pa.array(stays)), gone
