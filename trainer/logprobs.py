"""Log-probabilities of completions under a model, without ever holding all their logits.

Logits, not weights, are what fills memory: 2,000 tokens of a 150,000-word vocabulary are 1.2 GB, several times over in
the backward pass. So the LM head sees completion positions only, a chunk at a time, and recomputes each chunk for
the gradient (1.6 times less memory than all at once, measured on SmolLM2's vocabulary).
"""

from collections.abc import Iterator
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
    head = model.get_output_embeddings()
    chunks = [
        checkpoint(_chunk_logprobs, hidden, ids, head, temperature, use_reentrant=False, preserve_rng_state=False)
        for hidden, ids in _chunks(model, batch, head, chunk_logits)
    ]
    return _in_place(torch.cat(chunks), batch)


@torch.no_grad()
def logprobs_and_entropies(
    model: Any, batch: Batch, temperature: float, chunk_logits: int = CHUNK_LOGITS
) -> tuple[Tensor, Tensor]:
    """The same without a gradient, and the entropy in nats of what each token was drawn from, (B, T) both."""
    head = model.get_output_embeddings()
    logprobs, entropies = [], []
    for hidden, ids in _chunks(model, batch, head, chunk_logits):
        spread = _logits(hidden, head, temperature).log_softmax(-1)
        logprobs.append(spread.gather(-1, ids[:, None]).squeeze(-1))
        entropies.append(-(spread.exp() * spread).sum(-1))
    return _in_place(torch.cat(logprobs), batch), _in_place(torch.cat(entropies), batch)


def _chunks(model: Any, batch: Batch, head: Any, chunk_logits: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The hidden states (n, H) that foretell the completions' tokens, and those tokens (n,), row by row."""
    hidden = model.get_decoder()(input_ids=batch.input_ids, use_cache=False).last_hidden_state  # (B, L, H)
    rows, steps = batch.inside.nonzero(as_tuple=True)
    positions = batch.positions[rows, steps]
    size = max(1, chunk_logits // head.weight.shape[0])
    before = hidden[rows, positions - 1]  # what stands before a token foretells it
    yield from zip(torch.split(before, size), torch.split(batch.input_ids[rows, positions], size), strict=True)


def _in_place(told: Tensor, batch: Batch) -> Tensor:
    """(N,) -> (B, T), 0 outside the completions."""
    return told.new_zeros(batch.inside.shape).masked_scatter(batch.inside, told)


def _chunk_logprobs(hidden: Tensor, targets: Tensor, head: Any, temperature: float) -> Tensor:
    logits = _logits(hidden, head, temperature)
    return logits.gather(-1, targets[:, None]).squeeze(-1) - logits.logsumexp(-1)


def _logits(hidden: Tensor, head: Any, temperature: float) -> Tensor:
    logits: Tensor = head(hidden)
    return (logits if logits.dtype == torch.float64 else logits.float()) / temperature
