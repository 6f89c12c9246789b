"""`Item` and `Ability`: tasks and models side by side, and on one scale."""

import msgspec
import pyarrow as pa


class PassRate(msgspec.Struct, frozen=True, kw_only=True):
    """One model's rate on a task: posterior mean and 95 % interval after `successes` of `samples` rollouts."""

    model: str
    revision: str
    successes: int
    samples: int
    mean: float
    low: float
    high: float


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A task as several models find it.

    `rates` has every model that tried it, each by its own rollouts alone. `difficulty` and `difficulty_sd` are the
    posterior mean and standard deviation on the scale that all models share (see `Ability`), in logits. `gap` is the
    rate of `strong`, the most able model, less that of `weak`, the least able one, with its 95 % interval; None where
    one of them has not tried the task.
    """

    task_id: str
    family: str
    level: int
    difficulty: float
    difficulty_sd: float
    strong: str
    weak: str
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    rates: tuple[PassRate, ...]


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """A model on the scale of its run: it solves an item with probability 1 / (1 + exp(difficulty - ability)).

    `ability` is in logits, their mean over the run's models 0; `sd`, `low` and `high` are its standard deviation and
    95 % interval. `pass_rate` is the mean over all tasks, tried or not, as the scale has it. `infit`, `outfit` (1 is a
    fit) and `off` (a pass rate) say how well the scale describes the model; `holds` is false where it does not, and
    then its own rates are to be trusted, not the scale's.
    """

    model: str
    revision: str
    tasks: int
    samples: int
    successes: int
    ability: float
    sd: float
    low: float
    high: float
    pass_rate: float
    infit: float
    outfit: float
    off: float
    holds: bool


_PASS_RATE = pa.struct(
    [
        pa.field("model", pa.string()),
        pa.field("revision", pa.string()),
        pa.field("successes", pa.int32()),
        pa.field("samples", pa.int32()),
        pa.field("mean", pa.float64()),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
    ]
)

ITEM_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("difficulty", pa.float64(), nullable=False),
        pa.field("difficulty_sd", pa.float64(), nullable=False),
        pa.field("strong", pa.string(), nullable=False),
        pa.field("weak", pa.string(), nullable=False),
        pa.field("gap", pa.float64()),
        pa.field("gap_low", pa.float64()),
        pa.field("gap_high", pa.float64()),
        pa.field("rates", pa.list_(_PASS_RATE), nullable=False),
    ]
)

ABILITY_SCHEMA = pa.schema(
    [
        pa.field("model", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("tasks", pa.int32(), nullable=False),
        pa.field("samples", pa.int64(), nullable=False),
        pa.field("successes", pa.int64(), nullable=False),
        pa.field("ability", pa.float64(), nullable=False),
        pa.field("sd", pa.float64(), nullable=False),
        pa.field("low", pa.float64(), nullable=False),
        pa.field("high", pa.float64(), nullable=False),
        pa.field("pass_rate", pa.float64(), nullable=False),
        pa.field("infit", pa.float64(), nullable=False),
        pa.field("outfit", pa.float64(), nullable=False),
        pa.field("off", pa.float64(), nullable=False),
        pa.field("holds", pa.bool_(), nullable=False),
    ]
)
