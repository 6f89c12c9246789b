"""What becomes of the ratio of a token (or of its whole completion): the surrogates whose negative is minimised.

Each takes the log of the ratio (B, T), or (B, 1) where it is the completion's, `logprobs` and `advantages` (B, T), and
two bounds, and gives what is to be raised (B, T), and where that earns no gradient because of a bound (B, T).
"""

from collections.abc import Callable

import torch
from torch import Tensor

Surrogate = Callable[[Tensor, Tensor, Tensor, float, float], tuple[Tensor, Tensor]]

SAPO_TEMPERATURES = (1.0, 1.05)
"""Of advantages above 0 and of all others: a bad token's ratio is let go sooner (arXiv 2511.20347)."""

VESPO_SHAPES = ((2.0, 3.0), (3.0, 2.0))
"""(k, lambda) of the gamma weighting, of advantages from 0 and of those below (arXiv 2602.10693)."""


def clipped(log_ratio: Tensor, logprobs: Tensor, advantages: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """min(r A, clip(r, 1 - low, 1 + high) A): PPO (arXiv 1707.06347) with the two bounds of DAPO."""
    ratio = log_ratio.exp()
    free, bounded = ratio * advantages, ratio.clamp(1 - low, 1 + high) * advantages
    return torch.minimum(free, bounded), bounded < free


def capped(log_ratio: Tensor, logprobs: Tensor, advantages: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """sg(min(r, high)) A log pi: every token keeps a gradient, of bounded weight (CISPO, arXiv 2506.13585 eq. 4).

    `high` bounds the ratio itself; there is no lower bound, as in the paper's runs.
    """
    weight = log_ratio.exp().clamp(max=high).detach()
    return weight * advantages * logprobs, torch.zeros_like(logprobs, dtype=torch.bool)


def gated(log_ratio: Tensor, logprobs: Tensor, advantages: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """4 / t sigmoid(t (r - 1)) A: the clip made soft, its slope 1 at r = 1 (SAPO, arXiv 2511.20347)."""
    warm, cold = SAPO_TEMPERATURES
    temperature = torch.where(advantages > 0, warm, cold)
    gate = torch.sigmoid(temperature * (log_ratio.exp() - 1)) * 4 / temperature
    return gate * advantages, torch.zeros_like(logprobs, dtype=torch.bool)


def gamma_weighted(
    log_ratio: Tensor, logprobs: Tensor, advantages: Tensor, low: float, high: float
) -> tuple[Tensor, Tensor]:
    """sg(e^l w^k e^(-l w)) A log pi, w the ratio of the whole completion, 1 at w = 1 (VESPO, arXiv 2602.10693)."""
    (k_good, l_good), (k_bad, l_bad) = VESPO_SHAPES
    k, rate = torch.where(advantages >= 0, k_good, k_bad), torch.where(advantages >= 0, l_good, l_bad)
    log_whole = log_ratio.detach()
    weight = torch.exp(rate + k * log_whole - rate * log_whole.exp())
    return weight * advantages * logprobs, torch.zeros_like(logprobs, dtype=torch.bool)


def free(log_ratio: Tensor, logprobs: Tensor, advantages: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """A log pi: REINFORCE (Williams 1992), right for one update a sampling only."""
    return advantages * logprobs, torch.zeros_like(logprobs, dtype=torch.bool)
