"""`Removed`: a task that was left out because the same problem is elsewhere, whole, with what stays in its place."""

from typing import Literal

import pyarrow as pa

from schemas.task import TASK_SCHEMA, Task

RemovedMethod = Literal["canonical", "index", "text", "lexical", "semantic", "benchmark"]


class Removed(Task, frozen=True, kw_only=True):
    """A task that was removed, every column of it; `kept_id` is the task that stays, or the item that it repeats.

    By `method` they are the same problem: `canonical` (equal canonical keys), `index` (the key was seen in a former
    run), `text` (equal text keys), `lexical` and `semantic` (near texts whose numbers, answers and relations agree)
    or `benchmark` (it stands in a benchmark). `score` is how alike they are, in [0, 1], 1.0 where that was decided
    exactly; `reason` is one line for people.
    """

    kept_id: str
    method: RemovedMethod
    score: float
    reason: str


REMOVED_SCHEMA = pa.schema(
    [
        *TASK_SCHEMA,
        pa.field("kept_id", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
