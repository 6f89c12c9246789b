"""Likelihood: what the model that sampled makes of a completion, and of the gold answer behind it."""

from collections.abc import Sequence
from statistics import fmean

from pipeline.engines.protocol import Engine
from rubrics.likelihood import reference_gain, reference_logprobs, relative_difference
from schemas import Message, Rollout
from trainer.rewards.format import CLOSE, OPEN
from trainer.rewards.length import Values
from trainer.rollout import Group


def self_aligned_values(groups: Sequence[Group], engine: Engine, prefill: str) -> list[Values]:
    """The relative difference of a completion's perplexities without and with its question, in [-1, 1] (SAR).

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


def reference_values(groups: Sequence[Group], engine: Engine, prefill: str) -> list[Values]:
    """How much likelier the gold answer is after the completion's reasoning than without any, in [0, 1] (RLPR).

    The reasoning is what stands before the last answer tag, or all of it. Another right answer than the gold one is
    not seen. Raises EngineError where the engine can't score.
    """
    values: list[Values] = []
    for group in groups:
        # one task at a time: its completions share the reading of the prompt
        reasonings = [_without_tag(prefill), *[_reasoning(rollout) for rollout in group.rollouts]]
        gold = f"{group.task.answer}{CLOSE}"
        bare, *after = reference_logprobs(engine, group.task.prompt, [text + OPEN for text in reasonings], gold)
        values.append([reference_gain(told, bare) for told in after])
    return values


def _reasoning(rollout: Rollout) -> str:
    before, tag, _ = rollout.text.rpartition(OPEN)
    return before if tag else rollout.text


def _without_tag(prefill: str) -> str:
    return prefill.removesuffix(OPEN)
