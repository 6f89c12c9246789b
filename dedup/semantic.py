"""Candidates by sense: pairs of vectors whose cosine is high, exactly, in blocks, on the GPU where faiss has one.

Cosine only proposes. It ranks problems with one number changed above those with other names, so whoever asks gives
the groups in which alone pairs count (equal numbers), and as many neighbours as it can have looked at.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import Pairs, Places, Scores, grouped, merged, pairs_of

Vectors = NDArray[np.float32]

EXACT = 200_000
"""Vectors in a group up to which all are compared with all; beyond, cells (`dedup.cells`)."""

_BY_MATMUL = 1024
_BLOCK = 4096
_STEP = 1e-4  # scores are rounded to it, so that ties are ties on every machine, and go by place


def near_pairs(vectors: Vectors, least: float, most: int, groups: NDArray[Any] | None = None) -> Pairs:
    """The pairs of one group whose cosine is `least` or more; of each vector its `most` nearest, ties by place.

    `vectors` (N, D) have length 1; `groups` (N,) is one group for all where it is left out. Memory beside the answer
    is a block of 4096 * `most` neighbours, and a copy of the largest group.
    """
    if groups is None:
        return _within(np.arange(len(vectors)), vectors, least, most)
    return merged([_within(places, vectors[places], least, most) for places in grouped(groups)])


def near_between(asked: Vectors, vectors: Vectors, least: float, most: int) -> tuple[Places, Places, Scores]:
    """(row of `asked`, row of `vectors`, cosine) for the `most` nearest at `least` or more of each row asked."""
    parts = list(_found(asked, vectors, least, most))
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    rows, places, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, places, scores


def gpus() -> int:
    """How many GPUs the installed faiss can use; its CPU build uses none."""
    import faiss

    return int(faiss.get_num_gpus()) if hasattr(faiss, "index_cpu_to_all_gpus") else 0


def _within(places: Places, vectors: Vectors, least: float, most: int) -> Pairs:
    one, other, score = near_between(vectors, vectors, least, most + 1)  # the nearest is the vector itself
    apart = one != other
    return pairs_of(places[one[apart]], places[other[apart]], score[apart])


def _found(asked: Vectors, vectors: Vectors, least: float, most: int) -> Iterator[tuple[Places, Places, Scores]]:
    if not len(asked) or not len(vectors):
        return
    count = min(most, len(vectors))
    search = _by_matmul(vectors, count) if len(vectors) <= _BY_MATMUL else _by_faiss(vectors, count)
    for start in range(0, len(asked), _BLOCK):
        scores, places = search(np.ascontiguousarray(asked[start : start + _BLOCK], dtype=np.float32))
        rounded = np.clip(np.round(scores / _STEP) * _STEP, -1.0, 1.0).astype(np.float32)
        rows, columns = np.nonzero(rounded >= np.float32(least))
        yield rows.astype(np.int64) + start, places[rows, columns].astype(np.int64), rounded[rows, columns]


def _by_matmul(vectors: Vectors, count: int) -> Any:
    """Of each vector asked the scores and places of its `count` nearest."""

    def search(asked: Vectors) -> tuple[NDArray[Any], NDArray[Any]]:
        scores = asked @ vectors.T  # (B, N)
        order = np.argsort(-np.round(scores / _STEP), axis=1, kind="stable")[:, :count]
        return np.take_along_axis(scores, order, axis=1), order

    return search


def _by_faiss(vectors: Vectors, count: int) -> Any:
    import faiss

    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    if gpus():
        index = faiss.index_cpu_to_all_gpus(index)
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return lambda asked: index.search(asked, count)
