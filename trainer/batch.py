"""Rows of an update, how they are cut into micro-batches, and how a micro-batch becomes tensors."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Row:
    """One completion to learn from, as plain lists; the token lists are (T,), T the length of the completion.

    `reference_logprobs` are empty where no KL is asked for, `kept` (0 or 1) where every token is learnt from;
    `replayed` ones were sampled by older weights.
    """

    prompt_ids: Sequence[int]
    token_ids: Sequence[int]
    sampler_logprobs: Sequence[float]
    old_logprobs: Sequence[float]
    advantages: Sequence[float]
    weight: float
    reference_logprobs: Sequence[float] = ()
    kept: Sequence[float] = ()
    replayed: bool = False

    def __len__(self) -> int:
        return len(self.prompt_ids) + len(self.token_ids)


@dataclass(frozen=True)
class Batch:
    """Rows padded on the right, where causal attention never looks: no mask, no positions, no left-padding traps.

    `input_ids` (B, L) is prompt and completion. The rest is (B, T), T the longest completion: `inside` is true on
    completion tokens, `replayed` on those of older weights, `positions` is where in `input_ids` each stands, and the
    numbers are 0 outside.
    """

    input_ids: Tensor
    positions: Tensor
    inside: Tensor
    sampler_logprobs: Tensor
    old_logprobs: Tensor
    advantages: Tensor
    weights: Tensor
    reference_logprobs: Tensor
    kept: Tensor
    replayed: Tensor


def micro_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Which rows go together: of like length, at most `budget` tokens with padding, or one row where that is longer.

    >>> micro_batches([3, 5, 4, 2], budget=10)
    [[1, 2], [0, 3]]
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def collate(rows: Sequence[Row], device: torch.device, extra: int = 0) -> Batch:
    """The tensors of a micro-batch; `extra` columns of padding change nothing (tested)."""
    length = max(len(row) for row in rows) + extra
    width = max(len(row.token_ids) for row in rows) + extra
    starts = torch.tensor([len(row.prompt_ids) for row in rows])[:, None]
    counts = torch.tensor([len(row.token_ids) for row in rows])[:, None]
    steps = torch.arange(width)[None, :]
    inside = steps < counts
    return Batch(
        input_ids=_padded([[*row.prompt_ids, *row.token_ids] for row in rows], length, torch.long).to(device),
        positions=((starts + steps) * inside).to(device),
        inside=inside.to(device),
        sampler_logprobs=_padded([row.sampler_logprobs for row in rows], width, torch.float32).to(device),
        old_logprobs=_padded([row.old_logprobs for row in rows], width, torch.float32).to(device),
        advantages=_padded([row.advantages for row in rows], width, torch.float32).to(device),
        weights=_padded([[row.weight] * len(row.token_ids) for row in rows], width, torch.float32).to(device),
        reference_logprobs=_padded([row.reference_logprobs for row in rows], width, torch.float32).to(device),
        kept=_padded([row.kept or [1.0] * len(row.token_ids) for row in rows], width, torch.float32).to(device),
        replayed=_padded([[row.replayed] * len(row.token_ids) for row in rows], width, torch.bool).to(device),
    )


def _padded(rows: Sequence[Sequence[float]], width: int, dtype: torch.dtype) -> Tensor:
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], dtype=dtype)
