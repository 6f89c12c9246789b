"""`StepLabels`: the steps of one response and what each is worth, in the columns of TRL's stepwise type."""

import msgspec
import pyarrow as pa

from schemas.columns import message_list
from schemas.task import Message


class StepLabels(msgspec.Struct, frozen=True, kw_only=True):
    """Steps and labels of one response; the five step lists have one entry a step.

    `prompt` is messages and `completions` are the texts of the steps. `labels` says whether the step is still on a way
    to a right answer, `values` is the estimated chance of getting there in [0, 1], from `successes` of `visits`
    continuations. `score` is the verdict's on a whole response, None for one that goes on or was cut off.
    """

    task_id: str
    model: str
    method: str
    prompt: tuple[Message, ...]
    completions: tuple[str, ...]
    labels: tuple[bool, ...]
    values: tuple[float, ...]
    visits: tuple[int, ...]
    successes: tuple[int, ...]
    score: float | None


STEPS_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        message_list("prompt"),
        pa.field("completions", pa.list_(pa.string()), nullable=False),
        pa.field("labels", pa.list_(pa.bool_()), nullable=False),
        pa.field("values", pa.list_(pa.float64()), nullable=False),
        pa.field("visits", pa.list_(pa.int32()), nullable=False),
        pa.field("successes", pa.list_(pa.int32()), nullable=False),
        pa.field("score", pa.float64()),
    ]
)
