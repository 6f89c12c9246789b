"""From logits to tokens: each row by its own uniform number, so that no row depends on its neighbours."""

import numpy as np
import torch
from torch import Tensor

from pipeline.engines.protocol import EngineError, Sampling

_HEAD = 1024
"""Top-p rarely reaches past this many tokens; sorting the whole vocabulary is for the rows where it does."""


def uniforms(seed: int, count: int) -> list[float]:
    """The numbers in [0, 1) that a sample's first `count` tokens are drawn by: a function of its seed alone."""
    raw = np.random.Philox(key=seed % 2**128).random_raw(count)
    # 52 bits and not 53, so that a number times a total never rounds up to that total.
    return ((raw >> np.uint64(12)) * 2.0**-52).tolist()


def choose(logits: Tensor, uniform: Tensor, sampling: Sampling) -> tuple[Tensor, Tensor]:
    """Tokens (R,) and their log-probabilities (R,) from logits (R, V), row r by inverse transform of `uniform[r]`.

    The log-probabilities are those of softmax(logits / temperature) before the cuts; at temperature 0 the token is the
    likeliest one and its log-probability that of softmax(logits). Raises EngineError for logits that are no numbers.
    """
    peak = logits.amax(-1, keepdim=True)
    if not peak.isfinite().all():
        raise EngineError("the model's logits are not finite numbers: its weights are broken, or its training diverged")
    if sampling.temperature == 0:
        tokens = logits.argmax(-1)
        return tokens, _picked(logits.log_softmax(-1), tokens)
    # Subtracting the peak first keeps a tiny temperature finite.
    logprobs = ((logits - peak) / max(sampling.temperature, 1e-30)).log_softmax(-1)
    probs = _cut(logprobs.exp(), sampling)
    tokens = _inverse(probs, uniform)
    return tokens, _picked(logprobs, tokens)


def _cut(probs: Tensor, sampling: Sampling) -> Tensor:
    """`probs` (R, V) with everything outside of the top k, and then of the top p of what is left, set to 0."""
    size = probs.shape[-1]
    if 0 < sampling.top_k < size:
        least = probs.topk(sampling.top_k).values[:, -1:]
        probs = probs.where(probs >= least, 0)
    if sampling.top_p < 1:
        probs = probs.where(probs >= _least_of_top_p(probs, sampling.top_p), 0)
    return probs


def _least_of_top_p(probs: Tensor, top_p: float) -> Tensor:
    """The smallest probability (R, 1) in the smallest set of likeliest tokens that holds `top_p` of the mass."""
    size = probs.shape[-1]
    wanted = top_p * probs.sum(-1, keepdim=True, dtype=torch.float64)
    likeliest = probs.topk(min(_HEAD, size)).values
    if (likeliest.sum(-1, keepdim=True, dtype=torch.float64) < wanted).any():
        likeliest = probs.sort(-1, descending=True).values
    before = likeliest.cumsum(-1, dtype=torch.float64) - likeliest
    last = (before < wanted).sum(-1, keepdim=True) - 1
    return likeliest.gather(-1, last)


def _inverse(probs: Tensor, uniform: Tensor) -> Tensor:
    """The first token (R,) at which the running sum of `probs` (R, V) passes `uniform` (R,) of the total."""
    total = probs.cumsum(-1, dtype=torch.float64)
    wanted = uniform[:, None] * total[:, -1:]
    return torch.searchsorted(total, wanted, right=True).squeeze(-1)


def _picked(logprobs: Tensor, tokens: Tensor) -> Tensor:
    return logprobs.gather(-1, tokens[:, None]).squeeze(-1)
