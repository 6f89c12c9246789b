"""`Task`: one verifiable problem, with all its verifier needs."""

from typing import Any

import msgspec
import pyarrow as pa

from schemas.columns import json_column, message_list


class Message(msgspec.Struct, frozen=True):
    role: str
    content: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One task.

    `id` is the content hash of family, version, payload and prompt. `canonical` is equal for two tasks exactly
    when they are the same problem up to renaming, reordering and symmetry. `level` is the 1-based rung of the
    family's ladder, 0 for parameters off the ladder. `payload` is what the verifier reads, `answer` one gold
    answer in the answer format, `features` the structural difficulty. (family, version, params, style, seed,
    index) make the problem again; a prompt may show solved problems before it, as earlier turns.
    """

    id: str
    family: str
    domain: str
    level: int
    style: str
    prompt: tuple[Message, ...]
    answer: str
    payload: dict[str, Any]
    params: dict[str, Any]
    canonical: str
    features: dict[str, float]
    seed: int
    index: int
    version: int
    source: str = "taskmill"
    license: str = "Apache-2.0"


TASK_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("domain", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("style", pa.string(), nullable=False),
        message_list("prompt"),
        pa.field("answer", pa.string(), nullable=False),
        json_column("payload"),
        json_column("params"),
        pa.field("canonical", pa.string(), nullable=False),
        json_column("features"),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("index", pa.int64(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("license", pa.string(), nullable=False),
    ]
)
