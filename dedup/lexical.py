"""Candidates by words: MinHash-LSH (Broder, 1997; Indyk and Motwani, 1998) over texts with names and numbers masked.

Texts of one template are alike whatever they ask, so a bucket of LSH may hold a whole source. Its documents are put
in order, those that look the same first, and each is paired with the next few alone (the sorted neighbourhood of
Hernandez and Stolfo, 1995): pairs grow as documents do, never as their square.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import rensa
from numpy.typing import NDArray

from dedup.candidates import Pairs, pairs_of

Hashes = NDArray[np.uint64]

BANDS = 16
ROWS = 4
"""Sets of words of Jaccard similarity s meet in one of BANDS bands of ROWS values with 1 - (1 - s^ROWS)^BANDS."""
WINDOW = 8
"""The next documents of a bucket that one is paired with."""

_SEED = 20
_LONGEST = 100_000
_WORD = re.compile(r"[^\W\d_]+|\d[\d.,]*|[^\w\s]")
_END = frozenset(".!?:;")
_NAME, _NUMBER = "@", "#"


def masked_words(text: str) -> list[str]:
    """The words and signs of a text in small letters; numbers are `#`, and words that are written with a capital
    inside a sentence, or are one letter, are `@`. Of a long text the first 100,000 characters."""
    found, begins = [], True
    for word in _WORD.findall(text[:_LONGEST]):
        if word[0].isdigit():
            found.append(_NUMBER)
        elif word.isalpha() and (len(word) == 1 or (word[0].isupper() and not begins)):
            found.append(_NAME)
        else:
            found.append(word.lower())
        begins = word in _END
    return found


class Sketches(NamedTuple):
    """What N texts are compared by: `buckets` (N, BANDS) in LSH; `looks` and `bags` (N,), equal for texts that have the
    same masked sentences, or the same masked words, in any order."""

    buckets: Hashes
    looks: Hashes
    bags: Hashes


def sketches(texts: Sequence[str]) -> Sketches:
    """The sketches of texts. Words one by one find more than runs of two, three or five words where names and clauses
    change places (benchmarks/neighbours.py)."""
    words = [masked_words(text) for text in texts]
    sets = [sorted({_of_word(word) for word in each}) or [0] for each in words]
    flat = np.fromiter((each for part in sets for each in part), dtype=np.uint64)
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in sets])]).astype(np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, BANDS * ROWS, _SEED)
    values = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(words), BANDS, ROWS)
    mixed = np.zeros(values.shape[:2], dtype=np.uint64)
    for row in range(ROWS):
        mixed = _mixed(mixed ^ values[:, :, row])
    looks = np.array([_hashed(" . ".join(sorted(_sentences(each)))) for each in words], dtype=np.uint64)
    bags = np.array([_hashed(" ".join(sorted(each))) for each in words], dtype=np.uint64)
    return Sketches(mixed, looks, bags)


def band_pairs(band: int, told: Sketches, groups: NDArray[Any], window: int = WINDOW) -> Pairs:
    """The pairs of one band, each of score 1 / BANDS: a text and the next `window` of its bucket and group, those of
    one look (in every other band, of one bag) beside each other, then by place. At most N * window pairs.

    Band BANDS has a group for its bucket: in a small group all are paired with all, whatever their words.
    """
    order = told.bags if band % 2 else told.looks
    key = _mixed(groups.astype(np.uint64))
    if band < BANDS:
        key = _mixed(told.buckets[:, band] ^ key)
    sequence = np.lexsort((order, key))
    key = key[sequence]
    ones, others = [sequence[:0]], [sequence[:0]]
    for step in range(1, min(window, len(key) - 1) + 1):
        same = key[step:] == key[:-step]
        ones.append(sequence[:-step][same])
        others.append(sequence[step:][same])
    one = np.concatenate(ones)
    return pairs_of(one, np.concatenate(others), np.full(len(one), 1 / BANDS))


def _sentences(words: Sequence[str]) -> Iterator[str]:
    start = 0
    for place, word in enumerate(words):
        if word in _END:
            yield " ".join(words[start:place])
            start = place + 1
    yield " ".join(words[start:])


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> int:
    return _hashed(word)


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "little")


def _mixed(values: Hashes) -> Hashes:
    """A bijection of 64-bit numbers that spreads near ones (the finisher of SplitMix64, Steele et al., 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
