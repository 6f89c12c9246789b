"""`LeftOut`: a task that is in no curriculum shard though its pass rate was wanted, or was never measured, and why."""

from typing import Literal

import msgspec
import pyarrow as pa

Cause = Literal[
    "not_chosen",
    "malformed_prompt",
    "truncated",
    "repeating",
    "duplicated",
    "too_short",
    "too_long",
    "disagreement",
    "consensus",
    "common_answer",
    "mix",
]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Task `id` was left out of the curriculum.

    Before it was rolled out: `not_chosen` (other candidates of its round were likelier to be in the band). By its
    question: `malformed_prompt`. By its rollouts: `truncated`, `repeating`, `duplicated`, `too_short` or
    `too_long`. By a second look at their verdicts: `disagreement` (two checks contradict each other) or `consensus`
    (the model is sure of an answer that the verifier does not accept). To balance the training split:
    `common_answer` (too many tasks of the family and level have its gold answer) or `mix` (its family or domain has
    more tasks than its share, or no share). `detail` says it with figures.
    """

    id: str
    family: str
    level: int
    cause: Cause
    detail: str


LEFT_OUT_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("cause", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)
