"""`PreferencePair`: a better and a worse response to one prompt, in TRL's conversational columns."""

import msgspec
import pyarrow as pa

from schemas.columns import message_list
from schemas.task import Message


class PreferencePair(msgspec.Struct, frozen=True, kw_only=True):
    """`chosen` beats `rejected` on `prompt`; `method` names the maker, `margin` the score gap in [0, 1]."""

    task_id: str
    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    chosen_score: float
    rejected_score: float
    margin: float
    chosen_model: str
    rejected_model: str
    method: str


PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        message_list("prompt"),
        message_list("chosen"),
        message_list("rejected"),
        pa.field("chosen_score", pa.float64(), nullable=False),
        pa.field("rejected_score", pa.float64(), nullable=False),
        pa.field("margin", pa.float64(), nullable=False),
        pa.field("chosen_model", pa.string(), nullable=False),
        pa.field("rejected_model", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
    ]
)
