"""Parts of a clause that stand in order, or in any order."""

from typing import NamedTuple


class Group(NamedTuple):
    """Parts in order, or in any order. A part is a word, the number of an entity, or a group."""

    parts: "tuple[Part, ...]"
    ordered: bool


Part = str | int | Group


DEEPEST = 6
"""Brackets inside brackets that are looked into; deeper ones stay in order."""
