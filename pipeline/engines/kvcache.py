"""A key-value cache with rows that come and go: written in place, never copied to grow.

A row is one sequence; a column is one place in time, the same for all rows, so that sequences are right-aligned: a
row's tokens stand in the columns `start..length-1`, and what is left of `start` is masked.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache
from transformers.cache_utils import CacheLayerMixin, DynamicLayer, DynamicSlidingWindowLayer

from pipeline.engines.protocol import EngineError

_ATTENTION_LAYERS = (DynamicLayer, DynamicSlidingWindowLayer)


def layer_count(config: Any) -> int:
    """How many attention layers a model's cache has. Raises EngineError for models with other kinds of memory."""
    layers = DynamicCache(config=config).layers
    odd = sorted({type(layer).__name__ for layer in layers if type(layer) not in _ATTENTION_LAYERS})
    if odd or not layers:
        raise EngineError(
            f"the transformers engine keeps attention caches only, and {config.model_type!r} models also keep "
            f"{', '.join(odd) or 'no layered cache'}; ask this model through vLLM or a server instead"
        )
    return len(layers)


def column_bytes(config: Any, dtype: torch.dtype) -> int:
    """Bytes that one token of one sequence takes in the cache: keys and values of every layer."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return 2 * layer_count(config) * heads * width * dtype.itemsize  # type: ignore[no-any-return]


def layer_dtype(model: Any) -> torch.dtype:
    """What the layers compute in, and so what keys and values are; embeddings may be kept in another."""
    found: torch.dtype = next(own for name, own in model.get_decoder().named_parameters() if "layers." in name).dtype
    return found


class RowCache(Cache):  # type: ignore[misc]  # transformers is untyped here
    """Room for `rows` sequences of `columns` tokens, of which the first `length` columns are written."""

    def __init__(self, layers: int, rows: int, columns: int) -> None:
        super().__init__(layers=[_RowLayer(rows, columns) for _ in range(layers)])
        self.columns = columns

    @property
    def length(self) -> int:
        return self.layers[0].length  # type: ignore[no-any-return]

    @length.setter
    def length(self, columns: int) -> None:
        for layer in self.layers:
            layer.length = columns

    def copy_row(self, source: "RowCache", row: int, tokens: slice, to_rows: slice, to_column: int) -> None:
        """The columns `tokens` of another cache's row, written to each of `to_rows` from `to_column` on."""
        end = to_column + tokens.stop - tokens.start
        for mine, theirs in zip(self.layers, source.layers, strict=True):
            mine.make_room_like(theirs.keys, theirs.values)
            mine.keys[to_rows, :, to_column:end] = theirs.keys[row, :, tokens]
            mine.values[to_rows, :, to_column:end] = theirs.values[row, :, tokens]

    def move_row(self, row: int, to: int) -> None:
        for layer in self.layers:
            layer.keys[to] = layer.keys[row]
            layer.values[to] = layer.values[row]

    def drop_columns(self, count: int) -> None:
        """Forgets the first columns and moves the others left."""
        length = self.length
        for layer in self.layers:
            for store in (layer.keys, layer.values):
                store[:, :, : length - count] = store[:, :, count:length].clone()
            layer.length = length - count


class _RowLayer(CacheLayerMixin):  # type: ignore[misc]
    """One layer's keys and values: (rows, heads, columns, head width) each."""

    is_sliding = False  # every column is kept: a sliding window is the attention mask's business

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.rows, self.columns, self.length = rows, columns, 0

    def make_room_like(self, keys: Tensor, values: Tensor) -> None:
        if not self.is_initialized:
            self.lazy_initialization(keys, values)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        # Zeros and not empty: what is masked is multiplied by 0, and 0 × NaN would not be 0.
        self.keys, self.values = (
            torch.zeros(self.rows, like.shape[1], self.columns, like.shape[3], dtype=like.dtype, device=like.device)
            for like in (key_states, value_states)
        )
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Writes (used, heads, new, width) behind the last column; gives all (used, heads, length + new, width)."""
        self.make_room_like(key_states, value_states)
        used, end = key_states.shape[0], self.length + key_states.shape[2]
        self.keys[:used, :, self.length : end] = key_states
        self.values[:used, :, self.length : end] = value_states
        self.length = end
        return self.keys[:used, :, :end], self.values[:used, :, :end]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        return self.length

    def get_max_length(self) -> int:
        return self.columns
