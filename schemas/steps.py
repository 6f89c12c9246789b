"""`StepLabels`: the steps of one response and what each is worth, in the columns of TRL's stepwise type."""

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from schemas.columns import message_list
from schemas.interval import Bound, wilson
from schemas.task import Message


class StepLabels(msgspec.Struct, frozen=True, kw_only=True):
    """Steps and labels of one response; the seven step lists have one entry a step.

    `prompt` is messages and `completions` are the texts of the steps. `labels` says whether the step is still on a way
    to a right answer, `values` is the estimated chance of getting there in [0, 1], from `successes` of `visits`
    continuations. `low` and `high` are the 95 % interval of that chance, both the value itself where it is known and
    not estimated, both null where nothing was asked (`visits` 0). `score` is 1.0 for a whole response that is right,
    0.0 for one that is not, in part right or not at all, None for one that goes on or was cut off.
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
    low: tuple[Bound, ...]
    high: tuple[Bound, ...]
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
        pa.field("low", pa.list_(pa.float64()), nullable=False),
        pa.field("high", pa.list_(pa.float64()), nullable=False),
        pa.field("score", pa.float64()),
    ]
)


def share_intervals(successes: Sequence[int], visits: Sequence[int]) -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    """The lower and the upper bounds of each step's share."""
    bounds = [wilson(*both) for both in zip(successes, visits, strict=True)]
    return tuple(low for low, _ in bounds), tuple(high for _, high in bounds)


def with_intervals(table: pa.Table) -> pa.Table:
    """Rows of schema version 1 with the bounds that their counts give.

    They do not say which shares were known and not estimated: a single visit has an interval like any other.
    """
    counts = zip(table["successes"].to_pylist(), table["visits"].to_pylist(), strict=True)
    bounds = [share_intervals(*both) for both in counts]
    for place, name in enumerate(("low", "high")):
        column = pa.array([list(each[place]) for each in bounds], pa.list_(pa.float64()))
        table = table.append_column(STEPS_SCHEMA.field(name), column)
    return table
