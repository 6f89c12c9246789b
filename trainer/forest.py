"""Token sequences in one line, what they begin with alike merged: each still reads what it would read alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from torch import Tensor


@dataclass(frozen=True)
class Forest:
    """Sequences as paths from a first token to a last one, merged as far as they are alike, written depth first.

    So what goes on from a token is the run of columns up to its `end`, and exactly those see it. `depths` is where each
    token stands in its sequences; `paths` are the columns of each sequence.
    """

    token_ids: list[int]
    depths: list[int]
    ends: list[int]
    paths: list[list[int]]


def forest(sequences: Sequence[Sequence[int]]) -> Forest:
    """The sequences merged; `paths` are in their order.

    >>> merged = forest([(5, 6, 7), (5, 6, 8, 9)])
    >>> merged.token_ids, merged.depths, merged.ends, merged.paths
    ([5, 6, 7, 8, 9], [0, 1, 2, 2, 3], [5, 5, 3, 5, 5], [[0, 1, 2], [0, 1, 3, 4]])
    """
    token_ids: list[int] = []
    depths: list[int] = []
    ends: list[int] = []
    paths: list[list[int]] = [[] for _ in sequences]
    before: Sequence[int] = ()
    path: list[int] = []
    for place in sorted(range(len(sequences)), key=lambda place: tuple(sequences[place])):
        shared, column = alike(before, sequences[place]), len(token_ids)
        for closed in path[shared:]:
            ends[closed] = column
        before = sequences[place]
        path = [*path[:shared], *range(column, column + len(before) - shared)]
        paths[place] = path
        token_ids.extend(before[shared:])
        depths.extend(range(shared, len(before)))
        ends.extend([0] * (len(before) - shared))
    for closed in path:
        ends[closed] = len(token_ids)
    return Forest(token_ids, depths, ends, paths)


def alike(first: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, other, strict=False)))


def sees(ends: Tensor) -> Tensor:
    """Which tokens (rows) see which (columns), from the ends (B, L) of their runs: (B, 1, L, L).

    >>> sees(torch.tensor([[3, 2, 3]])).int().squeeze().tolist()
    [[1, 0, 0], [1, 1, 0], [1, 0, 1]]
    """
    columns = torch.arange(ends.shape[1], device=ends.device)
    return ((columns <= columns[:, None]) & (columns[:, None] < ends[:, None, :]))[:, None]
