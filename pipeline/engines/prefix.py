"""What all prompts of a batch begin with, read by the model once and copied to each of them."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from pipeline.engines.forward import advance, blocks, right_aligned
from pipeline.engines.kvcache import RowCache

_WORTH_SHARING = 8
"""Prompts that begin with fewer common tokens than this are read whole."""


def read_beginning(model: Any, layers: int, prompts: Sequence[tuple[int, ...]]) -> RowCache | None:
    """The keys and values of what all prompts begin with (a system message, a task's wording), if worth it."""
    common = common_beginning(prompts)
    if len(prompts) < 2 or len(common) < _WORTH_SHARING:
        return None
    ids, starts = right_aligned([common], model.device)
    cache = RowCache(layers, *ids.shape)
    for block in blocks(cache, ids):
        advance(model, cache, block, starts)
    return cache


def write_beginning(beginning: RowCache | None, cache: RowCache, starts: Sequence[int]) -> None:
    """Into each row of an empty cache, from the row's start up to the same column in all of them."""
    if beginning is None:
        return
    length = beginning.length
    for row, start in enumerate(starts):
        if start < length:
            cache.copy_row(beginning, 0, slice(0, length - start), slice(row, row + 1), start)
    cache.length = length


def common_beginning(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What all prompts begin with, short of the last token of any: its logits are wanted."""
    first, last = min(prompts), max(prompts)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: min(sum(1 for _ in same), min(map(len, prompts)) - 1)]
