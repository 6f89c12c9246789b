"""How alike two texts are: answers by their letters, responses by their n-grams of words."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

LONGEST = 400
"""Characters of an answer that are compared; the comparison takes the square of that."""

WIDTH = 4096


def nearness(answer: str, other: str) -> float:
    """How much of two answers is the same text in the same order, in [0, 1]; spaces and case aside (Ratcliff, 1988).

    >>> nearness("x = 12", "x = 13"), nearness("x = 12", "no idea")
    (0.75, 0.0)
    """
    left, right = (" ".join(text.lower().split()).replace(" ", "")[:LONGEST] for text in (answer, other))
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def ngram_vectors(texts: Sequence[str], size: int = 3) -> NDArray[np.float64]:
    """Counts of the runs of 1 to `size` words of each text, hashed and of length 1: (n, WIDTH)."""
    vectors = np.zeros((len(texts), WIDTH))
    for row, text in enumerate(texts):
        words = text.lower().split()
        for length in range(1, size + 1):
            for start in range(len(words) - length + 1):
                vectors[row, crc32(" ".join(words[start : start + length]).encode()) % WIDTH] += 1
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def farthest_first(vectors: NDArray[np.float64], first: int, count: int) -> list[int]:
    """`count` rows, each as far as can be from those before it (Gonzalez, 1985): `first`, then by largest distance."""
    chosen = [first]
    nearest = vectors @ vectors[first]
    while len(chosen) < min(count, len(vectors)):
        nearest[chosen] = np.inf
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen
