"""A text as it is compared: without what changes nothing of what is asked, and as words."""

import re
import unicodedata
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

LONGEST = 200_000
"""Characters of a text that are read; what stands after them counts to the letter."""

GRAM = 13
"""Words of a sequence; shorter texts are compared as wholes (Brown et al., 2020, appendix C, also take 13)."""

# Sentence marks and TeX's own count where they stand alone, as the empty cells of a grid do.
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s.,;:!?'\"`$\\{}]|(?<!\S)[.,;:!?_](?!\S)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_LETTER = re.compile(r"[^\W\d_]")
_EMPTY_CELL = re.compile(r"(?<!\S)[._#*-](?!\S)|[._#*-]{2}")
_BLANKS = re.compile(r"\s+")
_INVISIBLE = {
    code: None
    for code in (*range(0x250), *range(0x2000, 0x2070), 0xFEFF)
    if unicodedata.category(chr(code)) in ("Cc", "Cf") and not chr(code).isspace()
}
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _seen(text: str) -> str:
    """The text as a reader sees it: without invisible characters, and each sign in one spelling."""
    read = unicodedata.normalize("NFKC", text[:LONGEST]).translate(_INVISIBLE)
    return f"{read}\n{_digest(text[LONGEST:]).hex()}" if len(text) > LONGEST else read


def words_of(text: str) -> list[str]:
    """The words, numbers and signs of a text, in small letters: 1,000 is 1000, and marks at the end of a word are left
    out.

    >>> words_of("He pays $1,000.  Why?"), words_of("5 . 3")
    (['he', 'pays', '1000', 'why'], ['5', '.', '3'])
    """
    words = _WORD.findall(_seen(text).casefold())
    return [word.replace(",", "") if _GROUPED.fullmatch(word) else word for word in words]


def written_words(text: str) -> list[str]:
    """The same words as they are written, capitals and all."""
    return _WORD.findall(_seen(text))


def numbers_of(text: str) -> list[str]:
    """The numbers that are written in digits in a text, in order, each in one spelling.

    >>> numbers_of("7.50 of 1,000")
    ['7.5', '1000']
    """
    found = [word for word in words_of(text) if word[0].isdigit()]
    return [word.rstrip("0").rstrip(".") if "." in word else word for word in found]


def cut(text: str, start: int, stop: int) -> str:
    """The part of a text from the word at `start` to the one before `stop`, with the mark that follows.

    >>> cut("Now think. He pays $5. Why?", 2, 5)
    'He pays $5.'
    """
    plain = _seen(text)
    places = [found.span() for found in _WORD.finditer(plain)]
    if not places[start:stop]:
        return ""
    end = places[stop][0] if stop < len(places) else len(plain)
    return plain[places[start][0] : end].rstrip()


def plain_text(text: str) -> str:
    """The text with one blank for any white space."""
    return _BLANKS.sub(" ", _seen(text)).strip()


def lines_of(text: str) -> str:
    """The text with its lines, which may draw a board, without blanks at their ends and without empty lines."""
    lines = _seen(text).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def drawing(text: str) -> list[str]:
    """The lines that draw something, sorted: those without a word of two letters, as the rows of a board. Rows with
    empty cells are as they stand, letters aside; others may be reordered within, and are counted."""
    rows = [line for line in lines_of(text).split("\n") if line and not _LETTERS.search(line)]
    return sorted(_LETTER.sub("x", _BLANKS.sub(" ", row.strip())) if _EMPTY_CELL.search(row) else "" for row in rows)


def stands_in(part: str, text: str) -> bool:
    """Whether a text has another within it, to the letter and between borders of words."""
    part = part.strip().rstrip(".!?:")
    at = text.find(part) if part else -1
    while at >= 0:
        end = at + len(part)
        joined = text[max(0, at - 1) : at].isalnum() and part[0].isalnum()
        if not joined and not (part[-1].isalnum() and text[end : end + 1].isalnum()):
            return True
        at = text.find(part, at + 1)
    return False


def text_digest(text: str) -> bytes:
    """16 bytes, equal for texts that differ in capitals and white space alone."""
    return _digest(plain_text(text).casefold())


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="replace"), digest_size=16).digest()


def gram_hashes(numbers: NDArray[np.uint64], size: int = GRAM) -> NDArray[np.uint64]:
    """(N,) numbers of words to (N - size + 1,) hashes of the sequences of `size` words; empty for fewer words."""
    count = max(0, len(numbers) - size + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place in range(size if count else 0):
            hashes = (hashes ^ (numbers[place : place + count] * _MIX)) * np.uint64(0xBF58476D1CE4E5B9)
            hashes ^= hashes >> np.uint64(29)
    return hashes
