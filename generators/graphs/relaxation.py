"""Shortest distances by relaxing links (Bellman 1958, Ford 1956): a second way to judge a path, without any queue."""

import re
from collections.abc import Sequence
from itertools import pairwise

from generators.graphs.canonical import Link

_PATH = re.compile(r"[A-Z]{1,2}(?: [A-Z]{1,2})+")


def is_shortest(links: Sequence[Link], one_way: bool, start: str, goal: str, answer: str) -> bool | None:
    """Whether `A B C` is a path of least length from start to goal; None for a path that is written otherwise.

    >>> is_shortest([("A", "B", 1), ("B", "C", 1), ("A", "C", 3)], True, "A", "C", "A B C")
    True
    """
    if _PATH.fullmatch(answer) is None:
        return None
    ways = {(here, there): length for here, there, length in links}
    if not one_way:
        ways |= {(there, here): length for here, there, length in links}
    path = answer.split(" ")
    steps = list(pairwise(path))
    if (path[0], path[-1]) != (start, goal) or not all(step in ways for step in steps):
        return False
    return sum(ways[step] for step in steps) == distances(ways, start)[goal]


def distances(ways: dict[tuple[str, str], int], start: str) -> dict[str, int]:
    """The least length from start to each place that can be reached: ways are relaxed until none is any shorter."""
    least = {start: 0}
    shorter = True
    while shorter:
        shorter = False
        for (here, there), length in ways.items():
            if here in least and least[here] + length < least.get(there, least[here] + length + 1):
                least[there] = least[here] + length
                shorter = True
    return least
