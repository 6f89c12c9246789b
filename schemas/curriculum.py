"""`CurriculumRow`: a task worth training on, with how often the model solves it."""

from typing import Literal

import pyarrow as pa

from schemas.difficulty import Decision
from schemas.task import TASK_SCHEMA, Task

Split = Literal["train", "validation", "test", "ood"]


class CurriculumRow(Task, frozen=True, kw_only=True):
    """A task with its measured difficulty for one model, and the split it belongs to.

    `pass_rate`, `pass_low` and `pass_high` are the posterior mean and 95 % interval after `successes` of
    `samples` rollouts. Rows stand in the order in which they are to be trained on. `split` is `train`, `validation`,
    `test`, or `ood` (out of distribution): families and levels that are held out of the other three.
    """

    pass_rate: float
    pass_low: float
    pass_high: float
    successes: int
    samples: int
    model: str
    revision: str
    decision: Decision
    split: Split


CURRICULUM_SCHEMA = pa.schema(
    [
        *TASK_SCHEMA,
        pa.field("pass_rate", pa.float64(), nullable=False),
        pa.field("pass_low", pa.float64(), nullable=False),
        pa.field("pass_high", pa.float64(), nullable=False),
        pa.field("successes", pa.int32(), nullable=False),
        pa.field("samples", pa.int32(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("decision", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
    ]
)
