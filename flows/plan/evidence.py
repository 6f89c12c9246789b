"""What a plan is made from: measurements of a pilot or of an earlier run, in one form."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from filters.prior import Cell
from flows.plan.warming import CHOOSING, DEDUP, WRITING, Making, Units, Work
from pipeline.costs.record import Device
from pipeline.store.shard import shard_bytes
from schemas import Failure

RecordT = TypeVar("RecordT", bound=msgspec.Struct)


class RatesError(Failure):
    """An earlier run has no rates for what is planned; the message says which it lacks."""


class Sizes(msgspec.Struct, frozen=True):
    """The bytes of a shard: `fixed` for having one, and `each` for every row."""

    fixed: float
    each: float


class CellSeen(msgspec.Struct, kw_only=True):
    """Of one cell: the canonical keys of tasks, what making some took, and their bytes.

    `begun` where the tasks are the first ones of the very stream that is planned.
    """

    keys: list[str]
    making: Making
    sizes: Sizes
    begun: bool


class TaskSeen(msgspec.Struct, frozen=True):
    """One task's rollouts: how many succeeded and failed, all of them, and their tokens."""

    successes: int
    failures: int
    rollouts: int
    prompt_tokens: int
    completion_tokens: int


class ModelSeen(msgspec.Struct, kw_only=True):
    """What a model made of tasks. `sampling` is in completion tokens, CPU seconds, and `waiting` in wall seconds.

    `opening` is what it took to open the engine, in CPU and wall seconds.
    """

    tasks: dict[Cell, list[TaskSeen]]
    sampling: Units
    waiting: Units
    opening: tuple[float, float]
    device: Device
    rollout_bytes: Sizes
    difficulty_bytes: Sizes


class Seen(msgspec.Struct, kw_only=True):
    """All of it. `rates` says in words where it is from; what was not measured is empty or None, or as usual.

    `writing`, `dedup` and `curriculum` are by task: writing shards of them, deduplicating them, and, of graded ones,
    choosing and splitting. `waits` is wall seconds for each CPU second that a worker spends on making tasks, `start`
    the wall and CPU seconds of a run beside its stages, `steps` CPU and wall seconds of training steps.
    """

    rates: str
    cells: dict[Cell, CellSeen]
    models: dict[str, ModelSeen] = {}
    writing: Work = WRITING.work
    dedup: Work = DEDUP.work
    curriculum: Work = CHOOSING.work
    waits: float = 1.05
    start: tuple[float, float] | None = None
    steps: Units = []
    step_waits: float = 1.0
    train_device: Device = "cpu"


def sizes_of(rows: Sequence[RecordT], record: type[RecordT]) -> Sizes:
    """The bytes of a shard of rows like these, from a shard of all of them and one of every second one: what a row adds
    to a shard that is begun, and what a shard has besides."""
    whole, half = list(rows), list(rows[::2])
    if len(whole) < 2:
        empty = len(shard_bytes([], record)[0])
        return Sizes(empty, len(shard_bytes(whole, record)[0]) - empty if whole else 0.0)
    both, less = len(shard_bytes(whole, record)[0]), len(shard_bytes(half, record)[0])
    each = max(both - less, 0) / (len(whole) - len(half))
    return Sizes(max(both - each * len(whole), 0.0), each)
