"""Engine and learner are two implementations of one model: importance weights for where they disagree.

mu is the policy as the engine sampled from it, pi_old the same weights in the learner. Weights pi_old / mu, made
safe by truncation (TIS) or by masking (MIS), multiply the surrogate (Yao et al. 2025, "Your efficient RL framework
secretly brings you off-policy RL training").
"""

from typing import Literal

from torch import Tensor

from trainer.loss import policy_log_ratio

Correction = Literal["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]


def importance(old_logprobs: Tensor, sampler_logprobs: Tensor, inside: Tensor, how: Correction, cap: float) -> Tensor:
    """pi_old / mu of each token (B, T), or of each completion (B, 1): at most `cap`, or 0 above it where masked.

    A product over a completion grows with its length: the sequence kinds drop or flatten long completions whose
    tokens are each but slightly off.
    """
    ratio = policy_log_ratio(
        old_logprobs, sampler_logprobs, inside, "token" if how.startswith("token") else "whole"
    ).exp()
    return ratio.clamp(max=cap) if how.endswith("truncate") else ratio.masked_fill(ratio > cap, 0.0)
