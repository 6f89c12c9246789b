"""`Rollout`: one sampled response to one task, and its verdict."""

from typing import Any, Literal

import msgspec
import pyarrow as pa

from schemas.columns import json_column
from schemas.verdict import Found, Reason

Finish = Literal["stop", "length"]


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """One response, as sampled and as judged.

    `text` is what the verifier saw. `token_ids` and `logprobs` (T,) are the sampled tokens and their
    log-probabilities under the sampling distribution's temperature, so that nothing is ever tokenised again.
    `mean_logprob` is their mean, 0.0 where there are none. A server may give no log-probabilities, or neither these nor
    ids: they are empty then, and the token counts are its own. `score` is None when the verifier was undecided.
    """

    task_id: str
    sample: int
    model: str
    revision: str
    engine: str
    sampling: dict[str, Any]
    seed: int
    text: str
    prompt_tokens: int
    completion_tokens: int
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    mean_logprob: float
    finish: Finish
    score: float | None
    reason: Reason
    detail: str
    extracted: str | None
    found: Found


ROLLOUT_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("engine", pa.string(), nullable=False),
        json_column("sampling"),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("token_ids", pa.list_(pa.int32()), nullable=False),
        pa.field("logprobs", pa.list_(pa.float64()), nullable=False),
        pa.field("mean_logprob", pa.float64(), nullable=False),
        pa.field("finish", pa.string(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("extracted", pa.string()),
        pa.field("found", pa.string(), nullable=False),
    ]
)
