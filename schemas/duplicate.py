"""`Duplicate`: a task that was left out because another one is the same problem."""

import msgspec
import pyarrow as pa


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Task `id` was dropped; `kept_id` stays, by the reason named in `method`."""

    id: str
    kept_id: str
    method: str


DUPLICATE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kept_id", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
    ]
)
