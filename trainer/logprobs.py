"""Log-probabilities of completions under a model, without ever holding all their logits.

Logits, not weights, are what fills memory: 2,000 tokens of a 150,000-word vocabulary are 1.2 GB, several times over in
the backward pass. So the LM head sees completion positions only, a chunk at a time, and recomputes each chunk for
the gradient (1.6 times less memory than all at once, measured on SmolLM2's vocabulary).
"""

from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from trainer.batch import Batch

CHUNK_LOGITS = 1 << 23
"""Logits of one chunk, 32 MB in fp32."""


def completion_logprobs(model: Any, batch: Batch, temperature: float, chunk_logits: int = CHUNK_LOGITS) -> Tensor:
    """log pi(token | all before it) at a temperature, (B, T), 0 outside the completions.

    `model` is a transformers causal language model whose logits are its output embeddings on its last hidden state.
    """
    hidden = model.get_decoder()(input_ids=batch.input_ids, use_cache=False).last_hidden_state  # (B, L, H)
    rows, steps = batch.inside.nonzero(as_tuple=True)  # (N,) each, row by row
    positions = batch.positions[rows, steps]
    told = _target_logprobs(
        hidden[rows, positions - 1],  # what stands before a token foretells it
        batch.input_ids[rows, positions],
        model.get_output_embeddings(),
        temperature,
        chunk_logits,
    )
    return told.new_zeros(batch.inside.shape).masked_scatter(batch.inside, told)


def _target_logprobs(hidden: Tensor, targets: Tensor, head: Any, temperature: float, chunk_logits: int) -> Tensor:
    """(N, H), (N,) -> (N,), in chunks of at most `chunk_logits` logits that are recomputed for the gradient."""
    size = max(1, chunk_logits // head.weight.shape[0])
    chunks = [
        checkpoint(_chunk_logprobs, part, ids, head, temperature, use_reentrant=False, preserve_rng_state=False)
        for part, ids in zip(torch.split(hidden, size), torch.split(targets, size), strict=True)
    ]
    return torch.cat(chunks)


def _chunk_logprobs(hidden: Tensor, targets: Tensor, head: Any, temperature: float) -> Tensor:
    logits: Tensor = head(hidden)
    logits = logits if logits.dtype == torch.float64 else logits.float()
    logits = logits / temperature
    return logits.gather(-1, targets[:, None]).squeeze(-1) - logits.logsumexp(-1)
