"""Rubric: criteria that a program checks in the text of a response."""

from collections.abc import Callable, Sequence
from typing import Any

from trainer.rewards.settings import Contains, Criterion, Lacks, Words

Checker = Callable[[Any, str], float]
"""How far a response meets a criterion, in [0, 1]; the first argument is the criterion's section of the config."""


def _words(criterion: Words, text: str) -> float:
    """1 within the bounds, else the smaller of words and bound over the greater: there is a way back."""
    count = len(text.split())
    if count < criterion.least:
        return count / criterion.least
    return min(1.0, criterion.most / max(1, count))


CHECKERS: dict[type, Checker] = {
    Contains: lambda criterion, text: float(criterion.text in text),
    Lacks: lambda criterion, text: float(criterion.text not in text),
    Words: _words,
}


def met(criteria: Sequence[Criterion], text: str) -> float:
    """The weighed share of the criteria that a response meets, in [0, 1].

    >>> met([Words(checker="words", most=2), Lacks(checker="lacks", text="?")], "why not?")
    0.5
    """
    total = sum(criterion.weight for criterion in criteria)
    return sum(criterion.weight * CHECKERS[type(criterion)](criterion, text) for criterion in criteria) / total
