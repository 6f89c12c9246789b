"""`AimedCell`: how many tasks of one family and one set of parameters a round of an aimed run makes, and why."""

from typing import Any

import msgspec
import pyarrow as pa

from schemas.columns import json_column


class AimedCell(msgspec.Struct, frozen=True, kw_only=True):
    """Round `round` (from 1) makes the items `start` to `stop` of the stream of `family` with `params`.

    `level` is the rung, 0 for parameters off the ladder. `place` orders the cells of a source by difficulty: a rung's
    is its number, that of parameters between two rungs lies between theirs; None where it is not known. `source` is
    the source's position in the config. `quota` is the number of tasks before rounding. `expected` is the share of
    its tasks that were expected in the band, `fresh` the chance that the next one is a new problem: both as of the
    rounds before, None in the first.
    """

    round: int
    source: int
    family: str
    level: int
    params: dict[str, Any]
    place: float | None
    start: int
    stop: int
    quota: float
    expected: float | None = None
    fresh: float | None = None

    @property
    def count(self) -> int:
        return self.stop - self.start


AIMED_CELL_SCHEMA = pa.schema(
    [
        pa.field("round", pa.int32(), nullable=False),
        pa.field("source", pa.int32(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        json_column("params"),
        pa.field("place", pa.float64()),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("stop", pa.int64(), nullable=False),
        pa.field("quota", pa.float64(), nullable=False),
        pa.field("expected", pa.float64()),
        pa.field("fresh", pa.float64()),
    ]
)
