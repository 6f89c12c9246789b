"""Likelihood: what the model that sampled makes of a completion, and of the gold answer behind it."""

import math
from collections.abc import Sequence
from statistics import fmean

from pipeline.engines.continuation import continuation
from pipeline.engines.protocol import Engine
from schemas import Message, Rollout
from trainer.rewards.format import CLOSE, OPEN
from trainer.rewards.length import Values
from trainer.rollout import Group


def self_aligned_values(groups: Sequence[Group], engine: Engine, prefill: str) -> list[Values]:
    """(ppl(a) - ppl(a | q)) / ppl(a), in [-1, 1]: the relative difference of a completion's perplexities without and
    with its question (SAR, arXiv 2509.05489; the bounds are the paper's).

    What fits any question is as likely without it: padding lowers the value, and a short answer to the point raises it.
    Without the question is an empty user's message. Raises EngineError where the engine can't score.
    """
    without = engine.encode((Message("user", ""),), prefill)
    asked = [
        (place, number)
        for place, group in enumerate(groups)
        for number, rollout in enumerate(group.rollouts)
        if rollout.score is not None and rollout.token_ids
    ]
    completions = [groups[place].rollouts[number].token_ids for place, number in asked]
    blind = engine.score([without] * len(asked), completions)
    knowing = engine.score([groups[place].prompt_ids for place, _ in asked], completions)
    values: list[Values] = [[None] * len(group.rollouts) for group in groups]
    for (place, number), ours, theirs in zip(asked, knowing, blind, strict=True):
        values[place][number] = relative_difference(fmean(ours), fmean(theirs))
    return values


def relative_difference(with_question: float, without: float) -> float:
    """Of perplexities, by mean log-probabilities: 1 - exp(without - with_question), not below -1.

    >>> relative_difference(-1.0, -1.0), round(relative_difference(-1.0, -3.0), 2), relative_difference(-9.0, -1.0)
    (0.0, 0.86, -1.0)
    """
    return max(-1.0, 1 - math.exp(min(without - with_question, 1.0)))


def reference_values(groups: Sequence[Group], engine: Engine, prefill: str) -> list[Values]:
    """Mean probability of the gold answer's tokens after the completion's reasoning, less that without any, in [0, 1]
    (RLPR, arXiv 2506.18254).

    The reasoning is what stands before the last answer tag, or all of it. Another right answer than the gold one is
    not seen. Raises EngineError where the engine can't score.
    """
    values: list[Values] = []
    for group in groups:
        # one task at a time: its completions share the reading of the prompt
        reasonings = [_without_tag(prefill), *[_reasoning(rollout) for rollout in group.rollouts]]
        gold = f"{group.task.answer}{CLOSE}"
        parted = [continuation(engine, group.task.prompt, text + OPEN, gold) for text in reasonings]
        told = engine.score([prompt for prompt, _ in parted], [answer for _, answer in parted])
        bare, *after = (fmean(math.exp(logprob) for logprob in logprobs) for logprobs in told)
        values.append([min(1.0, max(0.0, chance - bare)) for chance in after])
    return values


def _reasoning(rollout: Rollout) -> str:
    before, tag, _ = rollout.text.rpartition(OPEN)
    return before if tag else rollout.text


def _without_tag(prefill: str) -> str:
    return prefill.removesuffix(OPEN)
