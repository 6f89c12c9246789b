"""Which of two words comes first, letter by letter: a second way to judge an order, without any sorting."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_WORDS = re.compile(r"[a-z]+(?:, [a-z]+)*")
_VOWELS = "aeiou"
_USUAL = "abcdefghijklmnopqrstuvwxyz"


def is_in_order(words: Sequence[str], rule: str, alphabet: str, answer: str) -> bool | None:
    """Whether `one, two, three` has exactly the words, each pair of neighbours in order; None if written otherwise.

    >>> is_in_order(["ab", "aa", "b"], "ascending", "", "aa, ab, b"), is_in_order(["b", "aa"], "shortest", "", "aa, b")
    (True, False)
    """
    if _WORDS.fullmatch(answer) is None:
        return None
    given = answer.split(", ")
    return Counter(given) == Counter(words) and all(_precedes(*pair, rule, alphabet) for pair in pairwise(given))


def _precedes(first: str, second: str, rule: str, alphabet: str) -> bool:
    if rule == "descending":
        return _spelled_first(second, first, _USUAL)
    if rule == "ending":
        return _spelled_first(first[::-1], second[::-1], _USUAL)
    if rule == "alphabet":
        return _spelled_first(first, second, alphabet)
    gap = {
        "ascending": 0,
        "shortest": len(second) - len(first),
        "longest": len(first) - len(second),
        "vowels": _vowels(second) - _vowels(first),
    }[rule]
    return gap > 0 or (gap == 0 and _spelled_first(first, second, _USUAL))


def _spelled_first(first: str, second: str, alphabet: str) -> bool:
    for one, other in zip(first, second, strict=False):
        if one != other:
            return alphabet.find(one) < alphabet.find(other)
    return len(first) < len(second)


def _vowels(word: str) -> int:
    return sum(letter in _VOWELS for letter in word)
