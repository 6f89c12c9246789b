"""`Trace`: a right response to learn from, in TRL's prompt-completion columns."""

import msgspec
import pyarrow as pa

from schemas.columns import message_list
from schemas.task import Message


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One response of `model` that the verifier found right; `method` names how it was chosen among the right ones.

    `sample` is its number among the task's rollouts, `right` of `samples` were right. `tokens` is its length,
    `mean_logprob` what the sampler thought of it, `confidence` the mean probability of the tokens of its final answer,
    None where the tokens of the answer are not known.
    """

    task_id: str
    prompt: tuple[Message, ...]
    completion: tuple[Message, ...]
    score: float
    model: str
    revision: str
    sample: int
    samples: int
    right: int
    tokens: int
    mean_logprob: float
    confidence: float | None
    method: str


TRACE_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        message_list("prompt"),
        message_list("completion"),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("samples", pa.int32(), nullable=False),
        pa.field("right", pa.int32(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
        pa.field("mean_logprob", pa.float64(), nullable=False),
        pa.field("confidence", pa.float64()),
        pa.field("method", pa.string(), nullable=False),
    ]
)
