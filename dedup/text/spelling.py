"""A masked clause as edges over its entities: equal for two that differ in names and in order without meaning."""

from collections.abc import Sequence
from functools import lru_cache

from dedup.text.groups import Part
from dedup.text.structure import Habits, structured

End = tuple[str, int]
"""A place in a template, and the vertex that stands there."""

Edge = tuple[str, tuple[End, ...]]


@lru_cache(maxsize=16_384)
def spelling(tokens: tuple[str | int, ...], habits: Habits) -> tuple[Edge, ...]:
    """The clause's template and ends first; then one edge for each vertex that holds members of an unordered group.

    Entities are numbered from 0 by first mention; holders follow them, in the order of their edges.
    """
    holders: list[Edge] = []
    entities = len({token for token in tokens if isinstance(token, int)})
    parts = tokens if _UNORDERED.isdisjoint(tokens) else structured(tokens, habits).parts
    told = _told(parts, holders, entities)
    return (told, *holders)


_UNORDERED = frozenset(("+", "*", "-", "=", "and", "or", "iff", ","))


def _told(parts: Sequence[Part], holders: list[Edge], entities: int) -> Edge:
    # A line break is in no token: what it marks can't be written in a text.
    words: list[str] = []
    ends: list[End] = []
    for at, part in enumerate(parts):
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, int):
            words.append("\n@")
            ends.append((str(at), part))
        else:
            told, inner = (_told if part.ordered else _unordered)(part.parts, holders, entities)
            words.append(f"\n({told}\n)" if part.ordered else f"\n{{{told}\n}}")
            ends += [(f"{at}.{place}", vertex) for place, vertex in inner]
    return " ".join(words), tuple(ends)


def _unordered(parts: Sequence[Part], holders: list[Edge], entities: int) -> Edge:
    """Members in the order of their spelling; one with several ends gets a vertex of its own to hold them."""
    words: list[str] = []
    ends: list[End] = []
    for part in parts:
        told, inner = _told((part,), holders, entities)
        words.append(told)
        if len(inner) > 1:
            holder = entities + len(holders)
            holders.append((f"\nholds {told}", (("head", holder), *inner)))
            ends.append((told, holder))
        else:
            ends += [(told, vertex) for _, vertex in inner]
    return "\n|".join(sorted(words)), tuple(ends)
