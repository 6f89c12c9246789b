"""Parts of a clause that stand in order, or in any order."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar


class Group(NamedTuple):
    """Parts in order, or in any order. A part is a word, the number of an entity, or a group."""

    parts: "tuple[Part, ...]"
    ordered: bool


Part = str | int | Group

PartT = TypeVar("PartT", bound=Part)

DEEPEST = 6
"""Brackets inside brackets that are looked into; deeper ones stay in order."""


def bracketed(parts: Sequence[PartT], depth: int, inside: Callable[[Sequence[PartT], int], Group]) -> Iterator[Part]:
    """The parts with each bracket as what is `inside` it, given its parts and how deep they are."""
    level = start = 0
    for at, part in enumerate(parts):
        if part == "(" and depth < DEEPEST:
            level += 1
            if level == 1:
                start = at + 1
        elif part == ")" and level:
            level -= 1
            if level == 0:
                yield inside(parts[start:at], depth + 1)
        elif level == 0:
            yield part
    if level:
        yield "("
        yield from parts[start:]
