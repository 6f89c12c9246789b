"""Tasks as points of a space, near each other where they are alike: by their words and features, or by an encoder."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.cells import cells_of, centres

Matrix = NDArray[np.float64]

MOST_CELLS = 64
_BUCKETS = 512
_LONGEST = 20_000


def word_vectors(texts: Sequence[str], features: Sequence[Mapping[str, float]]) -> Matrix:
    """(N, D): half of it words, half features, each of length 1 at most before it is halved; equal inputs have equal
    vectors.

    The words are logarithms of hashed counts of words and word pairs, numbers being one word by their length; every
    feature is standardised over these tasks and cut off at two deviations.
    """
    both: Matrix = np.hstack([_hashed(texts), _standardised(features)]) / np.sqrt(2)
    return both


def nearest_distances(vectors: Matrix) -> Matrix:
    """(N,), half the squared distance of each point to the nearest other: for vectors of length 1, 1 - cosine."""
    squares = (vectors**2).sum(axis=1)
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), 500):
        part = slice(start, start + 500)
        apart = (squares[part, None] + squares) / 2 - vectors[part] @ vectors.T
        apart[np.arange(len(apart)), np.arange(len(apart)) + start] = np.inf
        found[part] = apart.min(axis=1)
    return np.maximum(found, 0.0)


def kinds_of(vectors: Matrix, seed: int) -> NDArray[np.int32]:
    """(N,), the k-means cell of each point: MOST_CELLS of them, and for few points an eighth of these."""
    points = np.ascontiguousarray(vectors, dtype=np.float32)
    middles = centres(points, max(1, min(MOST_CELLS, len(points) // 8)), seed)
    return cells_of(points, middles, 1)[:, 0]


def _hashed(texts: Sequence[str]) -> Matrix:
    counts = np.zeros((len(texts), _BUCKETS))
    for row, text in enumerate(texts):
        found = re.findall(r"\w+|[^\w\s]", text[:_LONGEST].lower())
        words = [f"#{len(word)}" if word.isdigit() else word for word in found]
        for word, count in Counter([*words, *map(" ".join, pairwise(words))]).items():
            counts[row, _bucket(word)] += count
    logs = np.log1p(counts)
    return np.asarray(logs / np.maximum(np.linalg.norm(logs, axis=1, keepdims=True), 1e-12))


def _bucket(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(errors="replace"), digest_size=4).digest(), "big") % _BUCKETS


def _standardised(features: Sequence[Mapping[str, float]]) -> Matrix:
    names = sorted({name for own in features for name in own})
    rows = [[own.get(name, np.nan) for name in names] for own in features]
    table: Matrix = np.array(rows, dtype=np.float64).reshape(len(features), len(names))
    there = np.isfinite(table)
    means = np.where(there, table, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    table = np.where(there, table - means, 0.0)
    spread = np.sqrt((table**2).sum(axis=0) / np.maximum(there.sum(axis=0), 1))
    scaled = np.clip(table / np.where(spread > 0, spread, 1.0), -2.0, 2.0) / 2
    return np.asarray(scaled / np.sqrt(np.maximum(there.sum(axis=1, keepdims=True), 1)))
