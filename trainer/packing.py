"""Packing: which completions share a line of a pass, so that a prompt is read once for many and lines are full.

A long line costs attention. Where a line of L tokens takes time in proportion to L (1 + L / span), completions of one
prompt of P tokens are read in the least time in lines of P + sqrt(P² + P span).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isqrt
from typing import Any

from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from trainer.batch import Row
from trainer.forest import alike

WIDTHS = 6
"""In a line of so many widths of the model, attention takes as much time as all else. By count of operations it is 8
for the tiny model and 5 for SmolLM2; 9 and 4 were measured on a CPU."""


def span_of(model: Any) -> int:
    """The span of a model's lines, or 0 where its rows can't share any: they need full attention by a mask of ours."""
    config = model.config.get_text_config()
    full = {type(layer) for layer in DynamicCache(config=config).layers} == {DynamicLayer}
    by_mask = config._attn_implementation == "sdpa" and not getattr(config, "alibi", False)
    return WIDTHS * int(config.hidden_size) if full and by_mask else 0


def lines(rows: Sequence[Row], span: int, budget: int) -> list[tuple[list[int], int]]:
    """The places of the rows of each line, and how many tokens it has at most; each row alone where `span` is 0.

    What is cut from the rows of a prompt fills up lines, other prompts' beside it, up to the longest of them.
    A line has at most `budget` tokens, or those of the longest row there is.

    >>> one, other = (Row((5,) * 9, (token,), [], [], [], 0.0) for token in (1, 2))
    >>> lines([one, other], span=100, budget=50), lines([one, other], span=0, budget=50)
    ([([0, 1], 11)], [([0], 10), ([1], 10)])
    """
    if not span:
        return [([place], len(row)) for place, row in enumerate(rows)]
    pieces = sorted(_pieces(rows, span, budget), key=lambda piece: -piece[1])
    widest = min(span, pieces[0][1]) if pieces else 0
    filled: list[tuple[list[int], int]] = []
    for places, length in pieces:
        for number, (others, taken) in enumerate(filled):
            if taken + length <= widest:
                filled[number] = ([*others, *places], taken + length)
                break
        else:
            filled.append((places, length))
    return filled


def _pieces(rows: Sequence[Row], span: int, budget: int) -> Iterator[tuple[list[int], int]]:
    """Rows of one prompt that are read together, those alike beside one another."""

    def text(place: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return tuple(rows[place].prompt_ids), tuple(rows[place].token_ids)

    for prompt, members in groupby(sorted(range(len(rows)), key=text), lambda place: text(place)[0]):
        most = min(budget, len(prompt) + isqrt(len(prompt) * (len(prompt) + span)))
        places: list[int] = []
        length = 0
        for place in members:
            tokens = rows[place].token_ids
            more = len(tokens) - alike(rows[places[-1]].token_ids, tokens) if places else len(rows[place])
            if places and length + more > most:
                yield places, length
                places, length, more = [], 0, len(rows[place])
            places, length = [*places, place], length + more
        yield places, length
