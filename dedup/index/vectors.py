"""Documents in an entry: whole, with a vector each, and which are nearest to those asked; a row group at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from dedup.candidates import Places, Scores
from dedup.index.cut import regrouped
from dedup.index.entries import Entry, Part
from dedup.index.parts import opened, write_part
from dedup.semantic import Vectors, near_between
from schemas.document import Document

PART_ROWS, GROUP_ROWS = 1 << 16, 1 << 13  # of 384 numbers each: files of 100 MB, of which 12 MB are in memory at once

_TEXTS = ("id", "source", "text", "answer", "canonical")
_FIELDS = [*(pa.field(name, pa.string(), nullable=False) for name in _TEXTS), pa.field("verified", pa.float64(), False)]


class Neighbour(NamedTuple):
    """A document of the index that is near to the one at `place` among those asked; the first four fields order."""

    place: int
    distance: float
    """Minus the cosine."""
    rank: int
    row: int
    document: Document
    batch: str


class Neighbours(NamedTuple):
    """(P,) pairs, by the place asked, the nearest first: the document at `place` and one of the index, with the name
    of its batch; `score` is their cosine."""

    place: Places
    score: Scores
    documents: list[Document]
    batches: list[str]


def with_vectors(documents: Sequence[Document], vectors: Vectors, batch: int = 0) -> pa.Table:
    """A table of documents and their vectors, (N, D) of length 1."""
    columns: list[pa.Array] = [
        pa.array([getattr(each, field.name) for each in documents], field.type) for field in _FIELDS
    ]
    width = vectors.shape[1]
    numbers = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    columns.append(pa.FixedSizeListArray.from_arrays(numbers, width))
    columns.append(pa.repeat(pa.scalar(batch, pa.uint32()), len(documents)))
    vector = pa.field("vector", pa.list_(pa.float32(), width), nullable=False)
    return pa.table(columns, schema=pa.schema([*_FIELDS, vector, pa.field("batch", pa.uint32(), nullable=False)]))


def write_documents(url: str, tables: Iterable[pa.Table]) -> tuple[Part, ...]:
    """The parts of tables of `with_vectors`, in order."""
    return tuple(write_part(url, table, GROUP_ROWS) for table in regrouped(tables, PART_ROWS))


def all_documents(url: str, entry: Entry) -> Iterator[pa.Table]:
    for part in entry.documents:
        with opened(url, part) as file:
            for group in file.groups():
                yield file.read(group, file.metadata.schema.to_arrow_schema().names)


def nearest(
    url: str, entry: Entry, ranks: Mapping[str, int], asked: Vectors, least: float, most: int
) -> list[Neighbour]:
    """Of each vector asked the `most` nearest documents of the entry's batches that have a rank, if their cosine is
    `least` or more. Of equally near ones the batch of the lower rank comes first, and in it what was added first."""
    rank_of = np.array([ranks.get(name, -1) for name in entry.names])
    found: list[Neighbour] = []
    before = 0
    for table in all_documents(url, entry):
        own = np.flatnonzero(rank_of[table["batch"].to_numpy()] >= 0)
        if len(own):
            rows, places, scores = near_between(asked, _vectors(table)[own], least, most)
            there = own[places]
            close = table.select([field.name for field in _FIELDS]).take(there).to_pylist()
            batches = table["batch"].to_numpy()[there]
            found += (
                Neighbour(
                    int(row),
                    -float(score),
                    int(rank_of[batch]),
                    before + int(place),
                    msgspec.convert(fields, Document),
                    entry.names[batch],
                )
                for row, score, place, fields, batch in zip(rows, scores, there, close, batches, strict=True)
            )
            found = _nearest_each(found, most)
        before += table.num_rows
    return found


def nearest_of(per_entry: Sequence[Sequence[Neighbour]], most: int) -> Neighbours:
    """What all entries say together."""
    found = _nearest_each([each for entry in per_entry for each in entry], most)
    return Neighbours(
        np.array([each.place for each in found], dtype=np.int64),
        np.array([-each.distance for each in found], dtype=np.float32),
        [each.document for each in found],
        [each.batch for each in found],
    )


def _vectors(table: pa.Table) -> Vectors:
    found: Vectors = table["vector"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)
    return found


def _nearest_each(found: Sequence[Neighbour], most: int) -> list[Neighbour]:
    kept: list[Neighbour] = []
    for each in sorted(found, key=lambda neighbour: neighbour[:4]):
        if len(kept) < most or kept[-most].place != each.place:
            kept.append(each)
    return kept
