"""How many different problems a rung can make: a rung that runs dry repeats itself, however many seeds it is given."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from generators.family import Family, canonical_key, level_params, make_instance


class Saturation(NamedTuple):
    """Of `made` items `distinct` were different problems; the rung holds at least about `estimate` of them."""

    made: int
    distinct: int
    estimate: float


def saturation(family: Family[Any, Any], *, level: int, seed: int, count: int) -> Saturation:
    """The saturation of a rung, from the canonical keys of `count` items. Raises FamilyError outside the ladder."""
    params = level_params(family, level)
    return saturation_of([canonical_key(family, make_instance(family, params, seed, index)) for index in range(count)])


def saturation_of(keys: Sequence[str]) -> Saturation:
    """The same from keys at hand.

    The estimate is Chao's lower bound from the problems seen once and twice, bias-corrected (Chao 1984, 1987):
    distinct + once (once − 1) / (2 (twice + 1)). It is what the sample supports: a lower bound, and where hardly
    anything repeats, it only says "many".

    >>> saturation_of(["a", "b", "a", "c"])
    Saturation(made=4, distinct=3, estimate=3.5)
    """
    times = Counter(Counter(keys).values())
    distinct = sum(times.values())
    return Saturation(len(keys), distinct, distinct + unseen(times[1], times[2]))


def unseen(once: int, twice: int) -> float:
    """The part of that estimate that was not seen yet, of problems seen once and twice."""
    return once * (once - 1) / (2 * (twice + 1))
