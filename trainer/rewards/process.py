"""Process: each step of a completion is taught for itself, by bounded rewards of what it says."""

from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean

from generators.preferences.confidence import Decode, token_span
from rubrics.criteria.equations import equations
from schemas import Rollout
from trainer.rewards.settings import Process
from trainer.rollout import Group

Steps = Sequence[tuple[int, float]]
"""Of each step of a response in order: where it ends in the text, in characters, and its score in [0, 1]."""

Credits = tuple[tuple[float, ...], ...]
"""For each rollout of a group what is added to the advantage of each of its tokens; () where nothing is."""


def steps_of(text: str) -> Steps:
    """The equations of a text: 1.0 for a true one, 0.0 for a false one."""
    return [(equation.end, float(equation.true)) for equation in equations(text)]


def returns_of(scores: Sequence[float], settings: Process) -> list[float]:
    """What each step is worth: the sum of the bounded rewards from it on (Gao et al., arXiv 2410.15115).

    A sum of step scores grows with every true and needless step; these do not. `clip`: min(score - threshold, 0), so
    that a step can only cost; all that follow an error's beginning share it, at most 1. `delta`: score less the next
    step's score, and the last one's own, so that the sum from any step on is that step's score. (The last step's
    reward is recalled of the paper, not checked.)

    >>> clip, delta = (Process(kind=kind, threshold=0.5) for kind in ("clip", "delta"))
    >>> returns_of([1, 0, 1], clip), returns_of([1, 0, 1, 1, 1], clip)
    ([-0.5, -0.5, 0.0], [-0.5, -0.5, 0.0, 0.0, 0.0])
    >>> returns_of([1, 0, 1, 1, 1], delta)
    [1.0, 0.0, 1.0, 1.0, 1.0]
    """
    if settings.kind == "clip":
        rewards = [min(score - settings.threshold, 0.0) for score in scores]
    else:
        rewards = [score - after for score, after in zip(scores, [*scores[1:], 0.0], strict=True)]
    summed = accumulate(reversed(rewards))
    return [max(-1.0, float(value)) for value in reversed(list(summed))]


def process_values(group: Group) -> list[float | None]:
    """The mean score of each rollout's steps, for the record; None for one without steps."""
    told = [steps_of(rollout.text) for rollout in group.rollouts]
    return [fmean(score for _, score in steps) if steps else None for steps in told]


def process_credits(group: Group, settings: Process, decode: Decode, prefill: str) -> Credits:
    """`weight` times each step's return, less the mean over the tokens of the group's steps, on the step's tokens.

    Within `weight` of 0. A step's tokens are those from the step before it to its own end; tokens behind the last step
    get nothing, and neither does a rollout that is undecided or has no steps.
    """
    worth = [_worth(rollout, settings, decode, prefill) for rollout in group.rollouts]
    known = [value for own in worth for value in own if value is not None]
    mean = fmean(known) if known else 0.0
    return tuple(tuple(0.0 if value is None else settings.weight * (value - mean) for value in own) for own in worth)


def _worth(rollout: Rollout, settings: Process, decode: Decode, prefill: str) -> list[float | None]:
    """The return of the step that each token belongs to."""
    steps = [(end - len(prefill), score) for end, score in steps_of(rollout.text) if end > len(prefill)]
    if rollout.score is None or not steps:
        return []
    told: list[float | None] = [None] * len(rollout.token_ids)
    begin = 0
    for (end, _), worth in zip(steps, returns_of([score for _, score in steps], settings), strict=True):
        _, stop = token_span(rollout.token_ids, 0, end, decode)
        told[begin:stop] = [worth] * (stop - begin)
        begin = max(begin, stop)
    return told
