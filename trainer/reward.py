"""Rewards: each completion is judged by the verifier that its own task declares."""

from collections.abc import Sequence

from generators.verify import verify
from schemas import Verdict
from trainer.rollout import Sampled


def judge(sampled: Sequence[Sampled], prefill: str) -> list[list[Verdict]]:
    """A verdict for every completion, in order, on its text with the prefill before it.

    The score is the reward; a verifier that fails leaves no score, and such a completion is neither rewarded nor
    punished nor part of its group's mean. Raises RegistryError for a task of a family unknown here.
    """
    return [[verify(group.task, prefill + done.text) for done in group.completions] for group in sampled]
