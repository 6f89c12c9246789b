"""The oracle core: a reference program computes the answer, a reader takes the model's, a rule compares the two.

An oracle family is its questions and an `Oracle` row; where several answers are right, `fault` tests the property.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

import msgspec

from schemas import Verdict
from schemas.verdict import correct, malformed, wrong

InstanceT = TypeVar("InstanceT", bound=msgspec.Struct)
ValueT = TypeVar("ValueT")

MOST_DRAWS = 1000


@dataclass(frozen=True, kw_only=True)
class Oracle(Generic[InstanceT, ValueT]):
    """How one family's answers are found, written, read and judged.

    - `solve(instance)`: the reference program: one right answer as a value.
    - `write(instance, value)`: the value in the answer format.
    - `read(instance, text)`: the value of a model's text, None where it is not in the answer format. Bounded.
    - `fault(instance, value)`: what is wrong with a value, one sentence, or None for every right one. Without it
      the only right value is that of `solve`.
    """

    solve: Callable[[InstanceT], ValueT]
    write: Callable[[InstanceT, ValueT], str]
    read: Callable[[InstanceT, str], ValueT | None]
    fault: Callable[[InstanceT, ValueT], str | None] | None = None

    def gold(self, instance: InstanceT) -> str:
        return self.write(instance, self.solve(instance))

    def check(self, instance: InstanceT, answer: str) -> Verdict:
        """The verdict on an answer: read it, then judge the value by the rules."""
        value = self.read(instance, answer)
        if value is None:
            return malformed("this is not in the answer format")
        if self.fault is None:
            return correct() if value == self.solve(instance) else wrong("the reference program finds something else")
        fault = self.fault(instance, value)
        return correct() if fault is None else wrong(fault)


def drawn(draw: Callable[[Random], InstanceT], fits: Callable[[InstanceT], bool], rng: Random) -> InstanceT:
    """The first drawn instance that fits. Raises ValueError after 1,000 draws: the parameters leave no room."""
    for _ in range(MOST_DRAWS):
        instance = draw(rng)
        if fits(instance):
            return instance
    raise ValueError(f"no fitting instance in {MOST_DRAWS} draws: the parameters leave too little room")
