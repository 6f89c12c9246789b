"""`Evidence`: what a family's tests bring so that the conformance suite can try to prove the family wrong.

All of it is independent of the family's own `make` and `check`: a second method, not the same code again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeVar

import msgspec

from generators.family import Family

InstanceT = TypeVar("InstanceT", bound=msgspec.Struct)


@dataclass(frozen=True, kw_only=True)
class Evidence(Generic[InstanceT]):
    """Second opinions on one family.

    - `judge(instance, answer)`: whether an answer text is right, by another method than `check` (for the strict
      form of the answer format; texts that are not in the format are wrong).
    - `recompute(instance)`: a right answer found from the statement's facts alone, by another method than `make`.
    - `alternatives(instance)`: other valid answers a solver can find, differently written or really different.
    - `near_misses(instance)`: wrong answers that look right: one cell, one step, one token changed.
    - `disguise(instance, rng)`: the same problem renamed, reordered or reflected: `canonical` must not change.
    - `change(instance, rng)`: a really different, valid problem, as near as can be: `canonical` must change.
    - `solutions(instance)`: how many solutions there are (counting may stop at 2), where the statement promises
      exactly one; None where it promises none.
    - `rising`: the features that rise (on average) from rung 1 to the last.
    """

    family: Family[Any, InstanceT]
    judge: Callable[[InstanceT, str], bool]
    recompute: Callable[[InstanceT], str]
    near_misses: Callable[[InstanceT], Iterable[str]]
    disguise: Callable[[InstanceT, Random], InstanceT]
    change: Callable[[InstanceT, Random], InstanceT]
    rising: tuple[str, ...]
    alternatives: Callable[[InstanceT], Iterable[str]] = lambda instance: ()
    solutions: Callable[[InstanceT], int] | None = None
