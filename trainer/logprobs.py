"""Log-probabilities of completions under a model: a pass over their lines, and the LM head where they are foretold."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from trainer.batch import Batch
from trainer.forest import sees
from trainer.head import CHUNK_LOGITS, chunks_of, head_logprobs, logits_of


def completion_logprobs(model: Any, batch: Batch, temperature: float, chunk_logits: int = CHUNK_LOGITS) -> Tensor:
    """log pi(token | all before it) at a temperature, (N, T), 0 outside the completions.

    `model` is a transformers causal language model whose logits are its output embeddings on its last hidden state.
    """
    told = _foretold(model, batch)
    head = model.get_output_embeddings()
    return told.in_place(head_logprobs(told.hidden, told.at, told.ids, head, temperature, chunk_logits), batch)


@torch.no_grad()
def logprobs_and_entropies(
    model: Any, batch: Batch, temperature: float, chunk_logits: int = CHUNK_LOGITS
) -> tuple[Tensor, Tensor]:
    """The same without a gradient, and the entropy in nats of what each token was drawn from, (N, T) both."""
    told = _foretold(model, batch)
    head = model.get_output_embeddings()
    logprobs, entropies = [], []
    for nodes, tokens in chunks_of(told.at, told.hidden.shape[0], max(1, chunk_logits // head.weight.shape[0])):
        spread = logits_of(told.hidden[nodes], head, temperature).log_softmax(-1)
        own = told.at[tokens] - nodes.start
        logprobs.append(spread[own, told.ids[tokens]])
        entropies.append(-(spread.exp() * spread).sum(-1)[own])
    return told.in_place(torch.cat(logprobs), batch), told.in_place(torch.cat(entropies), batch)


@dataclass(frozen=True)
class _Foretold:
    """Hidden states (U, H), which of them foretells each of the tokens `ids`, `at` (M,) ascending, and which of those
    each token of the completions is, `back` (K,), row by row."""

    hidden: Tensor
    at: Tensor
    ids: Tensor
    back: Tensor

    def in_place(self, told: Tensor, batch: Batch) -> Tensor:
        """(M,) -> (N, T), 0 outside the completions."""
        each = told.index_select(0, self.back)  # and not told[back]: its gradient is the same on any number of threads
        return told.new_zeros(batch.inside.shape).masked_scatter(batch.inside, each)


def _foretold(model: Any, batch: Batch) -> _Foretold:
    """One pass over the lines. What completions have in common is told once."""
    shared = {} if batch.ends is None else {"position_ids": batch.depths, "attention_mask": sees(batch.ends)}
    hidden = model.get_decoder()(input_ids=batch.input_ids, use_cache=False, **shared).last_hidden_state  # (B, L, H)
    size = batch.input_ids.numel()
    steps = batch.places[:, :-1] * size + batch.places[:, 1:]  # what stands before a token foretells it
    distinct, back = torch.unique(steps[batch.inside], return_inverse=True)
    nodes, at = (distinct // size).unique_consecutive(return_inverse=True)
    ids = batch.input_ids.flatten()[distinct % size]
    return _Foretold(hidden.flatten(0, 1).index_select(0, nodes), at, ids, back)
