"""Process: each step of a completion is taught for itself, by bounded rewards of what it says.

What steps are worth may be gated by the outcome, and weigh less where it can be trusted less; each is a function here.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import exp
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
    that a step can only cost; an error costs its own step and all before it, at most 1. `delta`: score less the next
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


def gated(returns: Sequence[float], right: bool, settings: Process) -> list[float]:
    """The same steps, worth 0 to 1/2 in a right completion and -1/2 to 0 in a wrong one, in the same order.

    Half of r + outcome - 1, with returns r moved into [0, 1] (ReNorm, arXiv 2509.25598; recalled, not checked): by its
    steps alone no wrong completion is worth more than a right one.

    >>> delta = Process(kind="delta")
    >>> gated([1.0, 0.0], True, delta), gated([1.0, 0.0], False, delta)
    ([0.5, 0.0], [0.0, -0.5])
    """
    lowest = -1.0 if settings.kind == "clip" else 0.0
    return [(value - lowest + right - 1) / 2 for value in returns]


def trust_of(values: Sequence[float | None], right: Sequence[bool]) -> float:
    """How far the steps of a group are to be trusted, in (0, 1], from the mean score of each completion's steps.

    1 where right completions have steps at least as good as wrong ones, or one of the two is not there; else the
    exponential of the difference of their means, which is negative (Trust-GRPO, arXiv 2505.17018).

    >>> trust_of([1.0, 0.5, None], [True, False, True]), round(trust_of([0.5, 1.0], [True, False]), 4)
    (1.0, 0.6065)
    """
    told = {
        side: [value for value, own in zip(values, right, strict=True) if own is side and value is not None]
        for side in (True, False)
    }
    if not told[True] or not told[False]:
        return 1.0
    return min(1.0, exp(fmean(told[True]) - fmean(told[False])))


def weight_of(group: Group, settings: Process, step: int) -> float:
    """What the steps of a group weigh at an update, counted from 0: at most `settings.weight`.

    Rollouts that are undecided are neither right nor wrong, and say nothing of trust.
    """
    weight = settings.weight
    if settings.trust:
        judged = [(value, own.score) for value, own in zip(process_values(group), group.rollouts, strict=True)]
        known = [(value, score == 1.0) for value, score in judged if score is not None]
        weight *= trust_of([value for value, _ in known], [right for _, right in known])
    return weight if settings.fade is None else weight * exp(-step / settings.fade)


def process_values(group: Group) -> list[float | None]:
    """The mean score of each rollout's steps, for the record; None for one without steps."""
    told = [steps_of(rollout.text) for rollout in group.rollouts]
    return [fmean(score for _, score in steps) if steps else None for steps in told]


def process_credits(group: Group, settings: Process, decode: Decode, prefill: str, step: int = 0) -> Credits:
    """The weight of the group's steps at update `step` times each step's return, on the tokens of that step.

    The returns are taken less their mean over the tokens of the group's steps, so that none is beyond `settings.weight`
    of 0. A step's tokens are those from the step before it to its own end; tokens behind the last step get nothing, and
    neither does a rollout that is undecided or has no steps.
    """
    worth = [_worth(rollout, settings, decode, prefill) for rollout in group.rollouts]
    known = [value for own in worth for value in own if value is not None]
    mean = fmean(known) if known else 0.0
    weight = weight_of(group, settings, step)
    return tuple(tuple(0.0 if value is None else weight * (value - mean) for value in own) for own in worth)


def _worth(rollout: Rollout, settings: Process, decode: Decode, prefill: str) -> list[float | None]:
    """The return of the step that each token belongs to."""
    steps = [(end - len(prefill), score) for end, score in steps_of(rollout.text) if end > len(prefill)]
    if rollout.score is None or not steps:
        return []
    told: list[float | None] = [None] * len(rollout.token_ids)
    begin = 0
    returns = returns_of([score for _, score in steps], settings)
    if settings.gate:
        returns = gated(returns, rollout.score == 1.0, settings)
    for (end, _), worth in zip(steps, returns, strict=True):
        _, stop = token_span(rollout.token_ids, 0, end, decode)
        told[begin:stop] = [worth] * (stop - begin)
        begin = max(begin, stop)
    return told
