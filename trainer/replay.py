"""Replay of rare successes: a right completion of a hard task is kept for a later group of it that is all wrong.

Replay-enhanced GRPO (RePO, arXiv 2506.09340; ExGRPO, 2510.02245). A replayed completion keeps the log-probabilities of
the weights that sampled it, and its ratio is to these: a clip stops it once it has become likely enough, and one that
the policy has turned away from counts for less. With `loss.mismatch` the weight is learner / sampler, as it is for all.
"""

from collections.abc import Iterable, Sequence

import msgspec

from schemas import Rollout
from trainer.advantage import all_wrong
from trainer.config import ReplayConfig
from trainer.passrates import PassRates
from trainer.rollout import Group


def with_success(group: Group, successes: Iterable[Rollout]) -> Group:
    """The group and, where it is all wrong and one is kept, a right completion of its task."""
    if not all_wrong(group.scores):
        return group
    own = [rollout for rollout in successes if rollout.task_id == group.task.id]
    return msgspec.structs.replace(group, rollouts=(*group.rollouts, *own), replayed=len(own))


def kept(
    successes: Sequence[Rollout], groups: Iterable[Group], rates: PassRates, config: ReplayConfig
) -> list[Rollout]:
    """The newest right completion of each task that was hard when it was sampled, oldest first, at most `capacity`."""
    by_task = {rollout.task_id: rollout for rollout in successes}
    for group in groups:
        right = [rollout for rollout in group.fresh if rollout.score == 1.0 and rollout.token_ids]
        if right and rates.mean(group.task) <= config.below:
            by_task.pop(group.task.id, None)
            by_task[group.task.id] = right[-1]
    return list(by_task.values())[-config.capacity :]
