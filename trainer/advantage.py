"""Advantages: how much better than its group a completion was."""

from collections.abc import Sequence

STD_FLOOR = 1e-3
"""Groups that differ by rounding alone must not be blown up to advantages of thousands."""


def group_advantages(scores: Sequence[float | None], *, by_std: bool) -> list[float]:
    """Score minus the group's mean; divided by the group's standard deviation when `by_std`.

    GRPO (arXiv 2402.03300) divides, Dr. GRPO (arXiv 2503.20783) does not. The deviation is the unbiased one, at least
    STD_FLOOR. An undecided score (None) is no part of the group and gets 0; a group whose scores are all the same
    gets exact zeros.

    >>> group_advantages([1.0, 0.0, None, 0.0, 1.0], by_std=False)
    [0.5, -0.5, 0.0, -0.5, 0.5]
    >>> group_advantages([0.1, 0.1, 0.1], by_std=True)
    [0.0, 0.0, 0.0]
    """
    decided = [score for score in scores if score is not None]
    if not varies(scores):
        return [0.0] * len(scores)
    mean = sum(decided) / len(decided)
    deviation = (sum((score - mean) ** 2 for score in decided) / (len(decided) - 1)) ** 0.5
    scale = max(deviation, STD_FLOOR) if by_std else 1.0
    return [0.0 if score is None else (score - mean) / scale for score in scores]


def varies(scores: Sequence[float | None]) -> bool:
    """Whether a group teaches anything: two of its decided scores differ."""
    decided = [score for score in scores if score is not None]
    return bool(decided) and min(decided) != max(decided)
