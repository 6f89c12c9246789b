"""A text as it is compared: without what changes nothing of what is asked, and as words."""

import re
import unicodedata
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

LONGEST = 200_000
"""Characters of a text that are read."""

GRAM = 13
"""Words of a sequence; shorter texts are compared as wholes (Brown et al., 2020, appendix C, also take 13)."""

# Sentence marks and TeX's own count where they stand alone, as the empty cells of a grid do.
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s.,;:!?'\"`$\\{}]|(?<!\S)[.,;:!?_](?!\S)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_BLANKS = re.compile(r"\s+")
_MIX = np.uint64(0x9E3779B97F4A7C15)


def words_of(text: str) -> list[str]:
    """The words, numbers and signs of a text, in small letters: 1,000 is 1000, and marks at the end of a word are left
    out.

    >>> words_of("He pays $1,000.  Why?"), words_of("5 . 3")
    (['he', 'pays', '1000', 'why'], ['5', '.', '3'])
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    return [word.replace(",", "") if _GROUPED.fullmatch(word) else word for word in _WORD.findall(plain)]


def plain_text(text: str) -> str:
    """The text with one blank for any white space."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST])).strip()


def text_digest(text: str) -> bytes:
    """16 bytes, equal for texts that differ in capitals and white space alone."""
    return blake2b(plain_text(text).casefold().encode(errors="replace"), digest_size=16).digest()


def gram_hashes(numbers: NDArray[np.uint64], size: int = GRAM) -> NDArray[np.uint64]:
    """(N,) numbers of words to (N - size + 1,) hashes of the sequences of `size` words; empty for fewer words."""
    count = max(0, len(numbers) - size + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place in range(size if count else 0):
            hashes = (hashes ^ (numbers[place : place + count] * _MIX)) * np.uint64(0xBF58476D1CE4E5B9)
            hashes ^= hashes >> np.uint64(29)
    return hashes
