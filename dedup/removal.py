"""What is taken out of a shard of tasks, and the shard in two: what stays, and what was removed, with why."""

from collections.abc import Sequence
from typing import NamedTuple

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


def parted(table: pa.Table, removals: Sequence[Removal]) -> tuple[pa.Table, pa.Table]:
    """The rows that stay, and those that don't as `Removed` rows: each row of the table is in one of them, in order."""
    ordered = sorted(removals)
    rows = np.array([each.row for each in ordered], dtype=np.int64)
    stays = np.ones(table.num_rows, dtype=bool)
    stays[rows] = False
    if table.num_rows - int(stays.sum()) != len(rows):
        raise ValueError("one row is removed twice")
    gone = table.take(pa.array(rows)).replace_schema_metadata(None)
    gone = gone.append_column("kept_id", pa.array([each.kept_id for each in ordered], pa.string()))
    gone = gone.append_column("method", pa.array([each.method for each in ordered], pa.string()))
    gone = gone.append_column("score", pa.array([each.score for each in ordered], pa.float64()))
    gone = gone.append_column("reason", pa.array([each.reason for each in ordered], pa.string()))
    return table.filter(pa.array(stays)), gone
