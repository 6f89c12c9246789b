"""Advantages: how much better than its group a completion was."""

from collections.abc import Sequence
from typing import Literal

Baseline = Literal["group", "group_std", "update_std", "leave_one_out"]
"""`group`: less the group's mean (Dr. GRPO, arXiv 2503.20783). `group_std`: divided by the group's deviation too (GRPO,
2402.03300). `update_std`: divided by the deviation over the whole update (REINFORCE++, 2501.03262, with the group's
mean as baseline). `leave_one_out`: less the mean of the others (RLOO, 2402.14740)."""

STD_FLOOR = 1e-3
"""Groups that differ by rounding alone must not be blown up to advantages of thousands."""

Scores = Sequence[float | None]


def advantages(groups: Sequence[Scores], baseline: Baseline, *, negative_weight: float = 1.0) -> list[list[float]]:
    """An advantage for every score of every group of an update.

    Deviations are the unbiased ones, at least STD_FLOOR. An undecided score (None) is no part of its group and gets
    0; a group whose scores are all the same gets exact zeros. Advantages below 0 are multiplied by `negative_weight`
    (arXiv 2506.01347 reweighs right and wrong samples so).

    >>> advantages([[1.0, 0.0, None, 0.0, 1.0], [0.1, 0.1]], "group")
    [[0.5, -0.5, 0.0, -0.5, 0.5], [0.0, 0.0]]
    >>> advantages([[1.0, 0.0, 0.0]], "leave_one_out", negative_weight=0.5)
    [[1.0, -0.25, -0.25]]
    """
    centred = [_centred(group) for group in groups]
    flat = [value for own, group in zip(centred, groups, strict=True) if varies(group) for value in _known(own)]
    update_scale = 1 / max(_deviation(flat), STD_FLOOR)
    made = []
    for group, own in zip(groups, centred, strict=True):
        known = _known(own)
        if not varies(group):
            made.append([0.0] * len(group))
            continue
        scale = {
            "group": 1.0,
            "group_std": 1 / max(_deviation(known), STD_FLOOR),
            "update_std": update_scale,
            "leave_one_out": len(known) / (len(known) - 1),
        }[baseline]
        made.append([_weighed(value, scale, negative_weight) for value in own])
    return made


def varies(scores: Scores) -> bool:
    """Whether a group teaches anything: two of its decided scores differ."""
    decided = _known(scores)
    return bool(decided) and min(decided) != max(decided)


def all_wrong(scores: Scores) -> bool:
    """Whether no decided score is above 0, and there is one."""
    decided = _known(scores)
    return bool(decided) and max(decided) <= 0


def _known(values: Scores) -> list[float]:
    return [value for value in values if value is not None]


def _centred(group: Scores) -> list[float | None]:
    decided = _known(group)
    mean = sum(decided) / len(decided) if decided else 0.0
    return [None if score is None else score - mean for score in group]


def _deviation(centred: Sequence[float]) -> float:
    """The unbiased standard deviation of values whose mean is 0."""
    return float((sum(value**2 for value in centred) / max(1, len(centred) - 1)) ** 0.5)


def _weighed(value: float | None, scale: float, negative_weight: float) -> float:
    if value is None:
        return 0.0
    return value * scale * (negative_weight if value < 0 else 1.0)
