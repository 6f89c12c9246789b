"""What each component of the reward did in a step, for the record and for the doctor."""

from collections.abc import Sequence
from statistics import fmean

import msgspec

from trainer.rewards.compose import neutral
from trainer.rewards.settings import RewardConfig
from trainer.rollout import Group


class RewardPart(msgspec.Struct, frozen=True, kw_only=True):
    """One component in one step: the `mean` of its values, not weighed, and its `share` of the reward's variance.

    `share` is of the variance inside the groups, which is all that advantages see: cov(weight * value, reward) /
    var(reward). Shares make 1; one below 0 works against the others. None where nothing varied, and for a component
    that is not added. `shape` says that it is neither correctness nor primary.
    """

    mean: float | None
    share: float | None
    shape: bool


def reward_parts(groups: Sequence[Group], reward: RewardConfig) -> dict[str, RewardPart]:
    """Every component of the groups' rewards by name; empty where the verifier's scores are the rewards."""
    added = reward.added
    names = dict.fromkeys(name for group in groups for name in group.parts)
    variance = sum(_product(group, group.rewards) for group in groups)
    told = {}
    for name in names:
        known = [value for group in groups for value in group.parts.get(name, ()) if value is not None]
        weight = reward.correctness if name == "correctness" else added[name].weight if name in added else None
        covariance = sum(_product(group, group.parts[name]) for group in groups if name in group.parts)
        told[name] = RewardPart(
            mean=fmean(known) if known else None,
            share=weight * covariance / variance if weight is not None and variance else None,
            shape=name in added and not added[name].primary,
        )
    return told


def _product(group: Group, values: Sequence[float | None]) -> float:
    """The sum over the group of a value's and the reward's distances from their means."""
    decided = [place for place, reward in enumerate(group.rewards) if reward is not None]
    if not decided:
        return 0.0
    filled = neutral(values)
    ours = [filled[place] for place in decided]
    rewards = [reward for reward in group.rewards if reward is not None]
    middle, mean = fmean(ours), fmean(rewards)
    return sum((one - middle) * (reward - mean) for one, reward in zip(ours, rewards, strict=True))
