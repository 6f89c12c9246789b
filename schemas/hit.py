"""`Hit`: a problem that is also an item of a benchmark, by which rule, and how that shows."""

from typing import Literal

import msgspec
import pyarrow as pa

HitMethod = Literal["canonical", "exact", "text", "near", "semantic"]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Problem `id` of `source` is item `item` of a benchmark.

    `method` is the first rule that finds it: `canonical` (the same problem up to renaming, reordering and symmetry),
    `exact` (the same words), `text` (the same up to names and the order of clues, read from the text), `near` (it
    shares the rare word sequences, and the numbers), `semantic` (it means the same, and numbers, answer and relations
    agree). `score` is in [0, 1], 1.0 where it is decided exactly: of `near` the share of rare sequences that are
    shared, of `semantic` the cosine. `reason` says it in a line for people; `excerpt` is what was found of the item's
    text, at most 240 characters.
    """

    id: str
    source: str
    benchmark: str
    item: str
    method: HitMethod
    score: float
    reason: str
    excerpt: str


HIT_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("benchmark", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("excerpt", pa.string(), nullable=False),
    ]
)
