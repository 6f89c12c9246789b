"""One pass through a causal language model: right-aligned token ids in, logits of the last columns out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from pipeline.engines.kvcache import RowCache

_BLOCK_TOKENS = 8192
"""Tokens a pass: bounds the activations (25 MB a layer for SmolLM2-135M) and fills the cores."""


def right_aligned(sequences: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids (R, C), padded on the left with 0, and each row's first real column (R,)."""
    width = max(len(sequence) for sequence in sequences)
    ids = torch.tensor([[0] * (width - len(sequence)) + list(sequence) for sequence in sequences], device=device)
    starts = torch.tensor([width - len(sequence) for sequence in sequences], device=device)
    return ids, starts


def advance(model: Any, cache: RowCache, ids: Tensor, starts: Tensor, keep: int = 1) -> Tensor:
    """Logits (R, keep, V) of the last `keep` of the new columns `ids` (R, C), in float32; the cache grows by C.

    Row r reads its columns from `starts[r]` on; what is left of that is masked, whatever its token ids.
    """
    end = cache.length + ids.shape[1]
    columns = torch.arange(end, device=ids.device)
    mask = columns >= starts[:, None]  # (R, end)
    positions = (columns[cache.length :] - starts[:, None]).clamp(min=0)  # (R, C)
    output = model(
        input_ids=ids,
        attention_mask=mask.long(),
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=keep,
    )
    logits: Tensor = output.logits[:, -keep:]
    return logits.float()


def blocks(cache: RowCache, ids: Tensor, widest: int = _BLOCK_TOKENS) -> Iterator[Tensor]:
    """The columns of `ids` (R, C) that the cache does not hold yet, in runs small enough for one pass."""
    step = max(1, min(widest, _BLOCK_TOKENS // ids.shape[0]))
    for first in range(cache.length, ids.shape[1], step):
        yield ids[:, first : first + step]


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Without dropout and without gradients, and back to training if the model was in training."""
    training = model.training
    if training:
        model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        if training:
            model.train()
