"""What step values choose among several responses to one prompt: the best of n, or a vote in which they weigh."""

from collections import defaultdict
from collections.abc import Sequence
from math import prod
from typing import Literal

Summary = Literal["last", "least", "product"]
"""What the values of a response's steps come to: the last one, the least one, or all multiplied."""


def summed_up(values: Sequence[float], by: Summary = "least") -> float:
    """One number in [0, 1] for a response; 0.0 for one without steps."""
    if not values:
        return 0.0
    return {"last": values[-1], "least": min(values), "product": prod(values)}[by]


def best_of(scores: Sequence[float]) -> int:
    """The place of the greatest score, the first of equals."""
    return max(range(len(scores)), key=lambda place: (scores[place], -place))


def weighted_vote(answers: Sequence[str | None], scores: Sequence[float]) -> str | None:
    """The answer whose responses score most together (process-weighted self-consistency); None where none has one."""
    weights: defaultdict[str, float] = defaultdict(float)
    for answer, score in zip(answers, scores, strict=True):
        if answer is not None:
            weights[answer] += score
    return max(weights, key=lambda answer: weights[answer]) if weights else None
