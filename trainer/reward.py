"""Rewards: each completion is judged by the verifier that its own task declares."""

from collections.abc import Sequence

from generators.judging import Judge
from schemas import Verdict
from trainer.advantage import varies
from trainer.config import TrainConfig
from trainer.rollout import Group, Sampled


def verdicts_on(sampled: Sequence[Sampled], prefill: str, judge: Judge) -> list[list[Verdict]]:
    """A verdict for every completion, in order, on its text with the prefill before it.

    The score is the reward; a verifier that fails leaves no score, and such a completion is neither rewarded nor
    punished nor part of its group's mean. Raises RegistryError for a task of a family unknown here.
    """
    told = iter(judge([(group.task, prefill + done.text) for group in sampled for done in group.completions]))
    return [[next(told) for _ in group.completions] for group in sampled]


def rewards_of(group: Group, config: TrainConfig) -> list[float | None]:
    """The scores, less what is overlong. A group whose scores are all the same keeps them: it is right or wrong
    alike, and a shape of rewards alone must not teach (filtering on shaped rewards has collapsed policies)."""
    if not config.overlong_buffer or not varies(group.scores):
        return group.scores
    longest, buffer = config.sampling.max_tokens, config.overlong_buffer
    return [
        None if rollout.score is None else rollout.score - overlong(rollout.completion_tokens, longest, buffer)
        for rollout in group.rollouts
    ]


def overlong(length: int, longest: int, buffer: int) -> float:
    """From 0 at `longest - buffer` tokens up to 1 at `longest`: the soft overlong punishment (DAPO, 2503.14476 eq. 13).

    >>> [overlong(length, longest=100, buffer=20) for length in (80, 90, 100)]
    [0.0, 0.5, 1.0]
    """
    return min(1.0, max(0, length - (longest - buffer)) / buffer)
