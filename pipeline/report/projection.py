"""Texts and figures in two dimensions: hashed words and standardised features, by principal components."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_BUCKETS = 512
_LONGEST = 20_000


def projected(texts: Sequence[str], features: Sequence[Mapping[str, float]]) -> tuple[Matrix, float]:
    """Places (n, 2), each direction scaled to -1 … 1, and the share of variance that the two hold.

    The columns are the logarithms of hashed counts of words and word pairs, numbers being one word by their length,
    and every feature, standardised and cut off at two deviations; words and features weigh the same. Equal inputs have
    equal places: no draw is made, and of the two signs of a direction the one is taken whose largest entry is positive.
    """
    if len(texts) < 3:
        return np.zeros((len(texts), 2)), 0.0
    columns = [_weighed(part) for part in (_hashed(texts), _standardised(features)) if part.shape[1]]
    centred = np.hstack(columns)
    _, sizes, directions = np.linalg.svd(centred - centred.mean(axis=0), full_matrices=False)
    if sizes[0] < 1e-9:
        return np.zeros((len(texts), 2)), 1.0
    most = np.abs(directions[:2]).argmax(axis=1)
    signs = np.sign(directions[[0, 1], most])
    places = (centred - centred.mean(axis=0)) @ (directions[:2] * signs[:, None]).T
    scale = np.maximum(np.abs(places).max(axis=0), 1e-9)
    return places / scale, float((sizes[:2] ** 2).sum() / (sizes**2).sum())


def _hashed(texts: Sequence[str]) -> Matrix:
    counts = np.zeros((len(texts), _BUCKETS))
    for row, text in enumerate(texts):
        found = re.findall(r"\w+|[^\w\s]", text[:_LONGEST].lower())
        words = [f"#{len(word)}" if word.isdigit() else word for word in found]
        for word, count in Counter([*words, *map(" ".join, pairwise(words))]).items():
            counts[row, _bucket(word)] += count
    return np.log1p(counts)


def _bucket(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(errors="replace"), digest_size=4).digest(), "big") % _BUCKETS


def _standardised(features: Sequence[Mapping[str, float]]) -> Matrix:
    names = sorted({name for own in features for name in own})
    rows = [[own.get(name, np.nan) for name in names] for own in features]
    table: Matrix = np.array(rows, dtype=np.float64).reshape(len(features), len(names))
    there = np.isfinite(table)
    means = np.where(there, table, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    table = np.where(there, table - means, 0.0)
    spread = table.std(axis=0)
    return np.clip(table / np.where(spread > 0, spread, 1.0), -2.0, 2.0)


def _weighed(part: Matrix) -> Matrix:
    """The part with a total variance of 1."""
    centred = part - part.mean(axis=0)
    size = float(np.sqrt((centred**2).sum() / len(part)))
    scaled: Matrix = centred / size if size else centred
    return scaled
