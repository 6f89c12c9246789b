"""`Source`: where a part of the labelled corpus comes from, and how a problem of it is disguised and changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

ProblemT = TypeVar("ProblemT")

Maker = Callable[[ProblemT, Random], ProblemT | None]
"""Another problem made of one; None where this problem gives no occasion for it."""


@dataclass(frozen=True, kw_only=True)
class Source(Generic[ProblemT]):
    """One genre of problems, with the truth about which of them are the same.

    - `draw(rng)`: a problem. `text(problem)`: what is asked. `answer(problem)`: a right answer, "" if unknown.
    - `key(problem)`: equal for two problems exactly when they are the same up to renaming, reordering and symmetry;
      computed from the specification, never from the text.
    - `same`: by kind, makers of the same problem told otherwise. `other`: by kind, makers of a really different
      problem as near as can be.
    - `rewording`: phrases of the template and what may stand in their place without a change of meaning.
    - `canonical`: whether documents carry the key, as the tasks of a family do; `payload(problem)` is then the instance
      as JSON.
    - `cased`: whether capitals mean something, so that noise must leave them alone.
    """

    name: str
    draw: Callable[[Random], ProblemT]
    text: Callable[[ProblemT], str]
    answer: Callable[[ProblemT], str]
    key: Callable[[ProblemT], str]
    same: Mapping[str, Maker[ProblemT]] = field(default_factory=dict)
    other: Mapping[str, Maker[ProblemT]] = field(default_factory=dict)
    rewording: tuple[tuple[str, str], ...] = ()
    canonical: bool = False
    payload: Callable[[ProblemT], str] = lambda problem: ""
    cased: bool = False
