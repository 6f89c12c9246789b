"""Length: what a short completion gains, or a long one loses."""

import math
from collections.abc import Sequence
from statistics import fmean, pstdev

from trainer.rewards.settings import BudgetLength, GatedLength, Length, Overlong
from trainer.rollout import Group

Values = list[float | None]
"""What a component says of each rollout of a group; None where it can't be told."""


def length_values(group: Group, settings: Length, step: int, longest: int) -> Values:
    """A value in [-1, 0] for every rollout; for `decoupled` in [0, 1], and None for those that are not right."""
    if isinstance(settings, Overlong):
        return [-overlong(rollout.completion_tokens, longest, settings.buffer) for rollout in group.rollouts]
    if isinstance(settings, BudgetLength):
        budget = budget_at(step, settings)
        return [-min(1.0, max(0.0, rollout.completion_tokens / budget - 1)) for rollout in group.rollouts]
    if isinstance(settings, GatedLength):
        return _gated(group, settings.from_right)
    lengths = [rollout.completion_tokens for rollout in group.rollouts]
    return [
        max(0.0, 1 - length / longest) if right else None for length, right in zip(lengths, rights(group), strict=True)
    ]


def overlong(length: int, longest: int, buffer: int) -> float:
    """From 0 at `longest - buffer` tokens up to 1 at `longest`: the soft overlong punishment (DAPO, 2503.14476 eq. 13).

    >>> [overlong(length, longest=100, buffer=20) for length in (80, 90, 100)]
    [0.0, 0.5, 1.0]
    """
    return min(1.0, max(0, length - (longest - buffer)) / buffer)


def budget_at(step: int, settings: BudgetLength) -> float:
    """Tokens of the budget at a 1-based step: B_t = max(least, first * decay^floor(t / steps)) (arXiv 2508.08940).

    What a completion loses is 0 within the budget and grows to 1 at twice the budget.

    >>> shrinking = BudgetLength(kind="budget", first=100, least=30, decay=0.5, steps=10)
    >>> [budget_at(step, shrinking) for step in (1, 10, 11, 21, 99)]
    [100.0, 100.0, 50.0, 30.0, 30.0]
    """
    return max(float(settings.least), settings.first * settings.decay ** ((step - 1) // settings.steps))


def decoupled_factors(values: Sequence[float | None], temperature: float) -> list[float]:
    """What the advantages are multiplied by: exp(r / temperature) over its mean among right rollouts, 1 for others.

    So a long right completion gains less than a short one and yet is never pushed down, as it would be where length is
    taken off a reward that wrong ones share (DRPO, arXiv 2510.04474, whose optimal distribution of right completions
    has these weights; its own loss is another one, here they weigh the advantages of any loss).

    >>> [round(factor, 2) for factor in decoupled_factors([0.9, 0.1, None], temperature=1.0)]
    [1.38, 0.62, 1.0]
    """
    known = [value for value in values if value is not None]
    if not known:
        return [1.0] * len(values)
    top = max(known)
    mean = fmean(math.exp((value - top) / temperature) for value in known)
    return [1.0 if value is None else math.exp((value - top) / temperature) / mean for value in values]


def rights(group: Group) -> list[bool]:
    """Which rollouts are wholly right."""
    return [score == 1.0 for score in group.scores]


def _gated(group: Group, from_right: float) -> Values:
    """-sigmoid of a right rollout's length, in deviations from the mean of right ones (arXiv 2502.04463), where enough
    of the group are right (GRPO-λ, 2505.18086, which takes the best groups of a batch; here each stands by itself, so
    that it does not matter which others were sampled); 0 for wrong ones and in other groups."""
    right = rights(group)
    decided = sum(score is not None for score in group.scores)
    if not any(right) or sum(right) / decided < from_right:
        return [0.0] * len(right)
    own = [rollout.completion_tokens for rollout, is_right in zip(group.rollouts, right, strict=True) if is_right]
    mean, spread = fmean(own), max(pstdev(own), 1e-6)
    return [
        -_sigmoid((rollout.completion_tokens - mean) / spread) if is_right else 0.0
        for rollout, is_right in zip(group.rollouts, right, strict=True)
    ]


def _sigmoid(x: float) -> float:
    return 0.5 * (1 + math.tanh(x / 2))
