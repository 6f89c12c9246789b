"""The gate: which sampled groups are learnt from."""

from trainer.advantage import varies
from trainer.config import GateConfig
from trainer.rollout import Group


def admits(gate: GateConfig | None, group: Group) -> bool:
    """Whether the group's scores differ and their mean lies between the gate's bounds; without a gate, always."""
    if gate is None:
        return True
    scores = [score for score in group.scores if score is not None]
    return varies(group.scores) and gate.low <= sum(scores) / len(scores) <= gate.high
