"""Verdicts: each completion is judged by the verifier that its own task declares."""

from collections.abc import Sequence

from generators.judging import Judge
from schemas import Verdict
from trainer.rollout import Sampled


def verdicts_on(sampled: Sequence[Sampled], prefill: str, judge: Judge) -> list[list[Verdict]]:
    """A verdict for every completion, in order, on its text with the prefill before it.

    A verifier that fails leaves no score, and such a completion is neither rewarded nor punished nor part of its
    group's mean. Raises RegistryError for a task of a family unknown here.
    """
    told = iter(judge([(group.task, prefill + done.text) for group in sampled for done in group.completions]))
    return [[next(told) for _ in group.completions] for group in sampled]
