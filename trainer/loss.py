"""The policy loss: one function over tensors, and the table of how its tokens are weighed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Variant:
    """`by_std`: whether advantages are divided by the group's deviation; `weights`: what each token of a row weighs."""

    by_std: bool
    weights: Callable[[Sequence[int], int], list[float]]


def _sequence_mean(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / (len(lengths) * length) for length in lengths]


def _token_mean(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / sum(lengths)] * len(lengths)


def _constant(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / (len(lengths) * max_tokens)] * len(lengths)


VARIANTS: dict[str, Variant] = {
    "grpo": Variant(by_std=True, weights=_sequence_mean),  # arXiv 2402.03300: mean over rows of the mean over tokens
    "dapo": Variant(by_std=True, weights=_token_mean),  # arXiv 2503.14476: mean over all tokens of the update
    "dr_grpo": Variant(by_std=False, weights=_constant),  # arXiv 2503.20783: sum over tokens by a constant length
}
"""Weights are taken over all decided rows of an update, before it is cut into micro-batches: one denominator."""


@dataclass(frozen=True)
class Loss:
    """`value` is a scalar to be summed over micro-batches; `clipped` (B, T) marks tokens that earn no gradient."""

    value: Tensor
    clipped: Tensor


def policy_loss(
    logprobs: Tensor,
    old_logprobs: Tensor,
    advantages: Tensor,
    weights: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    importance: Tensor | None = None,
) -> Loss:
    """The clipped surrogate, negated: -sum_t w_t min(r_t A_t, clip(r_t, 1 - clip_low, 1 + clip_high) A_t).

    All (B, T). r = exp(logprobs - old_logprobs), PPO's ratio (arXiv 1707.06347) with DAPO's two bounds; `weights` are
    0 on padding and hold the variant's denominator. `importance` multiplies the surrogate and gets no gradient.
    """
    ratio = torch.exp(logprobs - old_logprobs)
    free = ratio * advantages
    bounded = ratio.clamp(1 - clip_low, 1 + clip_high) * advantages
    surrogate = torch.minimum(free, bounded)
    if importance is not None:
        surrogate = surrogate * importance.detach()
    return Loss(-(weights * surrogate).sum(), (bounded < free) & (weights > 0))


def truncated_importance(old_logprobs: Tensor, sampler_logprobs: Tensor, cap: float) -> Tensor:
    """min(pi_old / mu, cap) for each token (B, T): the learner at sampling time against the engine that sampled."""
    return torch.exp(old_logprobs - sampler_logprobs).clamp(max=cap)
