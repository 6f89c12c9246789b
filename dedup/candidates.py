"""Candidate pairs: places of documents that may be the same problem, for structure to decide.

What they must agree on anyway, such as their numbers, is their group: only documents of one group are paired.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Scores = NDArray[np.float32]


class Pairs(NamedTuple):
    """(P,) places `one` < `other` of documents, each pair once, sorted; `score` in [0, 1] is how near they are."""

    one: Places
    other: Places
    score: Scores

    def __len__(self) -> int:  # of a named tuple it would be 3
        return len(self.one)


def pairs_of(one: Sequence[int] | Places, other: Sequence[int] | Places, score: Sequence[float] | Scores) -> Pairs:
    """The pairs in order, smaller place first; of a pair that is there several times the best score counts."""
    a, b = np.asarray(one, dtype=np.int64), np.asarray(other, dtype=np.int64)
    told = np.asarray(score, dtype=np.float32)
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((-told, high, low))
    low, high, told = low[order], high[order], told[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first &= low != high
    return Pairs(low[first], high[first], told[first])


def merged(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of the parts."""
    if not parts:
        return pairs_of([], [], [])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return pairs_of(columns[0], columns[1], columns[2])


def grouped(groups: NDArray[np.int64] | NDArray[np.uint64]) -> list[Places]:
    """The places of each group of two or more, groups by their value, places in order."""
    order = np.argsort(groups, kind="stable")
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    return [part for part in np.split(order.astype(np.int64), borders) if len(part) > 1]
