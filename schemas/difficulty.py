"""`Difficulty`: how often one model solves one task, and what was decided of it."""

from typing import Literal

import msgspec
import pyarrow as pa

Decision = Literal["too_hard", "in_band", "too_easy", "undecided"]


class Difficulty(msgspec.Struct, frozen=True, kw_only=True):
    """The measured pass rate of a task for a model.

    `successes` of `samples` decided rollouts; `failed_checks` more had no verdict and count for neither.
    `mean`, `low` and `high` are the posterior mean and the equal-tailed 95 % interval of the pass rate;
    `error` is the posterior probability that `decision` is false (for `undecided`: of the best decision), after
    a Beta(`prior_a`, `prior_b`) prior.
    """

    task_id: str
    model: str
    revision: str
    successes: int
    samples: int
    failed_checks: int
    mean: float
    low: float
    high: float
    band_low: float
    band_high: float
    decision: Decision
    error: float
    prior_a: float = 0.5
    prior_b: float = 0.5


DIFFICULTY_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("successes", pa.int32(), nullable=False),
        pa.field("samples", pa.int32(), nullable=False),
        pa.field("failed_checks", pa.int32(), nullable=False),
        pa.field("mean", pa.float64(), nullable=False),
        pa.field("low", pa.float64(), nullable=False),
        pa.field("high", pa.float64(), nullable=False),
        pa.field("band_low", pa.float64(), nullable=False),
        pa.field("band_high", pa.float64(), nullable=False),
        pa.field("decision", pa.string(), nullable=False),
        pa.field("error", pa.float64(), nullable=False),
        pa.field("prior_a", pa.float64(), nullable=False),
        pa.field("prior_b", pa.float64(), nullable=False),
    ]
)
