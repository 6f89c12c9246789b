"""The vectors of the documents that are compared, and the cells of those that are too many for all with all."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dedup.cells import cell_count, cells_of, centres, sampled
from dedup.lexical import masked_words
from dedup.semantic import Vectors
from flows.distinct.config import SemanticConfig
from flows.distinct.keys import by_shard, read_active
from flows.distinct.layout import Layout
from flows.distinct.pieces import read_piece, there, write_piece
from flows.encoder import opened_encoder
from pipeline.models.encoders import resolve_encoder


def write_vectors(layout: Layout, shard: int, config: SemanticConfig) -> None:
    """Embeds the documents of a shard that are compared, once; in float16, which moves a cosine by 0.0002 at most
    (benchmarks/neighbours.py). Raises ModelError."""
    if there(layout.vectors(shard)):
        return
    active = read_active(layout)["place"].unique().sort().to_numpy()
    places = active[active // layout.shard_size == shard]
    texts = read_piece(layout.documents(shard), ["text"])["text"].take(pa.array(places % layout.shard_size)).to_pylist()
    told = embedded(texts, config).astype(np.float16) if texts else np.zeros((0, 1))
    rows = [row.tobytes() for row in told]
    write_piece(layout.vectors(shard), {"place": pa.array(places, pa.int64()), "vector": pa.array(rows, pa.binary())})


def embedded(texts: Sequence[str], config: SemanticConfig) -> Vectors:
    """(N, D) float32 of length 1. Raises ModelError."""
    given = [" ".join(masked_words(text)) for text in texts] if config.masked else texts
    return opened_encoder(config.encoder, config.device).vectors(given).astype(np.float32)


def encoder_name(config: SemanticConfig) -> str:
    """What makes two vectors comparable: the encoder, its revision, and what it is given."""
    checkpoint = resolve_encoder(config.encoder)
    return f"{checkpoint.name}@{checkpoint.revision}{' of masked texts' if config.masked else ''}"


def read_vectors(layout: Layout, places: NDArray[np.int64]) -> Vectors:
    """(N, D) float32 of length 1, for rising places that have vectors."""
    parts = []
    for shard, rows in by_shard(layout, places):
        table = read_piece(layout.vectors(shard))
        at = np.searchsorted(table["place"].to_numpy(), rows + shard * layout.shard_size)
        data = b"".join(table["vector"].take(pa.array(at)).to_pylist())
        parts.append(np.frombuffer(data, dtype=np.float16).reshape(len(rows), -1))
    vectors: Vectors = np.concatenate(parts).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors


def write_cells(layout: Layout, group: int, seed: int) -> None:
    """The cells of the documents of a large group, shard by shard, once."""
    active = read_active(layout)
    places = active.filter(active["group"] == group)["place"].to_numpy()
    count = cell_count(len(places))
    middle = None
    for shard, rows in by_shard(layout, places):
        if there(layout.cells(group, shard)):
            continue
        if middle is None:
            middle = centres(read_vectors(layout, places[sampled(len(places), count, seed)]), count, seed)
        own = rows + shard * layout.shard_size
        cells = cells_of(read_vectors(layout, own), middle)
        table = {
            "place": pa.array(own),
            "cells": pa.FixedSizeListArray.from_arrays(pa.array(cells.ravel()), cells.shape[1]),
        }
        write_piece(layout.cells(group, shard), table)


def read_cells(layout: Layout, group: int, places: NDArray[np.int64]) -> NDArray[np.int32]:
    """(N, cells) of all N documents of a large group, whose rising places these are."""
    parts = []
    for shard, rows in by_shard(layout, places):
        cells = read_piece(layout.cells(group, shard), ["cells"])["cells"].combine_chunks().flatten().to_numpy()
        parts.append(cells.reshape(len(rows), -1))
    return np.concatenate(parts)
