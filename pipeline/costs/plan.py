"""A plan: what a run is expected to make and to cost, each number with an interval, and how it is read again."""

from typing import Any

import msgspec

from pipeline.costs.prices import Prices
from pipeline.store.files import read_whole, sizes

PLAN = "plan.json"
TOTAL = "total"


class Interval(msgspec.Struct, frozen=True):
    """The middle of what is expected, and the equal-tailed interval of the plan's `share` around it."""

    low: float
    expected: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


class CellPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a family and level: of the tasks `made` some are `unique`, of the `problems` there are."""

    family: str
    level: int
    params: str
    made: int
    unique: Interval
    problems: Interval
    rollouts: Interval | None = None
    in_band: Interval | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a config is expected to come to: by stage, TOTAL last, the quantities of `prices.QUANTITIES`.

    `rates` says where the rates are from, `share` what part of all plans has the fact inside its interval. A stage
    that nothing is known of is not there, and named in `unknown`.
    """

    name: str
    config: dict[str, Any]
    rates: str
    share: float
    stages: dict[str, dict[str, Interval]]
    cells: tuple[CellPlan, ...]
    prices: Prices
    warnings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def plan_bytes(plan: Plan) -> bytes:
    return msgspec.json.format(msgspec.json.encode(plan, enc_hook=_plain), indent=1) + b"\n"


def plan_in(run_url: str) -> Plan | None:
    """The plan that is kept in a run's folder; None where there is none, or one of another version."""
    if PLAN not in sizes(run_url):
        return None
    try:
        return msgspec.json.decode(read_whole(f"{run_url}/{PLAN}"), type=Plan, dec_hook=_made)
    except msgspec.ValidationError:
        return None


def _plain(value: object) -> object:
    if isinstance(value, Prices):
        return value.model_dump()
    raise TypeError(f"a plan holds no {type(value).__name__}")


def _made(kind: type, value: Any) -> object:
    return kind(**value)
