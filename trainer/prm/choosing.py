"""What step values choose among several responses to one prompt: the best of n, or a vote in which they weigh."""

from collections import defaultdict
from collections.abc import Sequence

from generators.preferences.search.summary import Summary as Summary
from generators.preferences.search.summary import summed_up as summed_up


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
