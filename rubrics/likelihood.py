"""Rewards from likelihoods alone: what a model makes of a response or of the reference answer; no judge is asked.

Log-probabilities are those of `Engine.score`, one a token, at temperature 1.
"""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Protocol

from pipeline.engines.continuation import continuation
from pipeline.engines.protocol import Engine
from schemas import Message


def reference_logprobs(
    engine: Engine, prompt: Sequence[Message], befores: Sequence[str], reference: str
) -> list[list[float]]:
    """Of the reference's tokens behind each of the texts that a response may begin with. Raises EngineError.

    In one call, so that the texts share the reading of the prompt.
    """
    parted = [continuation(engine, prompt, before, reference) for before in befores]
    return engine.score([given for given, _ in parted], [answer for _, answer in parted])


def reference_likelihood(after: Sequence[float]) -> float:
    """Mean log-probability of the reference's tokens behind a reasoning, at most 0.

    It goes on telling good from bad where a long answer's probability is flat at 0 (likelihood-based rewards, #25 of
    the surveyed papers).
    """
    return fmean(after)


def reference_gain(after: Sequence[float], bare: Sequence[float]) -> float:
    """Mean probability of the reference's tokens behind a reasoning, less that without any, in [0, 1] (RLPR, arXiv
    2506.18254).

    >>> round(reference_gain([-0.1, -0.1], [-2.0, -2.0]), 2), reference_gain([-3.0], [-1.0])
    (0.77, 0.0)
    """
    gain = fmean(math.exp(one) for one in after) - fmean(math.exp(one) for one in bare)
    return min(1.0, max(0.0, gain))


def relative_difference(with_question: float, without: float) -> float:
    """(ppl(a) - ppl(a | q)) / ppl(a) of a response's perplexities without and with its question, in [-1, 1], by its
    mean log-probabilities (SAR, arXiv 2509.05489; the bounds are the paper's).

    >>> relative_difference(-1.0, -1.0), round(relative_difference(-1.0, -3.0), 2), relative_difference(-9.0, -1.0)
    (0.0, 0.86, -1.0)
    """
    return max(-1.0, 1 - math.exp(min(without - with_question, 1.0)))


def endogenous_rewards(logprobs: Sequence[float], values: Sequence[float]) -> list[float]:
    """The reward of each token (T,) that a model's own logits imply: log pi(a | s) + V(s) - V(s'), with the `values`
    (T + 1,) V = log sum exp of the logits, before each token and behind the last (arXiv 2506.23235, at alpha 1).

    That is the token's logit less the next state's value: logits are read as a soft Q-function. Their sum is the
    response's reward.

    >>> endogenous_rewards([-0.5, -1.0], [2.0, 2.5, 1.0])
    [-1.0, 0.5]
    """
    return [told + values[place] - values[place + 1] for place, told in enumerate(logprobs)]


class SoftValued(Engine, Protocol):
    """An engine that gives the values too, as the transformers engine does."""

    def soft_values(
        self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
    ) -> list[list[float]]: ...


def endogenous(engine: SoftValued, prompt: Sequence[Message], responses: Sequence[str]) -> list[list[float]]:
    """The endogenous rewards of each response's tokens, an end token not among them. Raises EngineError."""
    parted = [continuation(engine, prompt, "", response) for response in responses]
    asked = [given for given, _ in parted], [answer for _, answer in parted]
    return [
        endogenous_rewards(logprobs, values)
        for logprobs, values in zip(engine.score(*asked), engine.soft_values(*asked), strict=True)
    ]
