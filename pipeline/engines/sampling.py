"""From logits to tokens: each row by its own uniform number, so that no row depends on its neighbours."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipeline.engines.protocol import EngineError, Sampling

_HEAD = 1024
"""Top-p rarely reaches past this many tokens; sorting the whole vocabulary is for the rows where it does."""


def uniforms(seed: int, count: int) -> NDArray[np.floating[Any]]:
    """The numbers in [0, 1) that a sample's first `count` tokens are drawn by: a function of its seed alone."""
    raw = np.random.Philox(key=seed % 2**128).random_raw(count)
    # 52 bits and not 53, so that a number times a total never rounds up to that total.
    return (raw >> np.uint64(12)) * 2.0**-52


def choose(logits: Tensor, uniform: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """Tokens (R,) and their log-probabilities (R,) from logits (R, V), row r by inverse transform of `uniform[r]`.

    The log-probabilities are those of softmax(logits / temperature) before the cuts; at temperature 0 the token is the
    likeliest one and its log-probability that of softmax(logits). Raises EngineError for logits that are no numbers.
    """
    peak = logits.amax(-1, keepdim=True)
    if not peak.isfinite().all():
        raise EngineError("the model's logits are not finite numbers: its weights are broken, or its training diverged")
    greedy = sampling.temperature == 0
    # Subtracting the peak first keeps a tiny temperature finite.
    scores = (logits - peak) / (1.0 if greedy else max(sampling.temperature, 1e-30))
    weights = scores.exp()
    total = weights.sum(-1, dtype=torch.float64)
    tokens = logits.argmax(-1) if greedy else _inverse(_cut(weights, sampling), uniform)
    return tokens, scores.gather(-1, tokens[:, None]).squeeze(-1).double() - total.log()


def _cut(weights: Tensor, sampling: Sampling) -> Tensor:
    """`weights` (R, V) with everything outside of the top k, and then of the top p of what is left, set to 0."""
    size = weights.shape[-1]
    if 0 < sampling.top_k < size:
        least = weights.topk(sampling.top_k).values[:, -1:]
        weights = weights.where(weights >= least, 0)
    if sampling.top_p < 1:
        weights = weights.where(weights >= _least_of_top_p(weights, sampling.top_p), 0)
    return weights


def _least_of_top_p(weights: Tensor, top_p: float) -> Tensor:
    """The smallest weight (R, 1) in the smallest set of likeliest tokens that holds `top_p` of the total."""
    size = weights.shape[-1]
    wanted = top_p * weights.sum(-1, keepdim=True, dtype=torch.float64)
    likeliest = weights.topk(min(_HEAD, size)).values
    if (likeliest.sum(-1, keepdim=True, dtype=torch.float64) < wanted).any():
        likeliest = weights.sort(-1, descending=True).values
    before = likeliest.cumsum(-1, dtype=torch.float64) - likeliest
    last = (before < wanted).sum(-1, keepdim=True) - 1
    return likeliest.gather(-1, last)


def _inverse(weights: Tensor, uniform: Tensor) -> Tensor:
    """The first token (R,) at which the running sum of `weights` (R, V) passes `uniform` (R,) of the total."""
    running = weights.cumsum(-1, dtype=torch.float64)
    wanted = uniform[:, None] * running[:, -1:]
    return torch.searchsorted(running, wanted, right=True).squeeze(-1)
