"""The gate: which sampled groups are learnt from."""

from trainer.advantage import varies
from trainer.config import GateConfig
from trainer.rollout import Group


def admits(gate: GateConfig | None, group: Group) -> bool:
    """Whether the group's scores differ and their mean lies between the gate's bounds; without a gate, always.

    One that got a right completion of earlier is let in whatever its mean: it was all wrong, and is there to be helped.
    """
    if gate is None:
        return True
    scores = [score for score in group.scores if score is not None]
    return varies(group.scores) and (group.replayed > 0 or gate.low <= sum(scores) / len(scores) <= gate.high)
