"""How alike two texts are by their words: BLEU, a cheap reward where references are good (BLEUBERI, arXiv 2505.11080).

It sees words and not sense: a right answer in other words scores low, and a wrong one in the reference's words high.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+|[^\w\s]")
_LONGEST = 100_000
"""Characters of a text that are read."""


def words_of(text: str) -> list[str]:
    """Runs of letters, digits and underscores, and every other sign by itself, as they are written."""
    return _WORD.findall(text[:_LONGEST])


def bleu(candidate: Sequence[str], references: Sequence[Sequence[str]], order: int = 4) -> float:
    """Of one sentence's words, in [0, 1] (Papineni et al., 2002): the geometric mean of the shares of its n-grams that
    a reference has too, each counted no more often than the reference with most of them, times a penalty for being
    shorter than the reference of the nearest length.

    Orders without a match count as 1/2, 1/4, ... of one match (Chen and Cherry, 2014, their method 3); a sentence
    without any matching word is at 0, and orders longer than the sentence are left out.

    >>> round(bleu("the cat sat on the mat".split(), ["the cat is on the mat".split()]), 4)
    0.3799
    """
    if not candidate or not references:
        return 0.0
    logs, halves = [], 1.0
    for size in range(1, min(order, len(candidate)) + 1):
        own = _grams(candidate, size)
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= _grams(reference, size)
        matched = (own & most).total()
        if size == 1 and not matched:
            return 0.0
        if not matched:
            halves /= 2
        logs.append(math.log((matched or halves) / own.total()))
    nearest = min((len(reference) for reference in references), key=lambda size: (abs(size - len(candidate)), size))
    return min(1.0, math.exp(sum(logs) / len(logs) + min(0.0, 1 - nearest / len(candidate))))


def _grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))
