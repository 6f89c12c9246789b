"""Rows of an update, how they are cut into micro-batches, and how a micro-batch becomes tensors."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.forest import Forest, forest


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
    """Lines padded on the right, where causal attention never looks: no mask, no positions, no left-padding traps.

    `input_ids` (B, L) are lines of one row each, or of several (`trainer.forest`): then `depths` and `ends` (B, L) say
    where each token stands and who sees it. The rest is (N, T), N the rows in the order of their lines, T the longest
    completion: `inside` is true on completion tokens, `replayed` on those of older weights, and the numbers are 0
    outside. `places` (N, T + 1) is where in the flattened `input_ids` the last token of the prompt stands, and each one
    of the completion.
    """

    input_ids: Tensor
    depths: Tensor | None
    ends: Tensor | None
    places: Tensor
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
    """The tensors of a micro-batch with a line for each row; `extra` columns of padding change nothing (tested)."""
    return collate_lines([[row] for row in rows], device, extra)


def collate_lines(lines: Sequence[Sequence[Row]], device: torch.device, extra: int = 0) -> Batch:
    """The same of rows that share lines."""
    rows = [row for line in lines for row in line]
    forests = [forest([(*row.prompt_ids, *row.token_ids) for row in line]) for line in lines]
    length = max(len(one.token_ids) for one in forests) + extra
    width = max(len(row.token_ids) for row in rows) + extra
    counts = torch.tensor([len(row.token_ids) for row in rows])[:, None]
    paths = [[length * number + column for column in path] for number, one in enumerate(forests) for path in one.paths]
    own = [path[len(row.prompt_ids) - 1 :] for row, path in zip(rows, paths, strict=True)]
    shared = any(len(line) > 1 for line in lines)
    return Batch(
        input_ids=_padded([one.token_ids for one in forests], length, torch.long).to(device),
        depths=_padded([one.depths for one in forests], length, torch.long).to(device) if shared else None,
        ends=_ends(forests, length).to(device) if shared else None,
        places=_padded(own, width + 1, torch.long).to(device),
        inside=(torch.arange(width) < counts).to(device),
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


def _ends(forests: Sequence[Forest], length: int) -> Tensor:
    """Padding sees itself alone: attention to nothing at all would not be a number."""
    return torch.tensor([[*one.ends, *range(len(one.ends) + 1, length + 1)] for one in forests])
