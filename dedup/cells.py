"""Cells of vectors, for more of them than can be compared with all: k-means, each cell a piece of work of its own
(SemDeDup; Abbas et al., 2023).

A vector is asked in its own cell and stands in its few nearest ones, so that a pair on both sides of a border is
found from one of them.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import Pairs, Places, pairs_of
from dedup.semantic import Vectors, gpus, near_between
from pipeline.seeding import derived_seed

IN_A_CELL = 2000
"""Vectors a cell, on the average."""
CELLS = 6
"""Nearest cells in which a vector stands: what that costs is little beside embedding (benchmarks/neighbours.py)."""

_ROUNDS = 10
_TAUGHT = 256  # vectors a cell that k-means learns from
_BLOCK = 65_536


def cell_count(vectors: int) -> int:
    """How many cells so many vectors are parted into."""
    return max(1, math.ceil(vectors / IN_A_CELL))


def sampled(count: int, cells: int, seed: int) -> Places:
    """The places, in order, of the vectors that k-means learns from."""
    wanted = min(count, _TAUGHT * cells)
    draws = np.random.default_rng(derived_seed(seed, "cells", count))
    return np.sort(draws.choice(count, wanted, replace=False)).astype(np.int64)


def centres(sample: Vectors, cells: int, seed: int) -> Vectors:
    """(C, D) centres of length 1, C at most `cells`: spherical k-means of the sample (Dhillon and Modha, 2001)."""
    import faiss

    means = faiss.Kmeans(
        sample.shape[1],
        min(cells, len(sample)),
        niter=_ROUNDS,
        spherical=True,
        seed=derived_seed(seed, "centres") % 2**31,
        min_points_per_centroid=1,
        max_points_per_centroid=_TAUGHT,
        gpu=bool(gpus()),
    )
    means.train(np.ascontiguousarray(sample, dtype=np.float32))
    found = np.asarray(means.centroids, dtype=np.float32)
    return found


def cells_of(vectors: Vectors, middle: Vectors, cells: int = CELLS) -> NDArray[np.int32]:
    """(N, min(cells, C)) the nearest cells of each vector, its own first."""
    count = min(cells, len(middle))
    parts = []
    for start in range(0, len(vectors), _BLOCK):
        rows, places, _ = near_between(vectors[start : start + _BLOCK], middle, -1.0, count)
        parts.append(places.reshape(-1, count).astype(np.int32))
        assert len(rows) == count * len(vectors[start : start + _BLOCK])
    return np.concatenate(parts) if parts else np.zeros((0, count), dtype=np.int32)


def cell_pairs(
    cell: int, own: NDArray[np.int32], vectors: Vectors, least: float, most: int, groups: NDArray[Any] | None = None
) -> Pairs:
    """The pairs found from one cell: of those at home there, with all that stand in it.

    `own` (N, cells) is what `cells_of` says of the N vectors; `groups` and the other arguments are as of `near_pairs`.
    """
    standing = np.flatnonzero((own == cell).any(axis=1)).astype(np.int64)
    home = standing[own[standing, 0] == cell]
    parts: list[tuple[Places, Places]] = [(home, standing)]
    if groups is not None:
        known = groups[standing]
        parts = [
            (each[own[each, 0] == cell], each)
            for each in (standing[known == value] for value in np.unique(groups[home]))
        ]
    ones, others, scores = [], [], []
    for asked, among in parts:
        rows, places, score = near_between(vectors[asked], vectors[among], least, most + 1)
        one, other = asked[rows], among[places]
        ones.append(one[one != other])
        others.append(other[one != other])
        scores.append(score[one != other])
    return pairs_of(*(np.concatenate(side) if side else [] for side in (ones, others, scores)))
