"""`Continuation`: what a tree search was answered at one place, kept so that nothing is asked twice."""

from typing import Literal

import msgspec
import pyarrow as pa

from schemas.verdict import Reason

AskKind = Literal["whole", "step", "value"]


class Continuation(msgspec.Struct, frozen=True, kw_only=True):
    """Answer `sample` to question `ask` of the search in one task's tree.

    The question was asked after `path_tokens` tokens of a response: to finish it (`whole`), to go on by one step
    (`step`), or what it is worth (`value`). `token_ids` and `logprobs` (T,) are what was sampled, drawn from `seed`,
    of a step without tokens of the next one. `ended` says that the response ends here. Where it ended by itself there
    is a verdict: `score`, None where the verifier was undecided, and `reason`. What was cut off for its length has
    neither, and a step after which there is no room for another is `ended` too. A value is a `score` without tokens.
    """

    task_id: str
    ask: int
    sample: int
    kind: AskKind
    path_tokens: int
    seed: int
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    ended: bool
    score: float | None
    reason: Reason | None


CONTINUATION_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("ask", pa.int32(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("path_tokens", pa.int32(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("token_ids", pa.list_(pa.int32()), nullable=False),
        pa.field("logprobs", pa.list_(pa.float64()), nullable=False),
        pa.field("ended", pa.bool_(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field("reason", pa.string()),
    ]
)
