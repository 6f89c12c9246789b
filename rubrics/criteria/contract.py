"""The checker contract: a criterion that a program decides, from the text alone.

A checker is a row: its arguments as a record, its rule as a pure function, and its sentence for a prompt or a rubric.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec

ArgumentsT = TypeVar("ArgumentsT", bound=msgspec.Struct)

LONGEST_RESPONSE = 30_000
"""Characters, about 5,000 words; a longer response fails every criterion, with that reason."""

LONGEST_SOURCE = 100_000
"""Characters; what is compared with a longer source or prompt is not decided."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a checker sees: a response, the prompt it answers, and the text that the prompt gives as its source."""

    response: str
    prompt: str = ""
    source: str = ""


class Found(NamedTuple):
    """Whether the criterion holds, and why, in words for the one who wrote the response."""

    holds: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checker(Generic[ArgumentsT]):
    """One program check.

    - `arguments`: a frozen msgspec Struct; its `__post_init__` raises ValueError for what makes no sense.
    - `check(arguments, subject)`: whether it holds, in time linear in the response, about 50 ms for the
      worst of LONGEST_RESPONSE characters; nothing of it is executed.
    - `sentence(arguments)`: the criterion as an instruction, e.g. "Write at most 40 words."
    - `needs`: what it is compared with; without it the criterion can't be decided.
    """

    name: str
    arguments: type[ArgumentsT]
    check: Callable[[ArgumentsT, Subject], Found]
    sentence: Callable[[ArgumentsT], str]
    needs: Literal["prompt", "source"] | None = None
