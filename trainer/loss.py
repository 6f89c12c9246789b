"""The policy loss: one function over tensors, and the table of its variants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from trainer.advantage import Baseline
from trainer.surrogates import Surrogate, capped, clipped, free, gamma_weighted, gated

Level = Literal["token", "mean", "whole"]
"""What the ratio is of: a token, the geometric mean of a completion's tokens (GSPO), or all of them together."""

Weights = Callable[[Sequence[int], int], list[float]]
"""Completion lengths and the longest one allowed, to what each token of each completion weighs."""

KlEstimator = Literal["k1", "k2", "k3"]

_LARGEST_LOG_RATIO = 20.0


def _sequence_mean(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / (len(lengths) * length) for length in lengths]


def _token_mean(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / sum(lengths)] * len(lengths)


def _constant(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / (len(lengths) * max_tokens)] * len(lengths)


def _sequence_sum(lengths: Sequence[int], max_tokens: int) -> list[float]:
    return [1 / len(lengths)] * len(lengths)


@dataclass(frozen=True)
class Variant:
    """A row of the table; `clip_low` and `clip_high` are the paper's bounds, for a run that sets none of its own."""

    baseline: Baseline
    level: Level
    surrogate: Surrogate
    weights: Weights
    clip_low: float = 0.2
    clip_high: float = 0.2


VARIANTS: dict[str, Variant] = {
    "grpo": Variant("group_std", "token", clipped, _sequence_mean),  # arXiv 2402.03300: mean over rows of token means
    "dapo": Variant("group_std", "token", clipped, _token_mean, 0.2, 0.28),  # 2503.14476: mean over all tokens
    "dr_grpo": Variant("group", "token", clipped, _constant),  # 2503.20783: sum by a constant length, no deviation
    "gspo": Variant("group_std", "mean", clipped, _sequence_mean, 3e-4, 4e-4),  # 2507.18071: the completion's ratio
    "luspo": Variant("group_std", "mean", clipped, _sequence_sum, 3e-4, 4e-4),  # 2602.05261: GSPO, unbiased by length
    "cispo": Variant("group_std", "token", capped, _token_mean, 0.2, 5.0),  # 2506.13585, cap after 2510.13786
    "sapo": Variant("group_std", "token", gated, _sequence_mean),  # 2511.20347: a soft gate instead of the clip
    "vespo": Variant("group_std", "whole", gamma_weighted, _token_mean),  # 2602.10693
    "rloo": Variant("leave_one_out", "token", free, _sequence_sum),  # 2402.14740: REINFORCE, the others as baseline
    "reinforce++": Variant("update_std", "token", clipped, _token_mean),  # 2501.03262: group mean, one deviation
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
    variant: Variant,
    *,
    clip_low: float | None = None,
    clip_high: float | None = None,
    correction: Tensor | None = None,
) -> Loss:
    """The negated surrogate of a variant, each token times its weight, summed.

    All (B, T), and 0 outside the completions, where `weights` are 0 too; they hold the variant's denominator.
    `correction` multiplies the surrogate and gets no gradient: importance weights, token masks.
    """
    low = variant.clip_low if clip_low is None else clip_low
    high = variant.clip_high if clip_high is None else clip_high
    log_ratio = policy_log_ratio(logprobs, old_logprobs, weights > 0, variant.level)
    raised, stopped = variant.surrogate(log_ratio, logprobs, advantages, low, high)
    if correction is not None:
        raised = raised * correction.detach()
    return Loss(-(weights * raised).sum(), stopped & (weights > 0))


def policy_log_ratio(logprobs: Tensor, old_logprobs: Tensor, inside: Tensor, level: Level) -> Tensor:
    """log(pi / pi_old) of each token (B, T), or of each completion (B, 1); only tokens `inside` count.

    That of a whole completion is bounded, for its ratio to stay finite.
    """
    gaps = (logprobs - old_logprobs) * inside
    if level == "token":
        return gaps
    if level == "mean":
        return gaps.sum(-1, keepdim=True) / inside.sum(-1, keepdim=True).clamp(min=1)
    whole = gaps.clamp(-_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO).sum(-1, keepdim=True)
    return whole.clamp(-_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO)


def kl_penalty(logprobs: Tensor, reference_logprobs: Tensor, estimator: KlEstimator) -> Tensor:
    """KL(pi || reference) estimated at each sampled token, (B, T), d = reference - pi (Schulman 2020).

    k1 = -d is unbiased, but its own gradient is that of log pi, which is 0 on average: it belongs into the
    advantages. k2 = d^2 / 2 and k3 = e^d - d - 1 are losses.
    """
    gap = reference_logprobs - logprobs
    if estimator == "k1":
        return -gap
    return gap.square() / 2 if estimator == "k2" else gap.exp() - gap - 1
