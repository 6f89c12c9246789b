"""What a piece of work took and gave."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Device = Literal["cpu", "cuda", "server"]


class CellCost(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a shard that is of one family and level: `params` are those off the ladder as JSON, else empty.

    `warm_rows` are the last half of the rows, by when most of what is loaded and built once is there; of their CPU
    seconds this has the sum and the sum of squares.
    """

    family: str
    level: int
    params: str
    rows: int
    cpu_seconds: float
    warm_rows: int = 0
    warm_seconds: float = 0.0
    warm_squares: float = 0.0


def cell_cost(family: str, level: int, params: str, seconds: Sequence[float]) -> CellCost:
    """From the CPU seconds of each row, in the order in which they were made."""
    warm = seconds[len(seconds) - len(seconds) // 2 :]
    return CellCost(
        family=family,
        level=level,
        params=params,
        rows=len(seconds),
        cpu_seconds=sum(seconds),
        warm_rows=len(warm),
        warm_seconds=sum(warm),
        warm_squares=sum(each * each for each in warm),
    )


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one piece of work, mostly a shard, took in all its `starts` together, and what there is of it in the end.

    `cpu_seconds`, `wall_seconds`, `rollouts` and tokens are all that was spent, that of killed starts too as far as it
    was written down; rows and `bytes` are of what stands. `device` is where a model computed; `cells` say whose rows
    these are, where that was asked.
    """

    starts: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    rows_in: int = 0
    rows_out: int = 0
    bytes: int = 0
    rollouts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    device: Device = "cpu"
    cells: tuple[CellCost, ...] = ()


NOTHING = Cost()
_SUMMED = tuple(field.name for field in msgspec.structs.fields(Cost) if field.name not in ("device", "cells"))


def in_all(costs: Iterable[Cost]) -> Cost:
    """The costs of several pieces of work together, without their cells; on a GPU or at a server if any of them was.

    >>> in_all([Cost(cpu_seconds=1.0, rows_out=5), Cost(cpu_seconds=0.5, rows_out=2)]).cpu_seconds
    1.5
    """
    all_of_them = list(costs)
    sums = {name: sum(getattr(cost, name) for cost in all_of_them) for name in _SUMMED}
    elsewhere = [cost.device for cost in all_of_them if cost.device != "cpu"]
    return Cost(**sums, device=elsewhere[0] if elsewhere else "cpu")
