"""From hidden states to log-probabilities by the LM head, a chunk of logits at a time, forward and backward.

Logits, not weights, are what fills memory: 2,000 tokens of a 150,000-word vocabulary are 1.2 GB, several times over in
the backward pass. Here a chunk is made, read and dropped; the gradient makes it again from what is kept, a number a
token, and turns it into its own gradient in place.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

CHUNK_LOGITS = 1 << 23
"""Logits of one chunk, 32 MB in fp32."""

Chunk = tuple[slice, slice]
"""Hidden states, and the tokens that they foretell."""


def head_logprobs(
    hidden: Tensor, at: Tensor, ids: Tensor, head: Any, temperature: float, chunk_logits: int = CHUNK_LOGITS
) -> Tensor:
    """log pi(ids[m] | hidden[at[m]]) at a temperature, (M,), of hidden states (U, H) and the tokens they foretell.

    `at` (M,) ascends, and no two tokens with the same `at` are the same.
    """
    chunks = list(chunks_of(at, hidden.shape[0], max(1, chunk_logits // head.weight.shape[0])))
    if _is_a_matrix(head):
        by_matrix: Callable[..., Tensor] = _ByMatrix.apply
        return by_matrix(hidden.to(head.weight.dtype), head.weight, at, ids, temperature, chunks)
    parts = [
        checkpoint(
            _of_chunk,
            *(hidden[nodes], at[tokens] - nodes.start, ids[tokens], head, temperature),
            use_reentrant=False,
            preserve_rng_state=False,
        )
        for nodes, tokens in chunks
    ]
    return torch.cat(parts)


def chunks_of(at: Tensor, count: int, size: int) -> Iterator[Chunk]:
    """`size` hidden states of `count` at a time, with the tokens that they foretell."""
    starts = range(0, count, size)
    cuts = torch.searchsorted(at, torch.tensor([*starts, count], device=at.device)).tolist()
    for number, start in enumerate(starts):
        yield slice(start, min(start + size, count)), slice(cuts[number], cuts[number + 1])


def logits_of(hidden: Tensor, head: Any, temperature: float) -> Tensor:
    """In fp32 at least, and divided by the temperature."""
    logits: Tensor = head(hidden)
    return (logits if logits.dtype == torch.float64 else logits.float()) / temperature


def _of_chunk(hidden: Tensor, at: Tensor, ids: Tensor, head: Any, temperature: float) -> Tensor:
    logits = logits_of(hidden, head, temperature)
    return logits[at, ids] - logits.logsumexp(-1).index_select(0, at)


class _ByMatrix(torch.autograd.Function):
    """The same for a head that is a matrix and nothing else: no more than two chunks are held at once, and the
    gradient of the matrix is added up in one place."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, at: Tensor, ids: Tensor, temperature: float, chunks: list[Chunk]
    ) -> Tensor:
        told, masses = [], []
        for nodes, tokens in chunks:
            logits = _matrix_logits(hidden[nodes], weight, temperature)
            own = at[tokens] - nodes.start
            mass = logits.logsumexp(-1)
            told.append(logits[own, ids[tokens]] - mass[own])
            masses.append(mass)
        ctx.save_for_backward(hidden, weight, at, ids, torch.cat(masses))
        ctx.temperature, ctx.chunks = temperature, chunks
        return torch.cat(told)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """d log p_i / d logit_j = [i = j] - p_j, summed over the tokens that one hidden state foretells."""
        hidden, weight, at, ids, masses = ctx.saved_tensors
        (gradient,) = gradients
        to_hidden = torch.empty_like(hidden)
        to_weight = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None
        for nodes, tokens in ctx.chunks:
            logits = _matrix_logits(hidden[nodes], weight, ctx.temperature)
            own, given = at[tokens] - nodes.start, gradient[tokens]
            spread = logits.sub_(masses[nodes, None]).exp_()
            spread *= given.new_zeros(spread.shape[0]).index_add_(0, own, given).neg_()[:, None]
            spread[own, ids[tokens]] += given
            spread /= ctx.temperature
            torch.mm(spread, weight, out=to_hidden[nodes])
            if to_weight is not None:
                to_weight.addmm_(spread.t(), hidden[nodes])
        return to_hidden, to_weight, None, None, None, None


def _matrix_logits(hidden: Tensor, weight: Tensor, temperature: float) -> Tensor:
    return (hidden @ weight.t()).div_(temperature)


def _is_a_matrix(head: Any) -> bool:
    """A plain linear layer in fp32 without a bias, not one that something else has been put around."""
    plain = type(head) is torch.nn.Linear and head.bias is None and not head._forward_hooks
    return plain and head.weight.dtype in (torch.float32, torch.float64)
